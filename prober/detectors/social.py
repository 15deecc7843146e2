"""Find the body's social channels; not share buttons, vendors, tourism boards, embedded videos or dead icons.

A channel is official if its handle or the words of the link have the body's name, or if it is a number or has no name
and the body's page links to it in its frame: header, footer, menu, side column
(docs/reference/wording.md#social-channels). A guess at an owner is no finding: it is noted in the look list.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from prober.detectors.body import Body
from prober.detectors.body_names import LAST, begins_name, name_at, names_of, site_of
from prober.detectors.email.other_bodies import ANOTHER, OWN, at_own_domain, below_province, whose
from prober.detectors.link_promises import urlsplit_path
from prober.domain.finding import Finding, State
from prober.domain.hostnames import bare, host_of
from prober.domain.indicator import Kind
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key

VERSION = "21"
_SURE = 0.5  # from which a channel is the body's own
_HOSTS = (
    ("facebook", linear(r"^(?:[\w-]+\.)?(?:facebook\.com|fb\.com|fb\.me)$")),
    ("youtube", linear(r"^(?:[\w-]+\.)?youtube\.com$")),
    ("zalo", linear(r"^(?:oa\.|www\.)?zalo\.me$")),
    ("tiktok", linear(r"^(?:[\w-]+\.)?tiktok\.com$")),
    ("twitter", linear(r"^(?:[\w-]+\.)?(?:twitter\.com|x\.com)$")),
    ("instagram", linear(r"^(?:[\w-]+\.)?instagram\.com$")),
    ("telegram", linear(r"^t\.me$")),
    ("linkedin", linear(r"^(?:[\w-]+\.)?linkedin\.com$")),
)
# First path steps of tools, which are no channels.
_TOOLS = frozenset(
    ("sharer", "sharer.php", "share", "share.php", "plugins", "tr", "dialog", "login", "login.php", "home.php",
     "hashtag", "groups",
     "photo", "photo.php", "permalink.php", "story.php", "events", "watch", "embed", "results", "playlist",
     "shorts", "intent", "home",
     "search", "explore", "p", "reel", "policies", "privacy", "help", "i", "sharearticle", "sharing", "l.php",
     "media", "posts", "video",
     "2008", "v2.0", "feed", "iframe_api", "t", "about", "business", "ads")
)  # fmt: skip
_MAYBE = linear(
    r"facebook\.|fb\.com|fb\.me|youtube\.|zalo\.me|tiktok\.|twitter\.|//x\.com|instagram\.|t\.me|linkedin\."
)
_COMMENTED = linear(r"(?:\{\{--|\{#|<%--)\s*$")  # comments of page templates, of which the source was published
_ZALO_SAMPLE = "579745863508352884"  # the account in Zalo's own example, which some sites copied unchanged
_FRAME = ("footer", "header", "menu", "aside")
_HOME = linear(
    r"^/?(?:(?:index|default|home|trang-?chu|vi|vi-vn|web/guest(?:/home)?)(?:\.\w{2,5})?/?)?$", re.IGNORECASE
)
_MISWRITTEN = linear(
    r"^[./]+(?=https?:/)"
)  # "../https://www.facebook.com/…": the browser goes wrong, the reader does not
_NO_LETTER = linear(r"[^a-z0-9]")
_OPAQUE = linear(r"(?:channel/)?UC[\w-]{22}|\d{8,}")  # a handle that is a number and no name
_UPLOADS = linear(r"UU[\w-]{22}")  # the list of all uploads of a channel, whose number is the same with UC
_TELEPHONE = linear(r"\+?\d{8,12}")  # of any country; the number of an account has more digits
_UNLINKED = "unlinked"  # of an address that stands on a page without a link
_WRITTEN_HOSTS = ("zalo.me/", "facebook.com/", "fb.com/", "youtube.com/", "tiktok.com/")
_WRITTEN = linear(
    r"(?<![\w./@-])(?:https?://)?(?:www\.|oa\.)?(?:zalo\.me|facebook\.com|fb\.com|youtube\.com|tiktok\.com)/[\w.@/-]{2,80}\w"
)
_SLASHES = linear(r"^(https?:)/+")
_BLOCKS = (
    'a[class*="social" i][href], [class*="social" i] a[href], [id*="social" i] a[href], [class*="mxh" i] a[href], '
    '[class*="mang-xa-hoi" i] a[href], a[class*="zalo" i][href], [class*="zalo" i] > a[href]'  # a floating button
)


@dataclass(frozen=True, slots=True, eq=False)
class ChannelWords:
    """Hold the words in labels and handles of channels, from the packs."""

    TABLE: ClassVar = "social"
    label: re.Pattern[str]
    # Names that are never a body of general administration: police, tourism, vendors, national pages, news, unions.
    others: re.Pattern[str]
    own_words: re.Pattern[str]
    # What a handle may hold beside the body's name, and the handle of a site that does not say whose it is: words for
    # the site, the board that edits it, the authority itself. Anything else is another body's: a club, a newspaper.
    # The longest words come first, and no choice is tried twice: otherwise the time would double with each word.
    neutral: re.Pattern[str]
    portal: re.Pattern[str]
    site: re.Pattern[str]


class Channel(NamedTuple):
    """One channel to which a page links, and how surely it is the body's own, 0.0 to 1.0.

    `open` is True where nothing shows whose it is: neither the link nor the handle names another body.
    """

    link: Link
    platform: str
    handle: str
    url: str
    sure: float
    open: bool


def social(page: Page, body: Body) -> list[Finding]:
    """Return one finding per channel. A guess at its owner is left out: a wrong channel is worse than a missed one."""
    found: dict[str, Finding] = {}
    for link, platform, handle, url, sure, _ in _channels(page, body):
        if sure >= _SURE and url not in found:
            detail = {"handle": handle, "place": link.place, "plugin": link.place == "frame"}
            found[url] = Finding(
                Kind.SOCIAL, platform, url, State.FOUND, 0, sure, (link.text or link.href)[:300], "", page.url,
                "social", VERSION, detail,
            )  # fmt: skip
    return list(found.values())


def is_platform(url: str) -> bool:
    """Return True for an address on a social network, of a channel or not."""
    return any(host.match(host_of(url)) for _, host in _HOSTS)


def open_channels(page: Page, body: Body, contact: bool) -> Iterator[Link]:
    """Yield links to channels whose owner nothing shows: in the frame of a page, on a `contact` page."""
    for channel in _channels(page, body):
        place = channel.link.place
        if channel.sure < _SURE and channel.open and (place in (*_FRAME, "frame") or (contact and place == "main")):
            yield channel.link._replace(url=channel.url, text=channel.link.text or channel.handle)


@lru_cache(maxsize=1)  # for the findings and for the look list of the same page
def _channels(page: Page, body: Body) -> tuple[Channel, ...]:
    found: list[Channel] = []
    marks = page.words.table(ChannelWords)
    for written in (*page.links, *_widgets(page), *_written(page)):
        link = _righted(written) if _may_be_channel(written.url) else None
        if link is None or (channel := normalise(link)) is None:
            continue
        platform, handle, url = channel
        if link.place == "main" and link.href in _social_blocks(page):
            link = link._replace(place="footer")
        plain, label = _plain(handle.rpartition("/")[2]), _plain(key(link.text))
        strange = bool(marks.others.search(plain) or marks.others.search(label)) or link.place == "select"
        sure = _certainty(_Named(link, handle, plain, label), page, body, strange)
        named = label and not marks.neutral.match(label) and link.rel != _UNLINKED
        found.append(Channel(link, platform, handle, url, sure, not strange and not named))
    return tuple(found)


class _Named(NamedTuple):
    """What a link to a channel says: its handle and its label, as they are and folded without blanks."""

    link: Link
    handle: str
    plain: str
    label: str


def _certainty(channel: _Named, page: Page, body: Body, strange: bool) -> float:
    """Return how surely a channel is this body's: by a name in its handle or label, then by its place."""
    link, handle, plain, label = channel
    marks, framed = page.words.table(ChannelWords), link.place in _FRAME
    said = whose(link.text.lower(), page, body)
    if said == OWN or (said != ANOTHER and link.place != "select" and _is_named(channel, page, body)):
        return 0.95 if framed else 0.75
    if strange or said == ANOTHER or link.rel == _UNLINKED:
        return 0.0
    mark = next((mark for mark in body.marks if _bears(plain, mark) or _bears(label, mark)), "")
    if mark:
        return (0.95 if framed else 0.75) if _may_be_own(channel, mark, page, body) else 0.0
    opaque = _OPAQUE.fullmatch(handle) is not None
    announced = bool(marks.label.search(key(link.text))) or not link.text.strip()
    portal = not body.department and bool(marks.neutral.match(plain) and marks.site.search(plain))
    if opaque and framed and announced:
        return 0.6
    at_home = _HOME.match(urlsplit_path(page.url)) is not None and (framed or link.place == "frame")
    return 0.6 if at_home and (opaque or portal) else 0.0


