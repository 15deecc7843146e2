"""Find web forms with which a citizen can write, and their purpose; also text areas without <form> sent by a script.

A box for comments below an article, and a form for opinions on a draft, take text too, but nobody answers what is
written there: they are recognised by the page around them, and never count as a form to write to the body.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.articles import is_article, marked_as_article
from prober.detectors.body import Body
from prober.detectors.link_promises import LinkPromises, promises, urlsplit_path
from prober.domain.finding import Finding, State
from prober.domain.indicator import Kind
from prober.domain.pages.elements import Link, absolute, place_named
from prober.domain.pages.page import Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import MEDIUM

VERSION = "13"
_AREA = 'textarea:not([readonly]), [contenteditable="true"]'
_TITLE_PARTS = linear(r"\s[|–—»>-]\s")
_NAMED = 0.45  # promise from which a title or heading names a page for writing to the body
_MENU = 20  # from more links on a form holds the menus of a page
_FORM_SERVICE = linear(r"//(?:docs\.google\.com/forms|forms\.gle|forms\.office\.com|(?:www\.)?jotform\.com)\b")
_FIELDS = ("name", "email", "phone", "address", "subject", "field", "text", "id_number")


@dataclass(frozen=True, slots=True, eq=False)
class FormWords:
    """Hold the words of forms, from the packs: of what they are for, and of their fields."""

    TABLE: ClassVar = "web_form"
    ask: re.Pattern[str]
    search: re.Pattern[str]
    login: re.Pattern[str]
    subscribe: re.Pattern[str]
    poll: re.Pattern[str]
    comment: re.Pattern[str]
    # Ids, classes and addresses of a box for comments, in a product or made by hand.
    comment_name: re.Pattern[str]
    draft: re.Pattern[str]
    petition: re.Pattern[str]
    apply: re.Pattern[str]  # for a post, a course, a room: what is sent is no question
    # The chat window of a bot or an operator: on many pages since 2024, but its questions and answers are not record.
    chat: re.Pattern[str]
    # "chat" is also the beginning of Vietnamese words without accents: "chat-luong" is quality.
    chat_name: re.Pattern[str]
    captcha: re.Pattern[str]
    field_name: re.Pattern[str]
    field_email: re.Pattern[str]
    field_phone: re.Pattern[str]
    field_address: re.Pattern[str]
    field_subject: re.Pattern[str]
    field_field: re.Pattern[str]
    field_text: re.Pattern[str]
    field_id_number: re.Pattern[str]


def _marks(page: Page) -> FormWords:
    return page.words.table(FormWords)


@dataclass(frozen=True, slots=True)
class Form:
    """Describe one form.

    `purpose` is contact, ask, search, login, subscribe, poll, comment (on an article), consultation (on a draft) or
    chat.
    """

    purpose: str
    action: str
    method: str
    fields: tuple[str, ...]
    captcha: bool
    upload: bool
    node: LexborNode


@lru_cache(maxsize=1)  # several detectors ask for the forms of the same page
def forms(page: Page) -> list[Form]:
    """Return every form of the page, and every text area with a button outside a form."""
    found = [form for node in page.tree.css("form") if (form := _read(page, node)) is not None]
    areas = page.tree.css(_AREA)
    seen = {area.mem_id for form in found for area in form.node.css(_AREA)} if areas else set()
    for area in areas:
        if area.mem_id not in seen and (box := _box(area)) is not None:
            form = _read(page, box)
            if form is not None:
                found.append(form)
                seen |= {other.mem_id for other in box.css(_AREA)}
    return found


def web_forms(page: Page, body: Body) -> list[Finding]:
    """Return one finding per purpose of forms; the value is the page's address, at which a citizen finds the form."""
    found: dict[str, Finding] = {}
    for form in forms(page):
        if form.purpose in found:
            continue
        detail = {
            "action": form.action,
            "method": form.method,
            "fields": list(form.fields),
            "captcha": form.captcha,
            "upload": form.upload,
        }
        sure = 0.9 if form.purpose in ("ask", "contact") and len(form.fields) > 2 else 0.6
        value, path = page.url, css_path(form.node)
        found[form.purpose] = Finding(
            Kind.WEB_FORM, form.purpose, value, State.FOUND, 0, sure, _snippet(form.node), path, page.url,
            "web_form", VERSION, detail,
        )  # fmt: skip
    return list(found.values())


def ask_form(page: Page) -> Form | None:
    """Return the form with which a question can be sent, or None."""
    return next((form for form in forms(page) if form.purpose == "ask"), None)


def embedded_form(page: Page) -> bool:
    """Return True if the page shows a form of a form service in a frame."""
    return any(link.place == "frame" for link in form_services(page))


@lru_cache(maxsize=1)  # asked for by several detectors
def form_services(page: Page) -> list[Link]:
    """Return the frames and links of a page that show, or lead to, a form of a form service; no survey."""
    poll = _marks(page).poll
    return [link for link in page.links if _FORM_SERVICE.search(link.url) and not poll.search(fold(link.text))]


