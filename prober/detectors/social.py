"""Find the body's social channels; not share buttons, vendors, tourism boards, embedded videos or dead icons.

A channel is official if its handle or the words of the link have the body's name, or if it is a number or has no name
and the body's page links to it in its frame: header, footer, menu, side column
(docs/reference/wording.md#social-channels).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from prober.detectors.body import Body
from prober.detectors.body_names import LAST, BodyWords, begins_name, name_at, names_of, short_names, site_of
from prober.detectors.email.other_bodies import ANOTHER, OWN, at_own_domain, below_province, whose
from prober.detectors.link_promises import urlsplit_path
from prober.domain.elements import Link
from prober.domain.finding import Finding, State
from prober.domain.hostnames import bare, host_of
from prober.domain.indicator import Kind
from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key

VERSION = "20"
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
_FIRST = linear(r"[._-]")
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
    kind: re.Pattern[str]  # a label of a platform and a kind of body, which is its group: "Zalo phường"
    # A department's name, a colon and what it answers for by law: the channel of that in its province is its own.
    field: re.Pattern[str]
    radio: re.Pattern[str]  # before the name of a place: its loudspeakers, which its own committee runs
    either: re.Pattern[str]  # after the body's name in a handle: its own channel, or that of its broadcaster


def _marks(page: Page) -> ChannelWords:
    return page.words.table(ChannelWords)


class Channel(NamedTuple):
    """One channel to which a page links, and how surely it is the body's own, 0.0 to 1.0.

    `open` is True where nothing shows whose it is: the link says no more than the platform's name, and the handle bears
    no other body's.
    """

    link: Link
    platform: str
    handle: str
    url: str
    sure: float
    open: bool


def social(page: Page, body: Body) -> list[Finding]:
    """Return one finding per channel. A doubtful one is left out: a wrong channel is worse than a missed one."""
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


def undecided_channels(page: Page, body: Body, contact: bool) -> Iterator[Link]:
    """Yield links to channels whose owner nothing shows: in the frame of a page, on a `contact` page."""
    for channel in _channels(page, body):
        place = channel.link.place
        if channel.sure < _SURE and channel.open and (place in (*_FRAME, "frame") or (contact and place == "main")):
            yield channel.link


@lru_cache(maxsize=1)  # asked for twice for the same page
def _channels(page: Page, body: Body) -> tuple[Channel, ...]:
    found: dict[int, Channel] = {}
    at_home = _HOME.match(urlsplit_path(page.url)) is not None
    marks = _marks(page)
    for at, written in enumerate((*page.links, *_widgets(page), *_written(page))):
        if not _may_be_channel(written.url):
            continue
        link = _righted(written)
        channel = normalise(link)
        if channel is None:
            continue
        platform, handle, url = channel
        if link.place == "main" and link.href in _social_blocks(page):
            link = link._replace(place="footer")
        said = whose(link.text.lower(), page, body)
        named = (
            said == OWN
            or _begins_with_site(link, handle, page, body)
            or _is_name(handle.rpartition("/")[2], page, body)
            or _calls_itself(link, page, body)
        )
        silent = link.rel == _UNLINKED and not named
        anothers = said == ANOTHER and not named
        own = named or (not anothers and _may_be_own(marks, link, handle, body, below_province(page, body)))
        sure = _certainty(marks, link, handle, body.marks, named) if own and not silent else 0.0
        framed = link.place in _FRAME or (link.place == "frame" and platform != "youtube")  # may show another's films
        if not (sure or anothers) and framed and _nameless(marks, link, handle, body) and at_home:
            sure = 0.6
        # A handle with the body's name and more may be its own or that of its club, unless it is a department's.
        undecided = (own or not body.department) and _is_open(marks, link, handle, body)
        found[at] = Channel(link, platform, handle, url, sure, undecided)
    for at in (*found, *reversed(found)):
        found[at] = _in_row(marks, found[at], [found[near] for near in (at - 1, at + 1) if near in found])
    return tuple(found.values())


def _in_row(marks: ChannelWords, channel: Channel, beside: list[Channel]) -> Channel:
    """Return a channel that is a number as the body's if one of another platform beside it in a row of links is.

    Side columns and rows of icons often have no name that shows their place.
    """
    link, silent = channel.link, channel.sure >= _SURE or not channel.open or not _opaque(channel.handle)
    if silent or link.rel == _UNLINKED or not _announced(marks, link):
        return channel
    its = (one for one in beside if one.platform != channel.platform and one.link.place == link.place)
    return channel._replace(sure=0.6) if any(one.sure >= _SURE for one in its) else channel


def _announced(marks: ChannelWords, link: Link) -> bool:
    """Return True if a link says that it leads to a platform, or says nothing."""
    return bool(marks.label.search(key(link.text))) or not link.text.strip()


def _is_open(marks: ChannelWords, link: Link, handle: str, body: Body) -> bool:
    """Return True if neither the handle nor the words of a link name another body."""
    plain, label = _plain(handle), fold(key(link.text)).replace(" ", "")
    mark = next((mark for mark in body.marks if plain.startswith(mark)), "")
    if mark and marks.either.fullmatch(plain.removeprefix(mark)):
        plain = mark
    if link.place == "select" or marks.others.search(plain) or marks.others.search(label):
        return False
    return not label or marks.neutral.match(_plain(label)) is not None or link.rel == _UNLINKED


def _righted(link: Link) -> Link:
    """Return a link that was meant as an absolute address and written as a relative one with that address."""
    if link.href[:1] not in "./" or not _MISWRITTEN.match(link.href):
        return link
    url = _SLASHES.sub(r"\1//", _MISWRITTEN.sub("", link.href))
    return link._replace(url=url)


@lru_cache(maxsize=1)  # for each channel of the same page
def _social_blocks(page: Page) -> frozenset[str]:
    """Return the links in blocks that are named after social networks."""
    return frozenset(node.attributes.get("href") or "" for node in page.tree.css(_BLOCKS))


def _plain(text: str) -> str:
    return _NO_LETTER.sub("", fold(text))


def _opaque(handle: str) -> bool:
    return _OPAQUE.fullmatch(handle) is not None


def _nameless(marks: ChannelWords, link: Link, handle: str, body: Body) -> bool:
    """Return True for a handle that says only "portal" or "editorial board", or a number.

    On a department's page such words are the province's portal's, unless they are a number.
    """
    if marks.others.search(_plain(key(link.text))):
        return False
    if _opaque(handle):
        return True
    plain = _plain(handle.rpartition("/")[2])
    return not body.department and bool(marks.neutral.match(plain) and marks.site.search(plain))


def _begins_with_site(link: Link, handle: str, page: Page, body: Body) -> bool:
    """Return True if a handle is the site and words for any site: "baolaocaidientu" is the channel of baolaocai.vn."""
    plain = _plain(handle.rpartition("/")[2])
    site = page.host.removeprefix("www.").partition(".")[0]
    if link.place not in _FRAME or body.department or len(site) < 7:  # a department's site is its province's
        return False
    return plain.startswith(site) and bool(_marks(page).neutral.match(plain.removeprefix(site)))


def _spellings(site: str) -> set[str]:
    """Return the initials of a department as hosts and handles write them: "stttt" and "sotttt"."""
    return {site, f"so{site[1:]}"} if site.startswith("s") else {site}


@lru_cache(maxsize=1)  # for each channel of the same page
def _without_kinds(page: Page, body: Body) -> frozenset[str]:
    """Return the names of the body without their first word, and their beginnings where that is no word of a place.

    "tuphap" is Sở Tư pháp in its province, and "giaoduc" Sở Giáo dục và Đào tạo; "tanan" is not xã Tân An Đông. Words
    for any site are the province's, and those of others theirs: "thongtin" is not Sở Thông tin và Truyền thông.
    """
    marks, general, ranks = _marks(page), page.words.table(BodyWords).general, page.words.table(BodyWords).ranks
    found: set[str] = set()
    for name in names_of(page, body):
        kind, *rest = general.sub("", " ".join(name), count=1).split()
        shortest = len(rest) if kind in ranks else min(2, len(rest))
        found |= {"".join(rest[:size]) for size in range(shortest, len(rest) + 1)}
    return frozenset(name for name in found if not (marks.neutral.match(name) or marks.others.search(name)))


def _is_field(place: str, page: Page, body: Body) -> bool:
    """Return True if words before a province's name are a short name of the body, or what it answers for."""
    names, field = _without_kinds(page, body), _marks(page).field
    return place in names or any(field.fullmatch(f"{name}:{place}") for name in names) or _is_radio(place, page, body)


