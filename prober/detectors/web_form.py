"""Find web forms with which a citizen can write, and their purpose; also text areas without <form> sent by a script."""

from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborNode

from prober.detectors.body import Body
from prober.domain.finding import Finding, State
from prober.domain.indicator import Kind
from prober.domain.page import Page, absolute, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold

VERSION = "2"
_AREA = 'textarea, [contenteditable="true"]'
_ASK = linear(r"cau hoi|dat cau hoi|gui cau hoi|hoi dap|dang cau hoi|question|giai dap")
_CONTACT = linear(r"lien he|contact|gop y|phan anh|kien nghi|y kien|feedback|noi dung|message|tin nhan|loi nhan")
_SEARCH = linear(r"tim kiem|search|tu khoa|keyword|\bq\b|tra cuu")
_LOGIN = linear(r"dang nhap|log ?in|sign in|mat khau|password")
_SUBSCRIBE = linear(r"nhan (?:ban )?tin|subscribe|newsletter|dang ky nhan")
_POLL = linear(r"bieu quyet|binh chon|tham do|khao sat|poll|vote|danh gia")
_COMMENT = linear(r"binh luan|comment|y kien ban doc|gui binh luan")
# The chat window of a bot or an operator: on many pages since 2024, but its questions and answers are not on record.
_CHAT = linear(r"\bchat ?(?:bot|box|online|window|widget)|live ?chat|tro ly (?:ao|so|ai)\b|virtual assistant")
# "chat" is also the beginning of Vietnamese words without accents: "chat-luong" is quality.
_CHAT_NAME = linear(r"(?:^|\s)(?:live[-_]?)?chat(?:$|\s|[-_]?(?:bot|box|window|widget|form|panel))|trolyao|tawk")
_CAPTCHA = linear(r"captcha|ma (?:xac nhan|xac thuc|bao mat|bao ve|kiem tra)|recaptcha|turnstile|fcode|security code")
_FORM_SERVICE = linear(r"//(?:docs\.google\.com/forms|forms\.gle|forms\.office\.com|(?:www\.)?jotform\.com)\b")
_FIELDS = (
    ("name", linear(r"ho (?:va |, )?ten|ho ten|fullname|your ?name|\bname\b|fname|hoten|nguoi gui")),
    ("email", linear(r"e-?mail|thu dien tu")),
    ("phone", linear(r"dien thoai|phone|\bsdt\b|mobile|\btel\b")),
    ("address", linear(r"dia chi(?! thu| e-?mail)|address(?! ?mail)")),
    ("subject", linear(r"tieu de|chu de|subject|title|ftitle")),
    ("field", linear(r"linh vuc|category|don vi (?:nhan|tra loi)|fcat")),
    ("text", linear(r"noi dung|cau hoi|message|content|y kien|fcon")),
    ("id_number", linear(r"cmnd|cccd|can cuoc|chung minh")),
)


@dataclass(frozen=True, slots=True)
class Form:
    """Describe one form: `purpose` is contact, ask, search, login, subscribe, poll, comment or chat."""

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
    seen = {area.mem_id for form in found for area in form.node.css(_AREA)}
    for area in page.tree.css(_AREA):
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
        detail = {
            "action": form.action,
            "method": form.method,
            "fields": list(form.fields),
            "captcha": form.captcha,
            "upload": form.upload,
        }
        sure = 0.9 if form.purpose in ("ask", "contact") and len(form.fields) > 2 else 0.6
        value, path = page.url.partition("#")[0], css_path(form.node)
        found.setdefault(
            form.purpose,
            Finding(
                Kind.WEB_FORM, form.purpose, value, State.PRESENT, 0, sure, _snippet(form.node), path, page.url,
                "web_form", VERSION, detail,
            ),
        )  # fmt: skip
    return list(found.values())


def ask_form(page: Page) -> Form | None:
    """Return the form with which a question can be sent, or None."""
    return next((form for form in forms(page) if form.purpose == "ask"), None)


def embedded_form(page: Page) -> bool:
    """Return True if the page shows a form of a form service in a frame."""
    return any(link.place == "frame" and _FORM_SERVICE.search(link.url) for link in page.links)


def _box(area: LexborNode) -> LexborNode | None:
    """Return the smallest container of a text area that also has a button and another field, or None."""
    node = area.parent
    for _ in range(8):
        if node is None or node.tag in ("body", "html"):
            return None
        if node.css_first('button, input[type="submit"], input[type="button"], a.btn, a[onclick]') and node.css_first(
            "input:not([type]), input[type=text], input[type=email], select"
        ):
            return node
        node = node.parent
    return None


def _read(page: Page, node: LexborNode) -> Form | None:
    controls = node.css("input, textarea, select, button")
    if not controls:
        return None
    # ASP.NET puts the whole page into one form: only the words in the text area's own box count.
    area = node.css_first(_AREA)
    if area is not None and len(controls) > 25:
        node = _box(area) or node
        controls = node.css("input, textarea, select, button")
    names = fold(" ".join(_words(control) for control in controls))
    text = fold(node.text(separator=" ")[:3000])
    words = f"{_heading(node)} {text} {names}"
    chat = _CHAT.search(words) or _CHAT_NAME.search(_named(node))
    purpose = "chat" if chat else _purpose(controls, words, names, area is not None)
    if not purpose:
        return None
    fields = _fields(f"{names} {text}")
    upload = node.css_first('input[type="file"]') is not None
    captcha = bool(
        _CAPTCHA.search(words) or node.css_first('img[src*="aptcha"], .g-recaptcha, .h-captcha, iframe[src*="aptcha"]')
    )
    action = absolute(page.base, node.attributes.get("action") or "") if node.tag == "form" else ""
    method = (node.attributes.get("method") or "get").lower() if node.tag == "form" else "script"
    return Form(purpose, action, method, fields, captcha, upload, node)


@lru_cache(maxsize=256)  # the search box is in the header of every page of a site
def _fields(words: str) -> tuple[str, ...]:
    return tuple(name for name, mark in _FIELDS if mark.search(words))


def _purpose(controls: list[LexborNode], words: str, names: str, area: bool) -> str:
    kinds = {(control.attributes.get("type") or "").lower() for control in controls}
    if "password" in kinds:
        return "login"
    if area:
        if _ASK.search(words):
            return "ask"
        if _COMMENT.search(words) and not _CONTACT.search(names):
            return "comment"
        return "contact"
    if "radio" in kinds or _POLL.search(words[:600]):
        return "poll"
    if _SEARCH.search(words):
        return "search"
    if _SUBSCRIBE.search(words):
        return "subscribe"
    return "login" if _LOGIN.search(words) else ""


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


def _heading(node: LexborNode) -> str:
    """Return the folded text of the headings right before a form, at most two containers up."""
    current: LexborNode | None = node
    words = []
    for _ in range(3):
        if current is None or current.tag == "body":
            break
        before, steps = current.prev, 0
        while before is not None and steps < 6:
            if (before.tag or "-")[0] not in "-!":
                text = " ".join(before.text().split())
                if text and len(text) < 120:
                    words.append(text)
                steps += 1
            before = before.prev
        current = current.parent
    return fold(" ".join(words))


def _snippet(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())[:300]