def _box(area: LexborNode) -> LexborNode | None:
    """Return the smallest container of a text area that also has a button and another field, or None."""
    node = area.parent
    for _ in range(8):
        if node is None or node.tag in ("body", "html"):
            return None
        if node.css_first(
            'button, input[type="submit"], input[type="button"], a.btn, a[onclick], a[href^="javascript:"]'
        ) and node.css_first("input:not([type]), input[type=text], input[type=email], select"):
            return node
        node = node.parent
    return None


def _read(page: Page, node: LexborNode) -> Form | None:
    controls = node.css("input, textarea, select, button")
    if not controls:
        return None
    # ASP.NET puts the whole page into one form: only the words in the text area's own box count.
    area = node.css_first(_AREA)
    if area is not None and (len(controls) > 25 or len(node.css("a[href]")) > _MENU):
        node = _box(area) or node
        controls = node.css("input, textarea, select, button")
    names = fold(" ".join(_words(control) for control in controls))
    text = fold(node.text(separator=" ")[:3000])
    before = _before(node)
    words = f"{' '.join(before)} {text} {names}"
    purpose = (
        "chat"
        if _is_chat(_marks(page), words, _named(node))
        else _purpose(_marks(page), controls, words)
        if area is None or _asks_password(controls)
        else _written(page, node, before, words)
    )
    if not purpose:
        return None
    fields = _fields(_marks(page), f"{names} {text}")
    upload = node.css_first('input[type="file"]') is not None
    captcha = bool(
        _marks(page).captcha.search(words)
        or node.css_first('img[src*="aptcha"], .g-recaptcha, .h-captcha, iframe[src*="aptcha"]')
    )
    action = absolute(page.base, node.attributes.get("action") or "") if node.tag == "form" else ""
    method = (node.attributes.get("method") or "get").lower() if node.tag == "form" else "script"
    return Form(purpose, action, method, fields, captcha, upload, node)


@lru_cache(maxsize=256)  # the search box is in the header of every page of a site
def _is_chat(marks: FormWords, words: str, named: str) -> bool:
    return marks.chat.search(words) is not None or marks.chat_name.search(named) is not None


@lru_cache(maxsize=256)
def _fields(marks: FormWords, words: str) -> tuple[str, ...]:
    return tuple(name for name in _FIELDS if getattr(marks, f"field_{name}").search(words))


def _purpose(marks: FormWords, controls: list[LexborNode], words: str) -> str:
    """Return the purpose of a form without a text area; "" if none is known."""
    kinds = {(control.attributes.get("type") or "").lower() for control in controls}
    if "password" in kinds:
        return "login"
    if "radio" in kinds or marks.poll.search(words[:600]):
        return "poll"
    if marks.search.search(words):
        return "search"
    if marks.subscribe.search(words):
        return "subscribe"
    return "login" if marks.login.search(words) else ""


def _asks_password(controls: list[LexborNode]) -> bool:
    return any((control.attributes.get("type") or "").lower() == "password" for control in controls)


def _written(page: Page, node: LexborNode, before: tuple[str, ...], words: str) -> str:
    """Return the purpose of a form with a text area, by its words, those before it and the page around it."""
    framed = in_frame(node)
    headings = () if framed else _headings(page)
    if not framed and (_marks(page).draft.search(words) or any(map(_marks(page).draft.search, map(fold, headings)))):
        return "consultation"
    box = f"{_named(node)} {fold(node.attributes.get('action') or '')}"
    told = _marks(page).comment_name.search(box) or len(_marks(page).comment.findall(words)) > 1
    if told and _marks(page).comment.search(_buttons(node)):
        return "comment"  # below an answer too, on a page that is named for questions
    links, news = promises(page), not framed and (is_article(page) or marked_as_article(page))
    named = _is_named(page, before, headings, _is_headed_for_comments(page, box, before), news)
    if not named and news:
        named = _leads_to_mailbox(links, page.url)
    elif not named:
        named = _path_names_contact(links, page.url)
    if not named:
        if _marks(page).comment_name.search(box) or _marks(page).comment.search(words):
            return "comment"
        if any(map(_marks(page).apply.search, (*before, *map(fold, headings), _buttons(node)))):
            return "subscribe"
        if any(map(_marks(page).poll.search, (*map(fold, headings), _buttons(node)))):
            return "poll"
        leads = _leads_to_mailbox(links, absolute(page.base, node.attributes.get("action") or ""))
        if not _marks(page).ask.search(words) and not leads and news:
            return "comment"
    return "ask" if _marks(page).ask.search(words) else "contact"


def _is_headed_for_comments(page: Page, box: str, before: tuple[str, ...]) -> bool:
    """Return True if the ids, classes and address of a form, or what stands before it, call it a box for comments."""
    marks = _marks(page)
    return bool(marks.comment_name.search(box) or marks.comment.search(" ".join(before)))