def _is_radio(plain: str, page: Page, body: Body) -> bool:
    """Return True if a handle or label is that of the loudspeakers of the page's commune: "truyenthanhtanan"."""
    radio = _marks(page).radio.match(plain)
    return radio is not None and plain[radio.end() :] in _without_kinds(page, body)


def _is_name(handle: str, page: Page, body: Body) -> bool:
    """Return True if a handle is the body's name or its site's, the province's in full or in letters behind it or not.

    "phuongtanan", "phuongtanancm" and "tanan.camau" are the channels of Ủy ban nhân dân phường Tân An in Cà Mau,
    "bvnamcan" that of Bệnh viện Đa khoa khu vực at namcan.camau.gov.vn, "datmui.nationalpark" that of datmui.gov.vn.
    "datmui.gov.vn" and "congdatmui.gov.vn" are those of this site whether the page names its body or not.
    """
    called, either, neutral, site = names_of(page, body), _marks(page).either, _marks(page).neutral, site_of(page)
    kinds = tuple((*name[:2], site) for name in called if len(site) > 4)
    forms = [handle]
    for plain in {_plain(handle), _plain(LAST.sub("", handle.lower()))}:
        for domain in _domain_names(body):
            for size in (3, 2):
                end, letters = plain[-size:], iter(domain)
                first = end[:1] == domain[:1] or domain.endswith(end)
                if first and not either.fullmatch(end) and all(letter in letters for letter in end):
                    forms.append(plain[:-size])
            place = plain.removesuffix(domain)
            if place != plain and (site and place in _spellings(site) or _is_field(place, page, body)):
                return True
            forms.append(place)
    written, host = handle.lower().lstrip("@"), bare(page.host)
    if host and host in written and neutral.match(_plain(written.replace(host, "", 1))):
        return True
    if at_own_domain(page, body) and _FIRST.split(written)[0] in _domain_names(body):
        return True
    return any(begins_name(form, (*called, *kinds), page.words) or _is_radio(form, page, body) for form in forms)