def _is_named(channel: _Named, page: Page, body: Body) -> bool:
    """Return True if a handle is the body's name or its site's, its place in full behind it or not, or a label begins
    with that name.

    "phuongtanan" and "tanan.camau" are the channels of Ủy ban nhân dân phường Tân An in Cà Mau, "datmui.gov.vn" that of
    this site whether the page names its body or not.
    """
    link, handle, plain, label = channel
    called, neutral = names_of(page, body), page.words.table(ChannelWords).neutral
    site, host = site_of(page), bare(page.host)
    written, domains = handle.lower().lstrip("@"), _domain_names(body)
    if name_at(link.text, called, page.words) or (label and label == site):
        return True
    if host and host in written and neutral.match(_plain(written.replace(host, "", 1))):
        return True
    own = domains if at_own_domain(page, body) else {site} if len(site) > 2 else set()
    bases = {plain, _plain(LAST.sub("", handle.lower()))}
    forms = {base.removesuffix(domain) for base in bases for domain in ("", *domains)}
    if any(name in text and neutral.match(text.replace(name, "", 1)) for name in own for text in (*forms, label)):
        return not body.department or site in body.department.marks
    kinds = tuple((*name[:2], site) for name in called if len(site) > 4)
    return any(begins_name(form, (*called, *kinds), page.words) for form in (handle, *forms))