def _is_named(page: Page, before: tuple[str, ...], headings: tuple[str, ...], comments: bool, news: bool) -> bool:
    """Return True if the words before a form, or the headings of its page, name it as one for writing to the body.

    Below news, "Gửi ý kiến" and "Góp ý" head a box for comments: before it only words for asking or contact count, and
    where the form is called one for comments too, so do they alone as title and first heading of the page.
    """
    near = _names_mailbox if news or comments else _names_contact
    around = _names_mailbox if news and comments else _names_contact
    beside = {block.text for block in page.headings if block.tag == "h2"} if news else ()
    heads = (text for text in headings if text not in beside)
    return any(near(page, text) for text in before) or any(around(page, text) for text in heads)


def _buttons(node: LexborNode) -> str:
    """Return the folded words of a form's buttons."""
    return fold(
        " ".join(
            f"{button.text()} {button.attributes.get('value') or ''}"
            for button in node.css("button, input[type=submit], input[type=button]")
        )
    )


@lru_cache(maxsize=1)  # for each form of the same page
def _headings(page: Page) -> tuple[str, ...]:
    """Return the parts of the page's title, and its headings outside boxes at the side."""
    heads = (block.text for block in page.headings if block.tag in ("h1", "h2") and block.place in ("main", "header"))
    return (*_TITLE_PARTS.split(page.title), *heads)


def _names_contact(page: Page, text: str) -> bool:
    """Return True if a heading names a page or a form for writing to the body; a headline does not."""
    promised = dict(promises(page).text(text))
    if any(promised.get(kind, 0.0) >= _NAMED for kind in (Kind.QA, Kind.EMAIL, Kind.WEB_FORM)):
        return True
    return len(text) < 60 and _marks(page).petition.search(fold(text)) is not None


def _names_mailbox(page: Page, text: str) -> bool:
    """Return True if a heading names a form for questions or contact, and not one for opinions of any kind."""
    promised = dict(promises(page).text(text))
    asks = any(promised.get(kind, 0.0) >= MEDIUM for kind in (Kind.QA, Kind.EMAIL))
    return asks or (len(text) < 60 and _marks(page).petition.search(fold(text)) is not None)


def _path_names_contact(links: LinkPromises, url: str) -> bool:
    promised = dict(links.path(urlsplit_path(url)))
    return any(promised.get(kind, 0.0) >= _NAMED for kind in (Kind.QA, Kind.EMAIL, Kind.WEB_FORM))


def _leads_to_mailbox(links: LinkPromises, action: str) -> bool:
    """Return True if a form is sent to a page for letters or questions; one for opinions may be a box for comments."""
    promised = dict(links.path(urlsplit_path(action)))
    return any(promised.get(kind, 0.0) >= _NAMED for kind in (Kind.QA, Kind.EMAIL))


def in_frame(node: LexborNode) -> bool:
    """Return True if an element is in the header, the footer or a side column, which every page of the site has."""
    above = node.parent
    while above is not None and above.tag not in ("body", "main"):
        words = f"{above.tag} {above.attributes.get('id')} {above.attributes.get('class')}"
        if place_named(words) in ("footer", "aside", "header"):
            return True
        above = above.parent
    return False


def _named(node: LexborNode) -> str:
    """Return the folded ids and classes of an element and of the elements around it."""
    names: list[str] = []
    current: LexborNode | None = node
    while current is not None and current.tag not in ("body", "main") and len(names) < 10:
        names += [current.attributes.get("id") or "", current.attributes.get("class") or ""]
        current = current.parent
    return fold(" ".join(names))


def _words(control: LexborNode) -> str:
    attributes = control.attributes
    if (attributes.get("type") or "").lower() == "hidden":
        return ""
    return " ".join(
        attributes.get(name) or "" for name in ("name", "id", "placeholder", "title", "aria-label", "value")
    )[:200]


def _before(node: LexborNode) -> tuple[str, ...]:
    """Return the folded texts of the headings right before a form, at most two containers up."""
    current: LexborNode | None = node
    words = []
    for _ in range(3):
        if current is None or current.tag == "body":
            break
        before, steps = current.prev, 0
        while before is not None and steps < 6:
            if (before.tag or "-")[0] not in "-!" and not _is_frame(before):
                text = " ".join(before.text().split())
                if text and len(text) < 120 and "@" not in text:  # an address stands on a card, not in a heading
                    words.append(fold(text))
                steps += 1
            before = before.prev
        current = current.parent
    return tuple(words)


def _is_frame(node: LexborNode) -> bool:
    """Return True for a menu or header of the site, whose words name no form beside it."""
    words = f"{node.tag} {node.attributes.get('id')} {node.attributes.get('class')}"
    return place_named(words) in ("menu", "header") or len(node.css("a")) > 2


def _snippet(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())[:300]