def _calls_itself(link: Link, page: Page, body: Body) -> bool:
    """Return True if a label is the body's name, its domain or its kind: "Đông Hạ", "YouTube DWRM", "Zalo phường"."""
    label, neutral = _plain(key(link.text)), _marks(page).neutral
    if at_own_domain(page, body) and any(
        name in label and neutral.match(label.replace(name, "", 1)) for name in _domain_names(body)
    ):
        return True
    called, said = names_of(page, body), _marks(page).kind.fullmatch(" ".join(link.text.lower().split()))
    if said is None:
        return (
            bool(label)
            and (label == site_of(page) or _is_radio(label, page, body))
            or name_at(link.text, called, page.words)
        )
    kind = _plain(key(said[1]))
    return any(name.startswith(kind) for name in (*map("".join, called), *short_names(page, body)))


def _may_be_own(marks: ChannelWords, link: Link, handle: str, body: Body, below: bool) -> bool:
    """Return False for a channel that has the name of the body or of its province and is another's.

    A department's has a mark of its own in its name; the province's portal's, its clubs', unions', newspapers' do not.
    `below`: the page's body is below the province and not named in the label; the province's name alone is another's.
    """
    plain, label = _plain(handle.rpartition("/")[2]), _plain(key(link.text))
    if body.department:
        said = marks.own_words.search(label) or any(
            _bears(text, mark) for mark in body.marks for text in (plain, label)
        )
        return not said or any(mark in text for mark in body.department.marks for text in (plain, label))
    # The id of a YouTube channel has letters and no words.
    mark = "" if handle.startswith("channel/") else _borne(plain, body)
    if below and (mark or _borne(label, body)) in _domain_names(body):
        return False
    if not mark:
        return True
    rest = plain.replace(mark, "", 1)
    return bool(marks.neutral.match(rest) or marks.portal.search(rest) or marks.own_words.search(label))


def _borne(text: str, body: Body) -> str:
    """Return the longest mark of a body that a handle or label has in it; "" if it has none."""
    return next((mark for mark in body.marks if _bears(text, mark)), "")


def _domain_names(body: Body) -> set[str]:
    return {domain.partition(".")[0].replace("-", "") for domain in body.own_domains}


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


def _certainty(marks: ChannelWords, link: Link, handle: str, names: tuple[str, ...], office: bool) -> float:
    """Return how surely a channel is this body's, 0.0 to 1.0, by its name in handle or label, then by its place.

    `office`: handle or label has the full name of the body, which may well be the board of tourism.
    """
    plain = _plain(handle)
    label = fold(key(link.text)).replace(" ", "")
    strange = marks.others.search(plain) or marks.others.search(label)
    if (strange and not office) or link.place == "select":
        return 0.0
    named = office or any(_bears(plain, name) or _bears(label, name) for name in names)
    framed = link.place in _FRAME
    if named:
        return 0.95 if framed else 0.75
    opaque = _opaque(handle)
    # A handle without a name (a number, a channel id) counts if it is in the page's own frame.
    return 0.6 if opaque and framed and _announced(marks, link) else 0.0


def _bears(text: str, name: str) -> bool:
    """Return True if a handle or label has a name in it; a short name ("hue", "mic") only at its beginning or end."""
    return name in text if len(name) > 4 else text.startswith(name) or text.endswith(name)