def _may_be_own(channel: _Named, mark: str, page: Page, body: Body) -> bool:
    """Return False for a channel that has the name of the body or of its province and is another's.

    A department's has a mark of its own in its name; the province's portal's, its clubs', unions', newspapers' do not.
    The province's name alone is not that of a body below it.
    """
    marks, (_, handle, plain, label) = page.words.table(ChannelWords), channel
    if body.department:
        return any(own in text for own in body.department.marks for text in (plain, label))
    if below_province(page, body) and mark in _domain_names(body):
        return False
    if handle.startswith("channel/") or mark not in plain:  # the id of a YouTube channel has letters and no words
        return True
    rest = plain.replace(mark, "", 1)
    return bool(marks.neutral.match(rest) or marks.portal.search(rest) or marks.own_words.search(label))


def _bears(text: str, name: str) -> bool:
    """Return True if a handle or label has a name in it; a short name ("hue", "mic") only at its beginning or end."""
    return name in text if len(name) > 4 else text.startswith(name) or text.endswith(name)


def _plain(text: str) -> str:
    return _NO_LETTER.sub("", fold(text))


def _domain_names(body: Body) -> set[str]:
    return {domain.partition(".")[0].replace("-", "") for domain in body.own_domains}


def _righted(link: Link) -> Link:
    """Return a link that was meant as an absolute address and written as a relative one with that address."""
    if link.href[:1] not in "./" or not _MISWRITTEN.match(link.href):
        return link
    return link._replace(url=_SLASHES.sub(r"\1//", _MISWRITTEN.sub("", link.href)))


@lru_cache(maxsize=1)  # for each channel of the same page
def _social_blocks(page: Page) -> frozenset[str]:
    """Return the links in blocks that are named after social networks."""
    return frozenset(node.attributes.get("href") or "" for node in page.tree.css(_BLOCKS))


def _widgets(page: Page) -> list[Link]:
    """Return channels that a script of the platform shows: Facebook's page plugin, Zalo's chat and follow buttons."""
    found = []
    if "fb-page" in page.html:
        for node in page.tree.css(".fb-page[data-href]"):
            url = node.attributes.get("data-href") or ""
            found.append(Link(url, "", "frame", url))
    if "data-oaid" in page.html:
        for node in page.tree.css(
            ".zalo-chat-widget[data-oaid], .zalo-follow-button[data-oaid], .zalo-follow-only-button[data-oaid]"
        ):
            number = node.attributes.get("data-oaid") or ""
            before = node.prev
            if before is not None and _COMMENTED.search(before.text()[-20:]):
                continue
            if number.isdigit() and number != _ZALO_SAMPLE:
                url = f"https://zalo.me/{number}"
                found.append(Link(url, "Zalo", "aside", url))
    return found


