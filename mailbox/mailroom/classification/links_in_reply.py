"""Judge where a link in a reply leads: to one document, to a section of a site, or only to its home page.

Only a link to the document itself is an answer. "See our portal" with the address of the home page tells a citizen
nothing (the coding rule of Spáč, Voda and Zagrapan: a link counts if it leads directly to the data).
Nothing is fetched here: the crawler looks at the page on its next visit (spiders.after_visit.links_from_replies).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

from mailroom.classification.sentences import TurnWords, is_line_of_site
from mailroom.mime import body_text
from mailroom.mime.headers import untagged
from prober.domain.correspondence import Attachment, Reply
from prober.domain.hostnames import FREE_MAIL, governmental, host_of, mail_domain, registrable
from prober.domain.requested_documents import forms, kinds, names_document, pairs
from prober.text.patterns import linear
from prober.text.words import Words, caught


class Target(StrEnum):
    """Name the targets of a URL, judged by its form alone."""

    DOCUMENT = "document"
    SECTION = "section"
    HOME = "home"
    ELSEWHERE = "elsewhere"  # social media, web mail, map: never the document


MOST = 20  # links of one message that are kept
_FILE = linear(r"\.(pdf|docx?|xlsx?|pptx?|rar|zip|7z|csv|ods|odt|tiff?|jpe?g|png)$", re.IGNORECASE)
_PAGE = linear(r"\.(?:html?|aspx?|php|jsp|jspx|do)$", re.IGNORECASE)
# Steps of addresses of a home page that systems of every country make; those in words are of the packs.
_HOME_STEPS = frozenset(
    ("home", "index", "default", "main", "portal", "web", "guest", "en", "sites", "pages", "home-page", "homepage",
     "sitepages")
)  # fmt: skip
_MAIL_HOST = linear(r"(?:mail|email|webmail)\.")
_IDENTIFIED = linear(r"\b(?=\w*?(?:id|item|doc|news|vanban|p))\w++=\w*\d", re.IGNORECASE)  # a parameter with a number
# Any other parameter with a long number, unless it is that of a section or the last of a page of a list.
_NUMBERED = linear(r"(?<![^&?])(?!(?:c(?:at|m)|menu|page|tab|mod|muc|chuyenmuc)\w*=)\w{1,20}=(?!(?:19|20)\d\d\b)\d{4,}")
_BETWEEN_WORDS = linear(r"[-_+ ]+")
_YEAR = linear(r"(?:19|20)\d\d")
_LONG_NUMBER = linear(r"\d{3,}")
_DRIVES = (
    "drive.google.com",
    "docs.google.com",
    "1drv.ms",
    "onedrive.live.com",
    "dropbox.com",
    "fshare.vn",
    "sharepoint.com",
)
# Of an office or a province: the first part of a host; and the end of any part, as of a firm.
_DRIVE = frozenset(("docs", "share", "file", "files"))
_DRIVE_ENDS = ("drive", "1drv", "cloud", "sharepoint", "dropbox", "fshare")
_SHORTENERS = (
    "bit.ly", "tinyurl.com", "goo.gl", "ow.ly", "t.ly", "cutt.ly", "is.gd", "rebrand.ly", "shorturl.at", "by.com.vn",
    "s.id", "short.gy", "rb.gy", "tiny.cc", "qrco.de",
)  # fmt: skip
_ELSEWHERE = (
    "facebook.com", "fb.com", "zalo.me", "youtube.com", "tiktok.com", "twitter.com", "maps.google.com",
    "goo.gl", "aka.ms",    "avast.com", "avg.com", "google.com", "microsoft.com", "w3.org",
)  # fmt: skip
_LABEL_END = linear(r"[:>→–—-]\W{0,3}$")
_LABEL_BLANKS = 6  # most of a label that stands before its link on a line of its own, without a colon
_ALONE = linear(r"(?:https?://|www\.)\S+")
_LED_TO = linear(r"(?:https?://|www\.)\S+ \(")  # what stands in brackets behind it is no label of its own
_SHARED = linear(r"/(?:share|shared|s|sh|d)/(?:\w{1,3}/)?(?=[a-zA-Z_!-]{0,60}\d)[\w!-]{6,}")  # a key of a shared file
_LABEL_BEHIND = linear(r"\s{0,4}[(\[–—-]\s?([^()\n]{3,120})")
_CLAUSE_END = linear(r"[;,?!]|\.\s")
_SENTENCE_END = linear(r"[.?!]\s")
_LINK = linear(r"https?://|www\.")


@dataclass(frozen=True, slots=True, eq=False)
class LinkLineWords:
    """Hold the words beside links, from the packs: patterns for text as written."""

    TABLE: ClassVar = "link_lines"
    points: re.Pattern[str]  # they send the reader to any page, and are no label
    denied: re.Pattern[str]  # beside them nothing stands there yet
    way: re.Pattern[str]  # catches "choose Settlement > 2018": the way from a page to the documents of a year


@dataclass(frozen=True, slots=True, eq=False)
class LinkAddressWords:
    """Hold the words in addresses, from the packs: patterns for an address as written."""

    TABLE: ClassVar = "link_addresses"
    home: frozenset[str]  # steps of the address of a home page, in lower case
    year: re.Pattern[str]  # a parameter that chooses the documents of one year
    rules: re.Pattern[str]  # of forms, rules, the state of a letter and the office itself, which nobody asked for
    filled: re.Pattern[str]  # of forms that are filled in for a year
    news: re.Pattern[str]  # of news, of which only a page with one of the words of `tells` counts as a document
    tells: re.Pattern[str]  # of what is published: names of documents


def named(text: str, files: Iterable[Attachment]) -> tuple[str, ...]:
    """Return the addresses in `text` and in the text of `files`, in order."""
    return body_text.plain_links(f"{text}\n" + "\n".join(a.text for a in files))


def answers_in(reply: Reply, turns: TurnWords) -> str:
    """Return the text of a letter; of a forwarded one, also what colleagues wrote below it to each other.

    That ends where our address stands for the first time: there a letter to us or of ours begins. Who addresses a
    colleague by name hands our letter on, and answers nothing. Who answers "in red below" writes among our lines.
    """
    if turns.below.search(reply.text):
        return f"{reply.text}\n{reply.full_text}"
    whole = reply.full_text.lower()
    ours = [at for address in reply.to if (at := whole.find(untagged(address).lower())) >= 0]
    answers = turns.forwarded.match(reply.subject) and not turns.colleague.match(reply.text)
    return f"{reply.text}\n{reply.full_text[: min(ours)]}" if ours and answers else reply.text


def with_colleague(reply: Reply, turns: TurnWords) -> Reply:
    """Return a forwarded letter with the words of the colleague whose answer it passes on."""
    theirs = mail_domain(reply.from_address) in FREE_MAIL or turns.colleague.match(reply.text)
    if theirs or not turns.forwarded.match(reply.subject):
        return reply
    words = body_text.passed_on(reply.full_text, reply.from_address.rpartition("@")[2].lower())
    return replace(reply, text=f"{reply.text}\n\n{words}") if words else reply


def rows(
    reply: int, urls: Iterable[str], addresses: Collection[str], number: Callable[..., int], words: Words
) -> Iterator[dict[str, Any]]:
    """Yield the rows of `reply_link` for links that may be an answer: no social media, no web mail.

    `addresses` are those of the agency's mail and site; a link with the same registrable domain is its own. Of an
    address that is no public body's only the host is published: the rest may be a key to private files.
    """
    own = {mail_domain(address) if "@" in address else registrable(host_of(address)) for address in addresses}
    named = [(url, what) for url in urls if host_of(url) and (what := target(url, words)) != Target.ELSEWHERE]
    for position, (url, what) in enumerate(named[:MOST], 1):
        host = host_of(url)
        its_own = registrable(host) in own - FREE_MAIL
        site = "own" if its_own else "government" if governmental(host) else "elsewhere"
        yield {
            "id": number("reply_link", reply, position), "reply": reply, "position": position,
            "url": _public(url, site), "target": what.value, "site": site,
            "file_type": _file_type(url),
        }  # fmt: skip


def _public(url: str, site: str) -> str:
    parts = urlsplit(url)
    if site == "elsewhere":
        return f"{parts.scheme}://{host_of(url)}/…"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def _file_type(url: str) -> str:
    found = _FILE.search(file_name(url))
    return found[1].lower() if found else ""


def file_name(url: str) -> str:
    """Return the last step of an address, or the one before it if that names a file: some portals put a key behind it.

    >>> file_name("https://a.test/documents/20182/0/QD+2018.pdf/a1b2c3"), file_name("https://a.test/qt/2018?id=3")
    ('QD 2018.pdf', '2018?id=3')
    """
    steps = unquote_plus(url.partition("://")[2]).split("/")
    return steps[-2] if len(steps) > 2 and _FILE.search(steps[-2]) else steps[-1]


def target(url: str, words: Words) -> Target:
    """Return what `url` points to, by its form alone: a home page, a section, a document, or no answer at all."""
    known = words.table(LinkAddressWords)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return Target.ELSEWHERE
    if _is_drive(host):
        return Target.DOCUMENT if len(parts.path) > 5 else Target.ELSEWHERE
    if _within(host, _ELSEWHERE) or _MAIL_HOST.match(host):
        return Target.ELSEWHERE
    segments = [unquote(segment).lower() for segment in parts.path.split("/") if segment]
    if _file_type(url) or _SHARED.match(parts.path):
        return Target.DOCUMENT
    names = [name for segment in segments if (name := _PAGE.sub("", segment)) not in _HOME_STEPS | known.home]
    query = f"{parts.query}&{parts.fragment}"
    identified = bool(
        _IDENTIFIED.search(query)
        or _NUMBERED.search(query)
        or (known.year.search(query) and known.tells.search(parts.path))
        or (_YEAR.search(query) and pairs(query, words))  # it names documents: "view=qt2018"
    )
    if not names:
        return Target.DOCUMENT if identified else Target.HOME
    return Target.DOCUMENT if identified or _is_document(names) else Target.SECTION


def may_answer(url: str, words: Words) -> bool:
    """Return True for a file, or a document of a public body or a file-sharing site; not for forms, rules and news."""
    known = words.table(LinkAddressWords)
    rules = known.rules.search(url)
    if (
        target(url, words) != Target.DOCUMENT
        or (rules and not known.filled.search(url))
        or (_is_news(url, known) and not known.tells.search(url))
    ):
        return False
    host = host_of(url)
    return governmental(host) or _is_drive(host) or bool(_file_type(url))


def may_lead(url: str, words: Words) -> bool:
    """Return True for a short link, or a page of a site: a document, if its label names one."""
    parts = urlsplit(url) if url.startswith("http") else urlsplit(f"//{url}")
    if _within((parts.hostname or "").lower(), _SHORTENERS):
        return len(parts.path) > 1
    if target(url, words) not in (Target.SECTION, Target.DOCUMENT):
        return False
    return not words.table(LinkAddressWords).rules.search(url)


def publishes(url: str, words: Words) -> bool:
    """Return True for a page of a site, no single document, whose address is about budgets and their publication."""
    about = words.table(LinkAddressWords).tells
    return target(url, words) == Target.SECTION and may_lead(url, words) and bool(about.search(url.partition("://")[2]))


def as_written(url: str) -> str:
    """Return an address without its scheme, which a letter may leave out."""
    return url.partition("://")[2] or url


def labelled(text: str) -> list[str]:
    """Return the lines of `text`, each link that begins its line together with a line above that leads to it.

    >>> labelled("Quyết toán 2018:\\n\\nhttps://a.test/qt\\nhttps://a.test/dt")
    ['Quyết toán 2018: https://a.test/qt', 'https://a.test/dt']
    """
    found: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        leads = found and found[-1][-1] not in ".!?;" and not _ALONE.match(found[-1].split()[-1])
        if leads and (_ALONE.fullmatch(line) or (found[-1][-1] != ":" and _LED_TO.match(line))):
            found[-1] = f"{found[-1]} {line}"
        else:
            found.append(line)
    return found


def line_of(url: str, lines: list[str], words: Words) -> str:
    """Return the line with a link; of a shared folder whose line names no document, with one beside it that does."""
    found = next((at for at, line in enumerate(lines) if as_written(url) in line), -1)
    if found < 0 or not _is_drive(host_of(url)) or _names(lines[found], words):
        return lines[found] if found >= 0 else ""
    denied = words.table(LinkLineWords).denied
    beside = (
        line for line in (*lines[found + 1 : found + 2], *lines[max(found - 1, 0) : found]) if not _LINK.search(line)
    )
    told = next((line for line in beside if _names(line, words) and not denied.search(line)), "")
    return f"{_SENTENCE_END.sub(', ', told)} {url}" if told else lines[found]


def label(url: str, before: str, after: str, words: Words) -> str:
    """Return the label of a link, of the parts of its line before and after it.

    The whole sentence before it is one, if it names a document and the link leads to one.
    """
    known, before = words.table(LinkLineWords), before.removesuffix("https://").removesuffix("http://")
    behind = _LABEL_BEHIND.match(after) or known.way.match(after)
    told, sentence = caught(behind) if behind else "", _SENTENCE_END.split(before)[-1]
    if _LABEL_END.search(before):
        above = _CLAUSE_END.split(before)[-1]
        return told if kinds(told, words) and not names_document(above, words) else above
    few = _LABEL_BLANKS * (2 if pairs(before, words) and not known.denied.search(before) else 1)
    if before.count(" ") <= few and not after.strip() and not known.points.search(before):
        return before
    leads = target(url, words) == Target.DOCUMENT and not known.denied.search(sentence)
    return sentence if leads and not _names(told, words) and _names(sentence, words) else told


def _names(text: str, words: Words) -> bool:
    return bool(pairs(text, words) or forms(text, words))


def beside(text: str, words: Words) -> str:
    """Return the sentences with a link, and those before them; not the line of a signature that names the site."""
    lines = text.split("\n")
    beside = {
        n
        for at, line in enumerate(lines)
        if _LINK.search(line) and not is_line_of_site(lines, at, words)
        for n in (at - 1, at)
    }
    return "\n".join(lines[n] for n in sorted(beside) if n >= 0)


def _is_news(url: str, known: LinkAddressWords) -> bool:
    """Return True for a page among the news, with a title in its address."""
    return bool(known.news.search(url)) and not _file_type(url) and len(url.rpartition("/")[2].split("-")) > 3


def _is_document(names: list[str]) -> bool:
    """Return True if the path ends like a document: with a number that is no year, or a title of many words."""
    last = names[-1]
    words = [word for word in _BETWEEN_WORDS.split(last) if word]
    if _LONG_NUMBER.search(_YEAR.sub("", "/".join(names))):
        return True
    dated = bool(_YEAR.search(last))
    return len(words) >= 7 or (dated and len(words) >= 4) or (dated and len(names) >= 2 and len(words) >= 3)


def _is_drive(host: str) -> bool:
    first, *others = host.split(".")[:-1] or ("",)
    return _within(host, _DRIVES) or first in _DRIVE or any(part.endswith(_DRIVE_ENDS) for part in (first, *others))


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)
