"""Score how strongly a link promises what we look for, so that a visit follows the most promising links first.

The text counts more than the address, and the address more than the place: a menu label is what a person reads, while
addresses may be numbers, click counters, or have lost their accented letters (docs/reference/registry.md#slugs).
A promise is never a finding; only the page behind the link can give one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from prober.detectors import link_labels as labels
from prober.domain.hostnames import bare, governmental, host_of, registrable
from prober.domain.indicator import Kind
from prober.domain.page import LONGEST_LABEL, Link, Page
from prober.text.patterns import linear
from prober.text.vietnamese import accented, fold, key, slugs

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
# National systems that answer for all bodies: a link to them is not the body's own section.
_DELEGATED_HOST = linear(
    r"^(?:dichvucong|dvc|dichvucongquocgia|motcua|pakn|nguoidan|doanhnghiep|kiennghi|1022|tongdai)\.|"
    r"chinhphu\.vn$"
)
_NATIONAL_HOST = linear(r"(?:^|\.)(?:chinhphu\.vn|dichvucong\.gov\.vn|quochoi\.vn|moj\.gov\.vn|mof\.gov\.vn)$")
# Other kinds of questions: those that a program answers, and those that the citizen answers.
_NOT_A_SECTION = linear(
    r"\b(?:chat ?bot|trợ lý (?:ảo|số|ai)|tro ly (?:ao|so|ai)|virtual assistant|(?:cuộc|hội) thi|(?:cuoc|hoi) thi|"
    r"trắc nghiệm|bộ câu hỏi|đề cương|khảo sát)\b"
)
# "Doanh nghiệp hỏi - Sở Tài chính trả lời": the asking and the answering party differ from site to site.
_ASKED_AND_ANSWERED = linear(r"\b(?:hỏi|thắc mắc)\b.{0,60}\b(?:trả lời|giải đáp|đáp)\b")
# A long text names a section if it begins with a label, after words for a section at most, and goes on with whose, for
# whom or by which rule: "Cung cấp thông tin theo quy định của Luật …". A headline has an actor first, or tells what
# happened, when and about what.
_LEADS = frozenset(
    "chuyên mục trang kênh cổng hệ thống bộ phận đầu mối tiếp nhận gửi xem nơi hộp hòm thư diễn đàn danh sách "  # noqa: SIM905
    "thực hiện việc thông tin yêu cầu công khai và".split()
)
_MOST_LEADS = 5
_COMPLEMENTS = frozenset(("theo", "của", "cho", "thuộc", "tại", "trên", "dành", "đối", "với", "và", "giữa"))
_NEAR = 3  # words after the label, one of which begins the complement: "công khai rộng rãi theo"
_LAWS = frozenset(("luật", "định", "tư"))  # luật, nghị định, quyết định, thông tư: a year after them is the law's
_TELLING = frozenset(
    "về năm tháng ngày đã đang sẽ vừa cần khi không bị sau trước nhiều hôm đến ra thứ lần kỳ nhằm vì do để "  # noqa: SIM905
    "bởi như mới".split()
)
_HOME = frozenset(("trang chu", "trang nhat", "home", "home page", "homepage"))
_SKIP = linear(r"^(?:mailto|tel|javascript|data|skype|zalo|sms|whatsapp):", re.IGNORECASE)
FILE = linear(
    r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|jpe?g|png|gif|mp[34]|avi|wmv|exe|apk|css|js|ico|svg|xml|rss)$",
    re.IGNORECASE,
)


Promise = tuple[str, float]


def _phrases(tables: dict[str, dict[str, float]]) -> dict[str, list[Promise]]:
    """Map each label to what it promises. Looking up runs of words is much faster than one pattern of all labels."""
    found: dict[str, list[Promise]] = {}
    for kind, weights in tables.items():
        for label, weight in weights.items():
            found.setdefault(label, []).append((kind, weight))
    return found


_PLAIN = _phrases(labels.BY_KIND)
_FOLDED = _phrases(
    {kind: {fold(label): weight for label, weight in weights.items()} for kind, weights in labels.BY_KIND.items()}
)
_LONGEST_RUN = max(label.count(" ") for label in _PLAIN) + 1  # words


def _begins(labels: Iterable[str], joint: str) -> dict[str, int]:
    """Map the first word of labels to the number of words of the longest label that begins with it."""
    found: dict[str, int] = {}
    for label in labels:
        words = label.split(joint)
        found[words[0]] = max(found.get(words[0], 0), min(len(words), _LONGEST_RUN))
    return found


def _runs(words: list[str], joint: str, begins: Mapping[str, int]) -> Iterator[str]:
    """Yield every run of words that may be a label; `begins` is a table of `_begins`."""
    for start, word in enumerate(words):
        for end in range(start + 1, min(start + begins.get(word, 0), len(words)) + 1):
            yield joint.join(words[start:end])


def _slug_table() -> dict[str, list[tuple[str, float, bool]]]:
    """Map each slug to (kind, weight, whether it must be a whole path step)."""
    table: dict[str, list[tuple[str, float, bool]]] = {}
    for kind, weights in labels.BY_KIND.items():
        for label, weight in weights.items():
            for position, slug in enumerate(slugs(label)):
                if weight > labels.WEAK or position < 2:
                    # Only complete spellings may be part of a longer step: "hi-p" in "dich-vu-hi-p-tac" is chance.
                    table.setdefault(slug, []).append((kind, weight * (1.0 if position < 3 else 0.7), position > 2))
    for kind, extra in labels.SLUGS.items():
        for slug, weight in extra.items():
            table.setdefault(slug, []).append((kind, weight, len(slug) < 5))
    return table


_SLUGS = _slug_table()
_SLUGS_BEGIN = _begins(_SLUGS, "-")
# The second table, of folded labels, is only for texts that are written without accents.
_TABLES = tuple((table, _begins(table, " ")) for table in (_PLAIN, _FOLDED))
_NUMBERED = linear(r"(?<=[a-z]{2})\d{1,2}(?![a-z0-9])|[^a-z0-9]+")
_PARAMETERS = linear(r"[=&;]")  # what stands between the names and values of a query
_CAMEL = linear(r"(?<=[a-z])(?=[A-Z])")


def score_link(link: Link, own: str) -> list[tuple[str, float]]:
    """Return what a link promises, each 0.0 to 1.0; [] for dead links, files, mail and telephone links.

    `own` is the host of the page: a foreign government host keeps a fifth of its promise (a delegated section is worth
    recording, but no visit), any other foreign host has none.
    """
    if link.dead or _SKIP.match(link.href) or link.href.startswith("#"):
        return []
    path = urlsplit_path(link.url)
    if FILE.search(path):
        return []
    scores = dict(text_promises(section_label(link) if link.heading else link.text))
    for kind, score in slug_promises(path):
        scores[kind] = max(scores.get(kind, 0.0), score * 0.9)
    factor = _PLACE_FACTOR.get(link.place, 0.85) * _host_factor(host_of(link.url), own)
    return [(kind, round(score * factor, 3)) for kind, score in scores.items() if score * factor >= 0.05]


def text_promises(text: str) -> tuple[tuple[str, float], ...]:
    """Return what a label promises. A headline (a long text that names no section) keeps a quarter of its promise."""
    return _label_promises(text) if text and len(text) <= 400 else ()


@lru_cache(maxsize=8192)  # the menus of a site are on each of its pages
def _label_promises(text: str) -> tuple[tuple[str, float], ...]:
    words = key(text)
    if _NOT_A_SECTION.search(words):
        return ()
    parts = words.split(" ")
    scores = {Kind.QA: labels.STRONG} if "hỏi" in words and _ASKED_AND_ANSWERED.search(words) else {}
    for table, begins in _TABLES[: 1 if accented(words) else 2]:
        for run in _runs(parts, " ", begins):
            for kind, weight in table.get(run, ()):
                scores[kind] = max(scores.get(kind, 0.0), weight)
    factor = 1.0 if len(parts) <= LONGEST_LABEL or (scores and names_section(text)) else 0.25
    return tuple((kind, weight * factor) for kind, weight in scores.items())


@lru_cache(maxsize=8192)
def names_section(text: str) -> bool:
    """Return True if a long text is built like the name of a section and not like a headline.

    >>> names_section("Hỏi đáp, phản ánh, kiến nghị của tổ chức, công dân, doanh nghiệp")
    True
    >>> names_section("Bộ Tài chính giải đáp thắc mắc của doanh nghiệp")
    False
    """
    if text.rstrip().endswith(("?", "!", "…", "...")):
        return False
    parts = key(text).split(" ")
    leads = next((number for number, word in enumerate(parts) if word not in _LEADS), len(parts))
    for start in range(min(leads, _MOST_LEADS) + 1):
        end = _label_end(parts, start)
        if end > start:
            after = parts[end:]
            lawful = next((number for number, word in enumerate(after) if word in _LAWS), len(after))
            told = [word for number, word in enumerate(after) if number < lawful or word != "năm"]
            return not after or (not _COMPLEMENTS.isdisjoint(after[:_NEAR]) and _TELLING.isdisjoint(told))
    return False


def _label_end(parts: list[str], start: int) -> int:
    """Return the position after the labels that follow one another from `start` on; `start` if there is none."""
    table, begins = _TABLES[0]
    end = start
    while end < len(parts):
        longest = min(end + begins.get(parts[end], 0), len(parts))
        found = next((stop for stop in range(longest, end, -1) if " ".join(parts[end:stop]) in table), 0)
        if not found:
            break
        end = found
    return end


def section_label(link: Link) -> str:
    """Return the words by which a link names where it leads: the heading of a tile if that promises more, else all."""
    return max((link.text, link.heading), key=lambda text: max((score for _, score in text_promises(text)), default=0))


def leads_home(link: Link, page: Page) -> bool:
    """Return True if a link leads to the home page of its own site: a banner whose page was never made, or is gone."""
    if bare(host_of(link.url)) != bare(page.host) or "#" in link.url:
        return False
    return urlsplit_path(link.url) in ("", "/") or link.url in _home_addresses(page)


@lru_cache(maxsize=1)  # for each link of the same page
def _home_addresses(page: Page) -> frozenset[str]:
    return frozenset(link.url for link in page.links if len(link.text) < 12 and fold(link.text) in _HOME)


def promise_of(kind: str) -> Callable[[str], float]:
    """Return the function that returns how strongly a label promises `kind`, 0.0 to 1.0."""
    return lambda text: dict(text_promises(text)).get(kind, 0.0)


@lru_cache(maxsize=8192)
def slug_promises(path: str) -> tuple[tuple[str, float], ...]:
    """Return what the steps of a path promise; the last steps count like the first, long steps (articles) a quarter."""
    scores: dict[str, float] = {}
    for step in path.split("/"):
        for kind, weight in _step_promises(step):
            scores[kind] = max(scores.get(kind, 0.0), weight)
    return tuple(scores.items())


@lru_cache(maxsize=8192)
def _step_promises(step: str) -> tuple[tuple[str, float], ...]:
    """Return what one step promises; cached, because a directory is in the path of every article below it."""
    name = _CAMEL.sub("-", unquote(step).rsplit(".", 1)[0] if "." in step[-6:] else unquote(step))
    # Liferay and others number a name that is taken: "hoi-dap1".
    slug = _NUMBERED.sub("-", fold(name)).strip("-")
    if not slug:
        return ()
    factor = 0.25 if slug.count("-") >= LONGEST_LABEL - 2 else 1.0
    scores: dict[str, float] = {}
    for run in _runs(slug.split("-"), "-", _SLUGS_BEGIN):
        for kind, weight, only_whole in _SLUGS.get(run, ()):
            if run == slug or not only_whole:
                scores[kind] = max(scores.get(kind, 0.0), weight * factor)
    return tuple(scores.items())


def delegated(host: str) -> bool:
    """Return True if `host` is a national or provincial system that answers for many bodies (1022, service portal)."""
    return bool(_DELEGATED_HOST.search(host) or _NATIONAL_HOST.search(host))


def urlsplit_path(url: str) -> str:
    """Return the path of `url`, and the query words, which in some systems name a page (`?module=hoidap`).

    Return "" for a broken URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    query = "/".join(_PARAMETERS.split(parts.query)) if 0 < len(parts.query) < 300 else ""
    return f"{parts.path}/{query}" if query else parts.path


def _host_factor(host: str, own: str) -> float:
    if not host or host == own:
        return 1.0
    if _kin(host, own):
        return 0.4 if delegated(host) else 1.0
    return 0.2 if governmental(host) else 0.0


@lru_cache(maxsize=1024)
def _kin(host: str, own: str) -> bool:
    return registrable(host) == registrable(own)