def _written(page: Page) -> Iterator[Link]:
    """Yield channels whose address stands on a page without a link, with the line before it: "Zalo: zalo.me/34…"."""
    if not any(host in page.folded for host in _WRITTEN_HOSTS):
        return
    linked = {link.text for link in page.links}
    for above, block in pairwise((None, *page.blocks)):
        if block is not None and not block.hidden and len(block.text) < 300 and block.text not in linked:
            for match in (found for found in _WRITTEN.finditer(block.text) if found[0] not in linked):
                before = above.text if above is not None and above.place == block.place else ""
                url = f"https://{match[0].partition('://')[2] or match[0]}"
                yield Link(url, f"{before} {block.text}".strip(), "main", url, _UNLINKED)


@lru_cache(maxsize=8192)
def _may_be_channel(url: str) -> bool:
    return _MAYBE.search(url) is not None


def normalise(link: Link) -> tuple[str, str, str] | None:
    """Return (platform, handle, address) of the channel that a link or plugin shows; None for tools and dead links.

    A page plugin has the channel's address percent-encoded in `href=`; the plugin of a video has none.
    """
    try:
        parts = urlsplit(link.url)
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    platform = next((name for name, mark in _HOSTS if mark.match(host)), "")
    if not platform or link.dead:
        return None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if platform == "facebook" and steps and "plugins" in steps[:2]:
        target = (parse_qs(parts.query).get("href") or [""])[0]
        return normalise(Link(target, link.text, link.place, target)) if target and "plugins" not in target else None
    uploads = platform == "youtube" and steps[:1] == ["embed"]
    handle = _uploaded_by(parts.query) if uploads else _handle(platform, steps, parts.query)
    if not handle:
        return None
    return platform, handle, _canonical(platform, handle)


def _uploaded_by(query: str) -> str:
    """Return the channel of which a player in a page shows all uploads; "" for any other list, and for one video."""
    asked = parse_qs(query)
    name = (asked.get("list") or [""])[0]
    if asked.get("listType") == ["user_uploads"]:
        return f"user/{name}" if name else ""
    return f"channel/UC{name[2:]}" if _UPLOADS.fullmatch(name) else ""


def _handle(platform: str, steps: list[str], query: str) -> str:
    if platform == "facebook" and steps and steps[0].lower() == "profile.php":
        number = (parse_qs(query).get("id") or [""])[0]
        return number if number.isdigit() else ""
    if platform == "facebook" and len(steps) > 1 and steps[0].lower() in ("pages", "pg", "p", "people"):
        return steps[-1] if steps[0].lower() in ("pages", "people") and steps[-1].isdigit() else steps[1]
    if not steps or steps[0].lower() in _TOOLS or steps[0].startswith("#"):
        return ""
    if platform == "youtube":
        if steps[0] in ("channel", "c", "user"):
            return f"{steps[0]}/{steps[1]}" if len(steps) > 1 else ""
        return steps[0] if steps[0].startswith("@") else steps[0] if len(steps) == 1 else ""
    if platform == "zalo":
        # zalo.me/0… is a telephone number, zalo.me/g/… a group; an official account is a name or a long number.
        telephone = _TELEPHONE.fullmatch(steps[0])
        return "" if telephone or steps[0] in ("g", "pc", "s") else steps[0]
    if platform == "tiktok" and not steps[0].startswith("@"):
        return ""
    if platform == "linkedin":
        return f"{steps[0]}/{steps[1]}" if steps[0] in ("company", "school") and len(steps) > 1 else ""
    if len(steps) > 1 and steps[1].lower() in ("posts", "videos", "photos", "status", "permalink", "video", "reels"):
        return ""  # one post, not the channel
    return steps[0]


_CANONICAL = {
    "facebook": "https://www.facebook.com/{}", "youtube": "https://www.youtube.com/{}", "zalo": "https://zalo.me/{}",
    "tiktok": "https://www.tiktok.com/{}", "twitter": "https://twitter.com/{}", "instagram": "https://www.instagram.com/{}",
    "telegram": "https://t.me/{}", "linkedin": "https://www.linkedin.com/{}",
}  # fmt: skip


def _canonical(platform: str, handle: str) -> str:
    return _CANONICAL[platform].format(handle)
