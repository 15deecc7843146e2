"""Score how strongly a link promises what we look for, so that a visit follows the most promising links first.

The text counts more than the address, and the address more than the place: a menu label is what a person reads, while
addresses may be numbers, click counters, or have lost their accented letters (docs/reference/registry.md#slugs).
A promise is never a finding; only the page behind the link can give one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from prober.detectors.body import Body
from prober.domain.hostnames import bare, governmental, host_of, registrable
from prober.domain.indicator import Kind
from prober.domain.pages.elements import Link, address
from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import accented, fold, key, slugs
from prober.text.words import STRONG, WEAK, LinkWords, Words

_PLACE_FACTOR = {
    "menu": 1.0,
    "header": 1.0,
    "footer": 0.95,
    "main": 0.85,
    "aside": 0.9,
    "frame": 0.9,
    "refresh": 1.0,
    "select": 0.5,
}


@dataclass(frozen=True, slots=True, eq=False)
class LinkMarks:
    """Hold the words around labels, from the packs."""

    TABLE: ClassVar = "link_promises"
    # National systems that answer for all bodies: a link to them is not the body's own section.
    delegated_host: re.Pattern[str]
    national_host: re.Pattern[str]
    # Other kinds of questions: those that a program answers, and those that the citizen answers.
    not_a_section: re.Pattern[str]
    # "Doanh nghiệp hỏi - Sở Tài chính trả lời": the asking and the answering party differ from site to site.
    asked_and_answered: re.Pattern[str]
    asking: tuple[str, ...]  # words without which nothing is asked and answered
    leads: frozenset[str]
    complements: frozenset[str]
    laws: frozenset[str]  # luật, nghị định, quyết định, thông tư: a year after them is the law's
    telling: frozenset[str]
    year: frozenset[str]
    standing: re.Pattern[str]  # with words of `telling`, and tells nothing that happened: "về chế độ, chính sách"
    # Words of a text, and of a step of an address; a longer one is a headline unless it is built like a section's name.
    longest_label: int
    longest_slug: int
    home: frozenset[str]
    site_map: re.Pattern[str]  # in a label
    site_map_path: re.Pattern[str]  # in the path of an address
    login: re.Pattern[str]  # begins the label of a link to log in or out
    other_sections: re.Pattern[str]  # labels, without accents, of sections that hold none of what is looked for


# A long text names a section if it begins with a label, after words for a section at most (`leads`), and goes on with
# whose, for whom or by which rule (`complements`): "Cung cấp thông tin theo quy định của Luật …". A headline has an
# actor first, or tells what happened, when and about what (`telling`). Where names of sections stand, in the frame of
# a site and in the lists and tiles of its home page, a text names one that begins so and tells nothing.
_MOST_LEADS = 5
FRAME = ("menu", "header", "footer")  # places of a page that are those of the whole site
_SHORT_NAME = 6  # words of a link beside it that is no headline
_BESIDE = 2  # links on one side of it, or one on each, that must be names too
_SPACED = 5  # letters of a label that is written with blanks between them: "H Ỏ I  Đ Á P"
_NEAR = 3  # words after the label, one of which begins the complement: "công khai rộng rãi theo"
_SKIP = linear(r"^(?:mailto|tel|javascript|data|skype|zalo|sms|whatsapp):", re.IGNORECASE)
FILE = linear(
    r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|jpe?g|png|gif|mp[34]|avi|wmv|exe|apk|css|js|ico|svg|xml|rss)$",
    re.IGNORECASE,
)


Promise = tuple[str, float]


def _phrases(tables: Mapping[str, Mapping[str, float]]) -> dict[str, list[Promise]]:
    """Map each label to what it promises. Looking up runs of words is much faster than one pattern of all labels."""
    found: dict[str, list[Promise]] = {}
    for kind, weights in tables.items():
        for label, weight in weights.items():
            found.setdefault(label, []).append((kind, weight))
    return found


def _begins(labels: Iterable[str], joint: str, longest: int) -> dict[str, int]:
    """Map the first word of labels to the number of words of the longest label that begins with it."""
    found: dict[str, int] = {}
    for label in labels:
        words = label.split(joint)
        found[words[0]] = max(found.get(words[0], 0), min(len(words), longest))
    return found


def _runs(words: list[str], joint: str, begins: Mapping[str, int]) -> Iterator[str]:
    """Yield every run of words that may be a label; `begins` is a table of `_begins`."""
    for start, word in enumerate(words):
        for end in range(start + 1, min(start + begins.get(word, 0), len(words)) + 1):
            yield joint.join(words[start:end])


def _slug_table(links: Mapping[str, LinkWords]) -> dict[str, list[tuple[str, float, bool]]]:
    """Map each slug to (kind, weight, whether it must be a whole path step)."""
    table: dict[str, list[tuple[str, float, bool]]] = {}
    for kind, its in links.items():
        for label, weight in its.labels.items():
            for position, slug in enumerate(slugs(label)):
                if weight > WEAK or position < 2:
                    # Only complete spellings may be part of a longer step: "hi-p" in "dich-vu-hi-p-tac" is chance.
                    table.setdefault(slug, []).append((kind, weight * (1.0 if position < 3 else 0.7), position > 2))
    for kind, its in links.items():
        for slug, weight in its.slugs.items():
            table.setdefault(slug, []).append((kind, weight, len(slug) < 5))
    return table


_ASIDE = linear(r"\(([^()]{3,40})\)\s*$")
_NUMBERED = linear(r"(?<=[a-z]{2})\d{1,2}(?![a-z0-9])|[^a-z0-9]+")
_PARAMETERS = linear(r"[=&;]")  # what stands between the names and values of a query
_WAY_BACK = linear(r"(?i)(?<![^&])(?:nv_)?(?:return|redirect|back_?url|came_?from|continue)\w{0,10}=[^&]*")
_CAMEL = linear(r"(?<=[a-z])(?=[A-Z])")


class LinkPromises:
    """Tell what links promise, by the words of some languages. Made once of them: `words.made(LinkPromises)`."""

    def __init__(self, words: Words) -> None:
        links = words.links
        self._marks = words.table(LinkMarks)
        plain = {kind: its.labels for kind, its in links.items()}
        folded = {kind: {fold(label): weight for label, weight in its.items()} for kind, its in plain.items()}
        phrases, without_accents, self._slugs = _phrases(plain), _phrases(folded), _slug_table(links)
        longest = max((label.count(" ") for label in phrases), default=0) + 1  # words
        self._joined = {label.replace(" ", ""): label for label in (*without_accents, *phrases)}
        # The second table, of folded labels, is only for texts that are written without accents.
        self._tables = tuple((table, _begins(table, " ", longest)) for table in (phrases, without_accents))
        self._slugs_begin = _begins(self._slugs, "-", longest)
        # The menus of a site are on each of its pages, and a directory is in the path of every article below it.
        self._of_label = lru_cache(maxsize=8192)(self._label_promises)
        self._of_listed = lru_cache(maxsize=8192)(lambda text: self._label_promises(text, listed=True))
        self._of_step = lru_cache(maxsize=8192)(self._step_promises)
        self.path = lru_cache(maxsize=8192)(self._path_promises)
        self.names_section = lru_cache(maxsize=8192)(self._names_section)
        self.may_name_section = lru_cache(maxsize=8192)(lambda text: self._names_section(text, listed=True))

    def link(self, link: Link, own: str, listed: bool = False) -> list[Promise]:
        """Return what a link promises, each 0.0 to 1.0; [] for dead links, files, mail and telephone links.

        `own` is the host of the page: a foreign government host keeps a fifth of its promise (a delegated section is
        worth recording, but no visit), any other foreign host has none. `listed`: it stands among names of sections.
        """
        if link.dead or _SKIP.match(link.href) or link.href.startswith("#"):
            return []
        path = urlsplit_path(link.url)
        if FILE.search(path):
            return []
        listed = listed or link.place in FRAME
        scores = dict(self.text(self.section_label(link) if link.heading else link.text, listed))
        for kind, score in self.path(path):
            scores[kind] = max(scores.get(kind, 0.0), score * 0.9)
        factor = _PLACE_FACTOR.get(link.place, 0.85) * self._host_factor(host_of(link.url), own)
        return [(kind, round(score * factor, 3)) for kind, score in scores.items() if score * factor >= 0.05]

    def text(self, text: str, listed: bool = False) -> tuple[Promise, ...]:
        """Return what a label promises. A headline (a long text that names no section) keeps a quarter of it.

        `listed`: it stands where names of sections stand.
        """
        if not text or len(text) > 400:
            return ()
        return self._of_listed(text) if listed else self._of_label(text)

    def text_of(self, kind: str, text: str) -> float:
        """Return how strongly a label promises `kind`, 0.0 to 1.0."""
        said = self.text(text)
        return dict(said).get(kind, 0.0) if said else 0.0

    def path_of(self, kind: str, url: str) -> float:
        """Return how strongly the path of an address promises `kind`, 0.0 to 1.0."""
        return dict(self.path(urlsplit_path(url))).get(kind, 0.0)

    def section_label(self, link: Link) -> str:
        """Return the words by which a link names where it leads: the heading of a tile if that promises more."""
        return max((link.text, link.heading), key=lambda text: max((score for _, score in self.text(text)), default=0))

    def delegated(self, host: str) -> bool:
        """Return True if `host` is a system that answers for many bodies (1022, a national service portal)."""
        return bool(self._marks.delegated_host.search(host) or self._marks.national_host.search(host))

    def is_public(self, host: str, body: Body) -> bool:
        """Return True if `host` is known to be that of `body` or of another public body."""
        return governmental(host) or body.owns(host) or self.delegated(host)

    def is_site_map(self, text: str, path: str) -> bool:
        """Return True for the label and path of a link to the map of the site."""
        return bool(self._marks.site_map.search(text) or self._marks.site_map_path.search(path))

    def is_of_others(self, text: str) -> bool:
        """Return True for the name of a section that holds none of what is looked for, such as the news."""
        return bool(self._marks.other_sections.search(fold(text)))

    def is_login(self, text: str) -> bool:
        """Return True for the label of a link to log in or out, as the staff do."""
        return bool(self._marks.login.match(fold(text)))

    def _label_promises(self, text: str, listed: bool = False) -> tuple[Promise, ...]:
        words, marks = self._unspaced(key(text)), self._marks
        if marks.not_a_section.search(words):
            return ()
        parts = words.split(" ")
        asks = any(word in words for word in marks.asking) and marks.asked_and_answered.search(words)
        scores = {Kind.QA: STRONG} if asks else {}
        for table, begins in self._tables[: 1 if accented(words) else 2]:
            for run in _runs(parts, " ", begins):
                for kind, weight in table.get(run, ()):
                    scores[kind] = max(scores.get(kind, 0.0), weight)
        short = len(parts) <= marks.longest_label
        named = short or (scores and (self.names_section(text) or (listed and self.may_name_section(text))))
        factor = 1.0 if named else 0.25
        said = {kind: weight * factor for kind, weight in scores.items()}
        if factor < 1 and scores and (aside := _ASIDE.search(text)):  # "Điều cần biết khi làm sổ (hỏi và đáp)"
            said |= {kind: weight for kind, weight in self._label_promises(aside[1]) if weight > said.get(kind, 0.0)}
        return tuple(said.items())

    def _unspaced(self, words: str) -> str:
        """Return the label that `words` spell with blanks between the letters; else `words`."""
        letters = words.split(" ")
        spaced = len(letters) >= _SPACED and max(map(len, letters)) == 1
        return self._joined.get("".join(letters), words) if spaced else words

    def _names_section(self, text: str, listed: bool = False) -> bool:
        """Return True if a long text is built like the name of a section and not like a headline.

        "Hỏi đáp, phản ánh, kiến nghị của tổ chức, công dân" names one; "Bộ Tài chính giải đáp thắc mắc" does not.
        `listed`: where names of sections stand, it needs to tell nothing, and may go on as it likes.
        """
        if text.rstrip().endswith(("?", "!", "…", "...")):
            return False
        head, colon, _ = text.partition(": ")
        if listed and colon and self._names_section(head, listed):
            return False  # "Hỏi đáp cùng chuyên gia: Những điểm đáng chú ý của luật"
        marks = self._marks
        words = marks.standing.sub(" ", key(text)) if listed else key(text)
        parts = words.split()
        leads = next((number for number, word in enumerate(parts) if word not in marks.leads), len(parts))
        for start in range(min(leads, len(parts) if listed else _MOST_LEADS) + 1):
            end = self._label_end(parts, start)
            if end > start:
                after = parts[end:]
                goes_on = listed or not marks.complements.isdisjoint(after[:_NEAR])
                return not after or (goes_on and not self._tells(after, text))
        return False

    def _tells(self, after: list[str], text: str) -> bool:
        """Return True if the words after a label tell what happened, when or about what.

        So do numbers, but that of a law.
        """
        marks = self._marks
        lawful = next((number for number, word in enumerate(after) if word in marks.laws), len(after))
        told = (word for number, word in enumerate(after) if number < lawful or word not in marks.year)
        return not marks.telling.isdisjoint(told) or (
            accented(text.lower()) and any(word.isdecimal() for word in after[:lawful])
        )

    def _label_end(self, parts: list[str], start: int) -> int:
        """Return the position after the labels that follow one another from `start` on; `start` if there is none."""
        table, begins = self._tables[0]
        end = start
        while end < len(parts):
            longest = min(end + begins.get(parts[end], 0), len(parts))
            found = next((stop for stop in range(longest, end, -1) if " ".join(parts[end:stop]) in table), 0)
            if not found:
                break
            end = found
        return end

    def _path_promises(self, path: str) -> tuple[Promise, ...]:
        """Return what the steps of a path promise; the last count like the first, long ones (articles) a quarter."""
        scores: dict[str, float] = {}
        for step in path.split("/"):
            for kind, weight in self._of_step(step):
                scores[kind] = max(scores.get(kind, 0.0), weight)
        return tuple(scores.items())

    def _step_promises(self, step: str) -> tuple[Promise, ...]:
        """Return what one step promises."""
        name = _CAMEL.sub("-", unquote(step).rsplit(".", 1)[0] if "." in step[-6:] else unquote(step))
        # Liferay and others number a name that is taken: "hoi-dap1".
        slug = _NUMBERED.sub("-", fold(name)).strip("-")
        if not slug:
            return ()
        scores: dict[str, float] = {}
        for run in _runs(slug.split("-"), "-", self._slugs_begin):
            for kind, weight, only_whole in self._slugs.get(run, ()):
                if run == slug or not only_whole:
                    scores[kind] = max(scores.get(kind, 0.0), weight)
        long = bool(scores) and slug.count("-") >= self._marks.longest_slug
        factor = 0.25 if long and not self.names_section(slug.replace("-", " ")) else 1.0
        return tuple((kind, weight * factor) for kind, weight in scores.items())

    def _host_factor(self, host: str, own: str) -> float:
        if not host or host == own:
            return 1.0
        if _kin(host, own):
            return 0.4 if self.delegated(host) else 1.0
        return 0.2 if governmental(host) else 0.0


def promises(page: Page) -> LinkPromises:
    """Return what tells promises in the languages of a page."""
    return page.words.made(LinkPromises)


@lru_cache(maxsize=1)  # asked for each link of the same page
def among_sections(page: Page) -> frozenset[Link]:
    """Return the links in the text of a page whose long names stand among names of sections, in a list or in tiles.

    News stand among headlines.
    """
    links = promises(page)
    named = [link for link in page.links if link.place in ("main", "aside") and any(map(str.isalpha, link.text))]
    named = [*named[:1], *(link for before, link in pairwise(named) if before.url != link.url)]
    like = [link.text.count(" ") < _SHORT_NAME or links.may_name_section(link.text) for link in named]
    return frozenset(
        link
        for place, link in enumerate(named)
        if like[place]
        and link.text.count(" ") >= _SHORT_NAME
        and any(
            first >= 0 and len(three := like[first : first + _BESIDE + 1]) > _BESIDE and all(three)
            for first in range(place - _BESIDE, place + 1)
        )
    )


def leads_home(link: Link, page: Page) -> bool:
    """Return True if a link leads to the home page of its own site: a banner whose page was never made, or is gone."""
    if bare(host_of(link.url)) != bare(page.host) or "#" in link.url:
        return False
    return urlsplit_path(link.url) in ("", "/") or link.url in _home_addresses(page)


@lru_cache(maxsize=1)  # asked for by several detectors
def named_in_frame(page: Page) -> bool:
    """Return True if the menu or footer of the site names this very page: a section, however long its name is.

    News stand in lists of the text, and in boxes beside it.
    """
    heads = _main_headings(page, "h1") or _main_headings(page, "h2")
    framed = (link for link in page.links if link.place in ("menu", "footer") and not link.dead)
    return any(
        (address(link.url) == page.url or link.text.lower() in heads)
        and bare(host_of(link.url)) == bare(page.host)
        and not leads_home(link, page)
        for link in framed
    )


def _main_headings(page: Page, level: str) -> set[str]:
    return {block.text.lower() for block in page.headings if block.tag == level and block.place == "main"}


@lru_cache(maxsize=1)  # for each link of the same page
def _home_addresses(page: Page) -> frozenset[str]:
    home = page.words.table(LinkMarks).home
    return frozenset(link.url for link in page.links if len(link.text) < 12 and fold(link.text) in home)


@lru_cache(maxsize=8192)  # several detectors ask it of each link, and the menus of a site are on each of its pages
def urlsplit_path(url: str) -> str:
    """Return the path of `url`, and the query words, which in some systems name a page (`?module=hoidap`).

    The way back after a login names another page. Return "" for a broken URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    query = "/".join(_PARAMETERS.split(_WAY_BACK.sub("", parts.query))) if 0 < len(parts.query) < 300 else ""
    return f"{parts.path}/{query}" if query else parts.path


@lru_cache(maxsize=8192)  # as above
def is_file(url: str) -> bool:
    """Return True for the address of a file that is no page."""
    return FILE.search(urlsplit_path(url)) is not None


@lru_cache(maxsize=1024)
def _kin(host: str, own: str) -> bool:
    return registrable(host) == registrable(own)
