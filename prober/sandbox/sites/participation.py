"""Build the pages for citizens: questions and answers, contact, access to information."""

from datetime import timedelta
from typing import Any

from prober.sandbox.plot.corpus import texts
from prober.sandbox.sites.content import QUESTIONS_PER_PAGE, Question
from prober.sandbox.sites.layout import address_html
from prober.sandbox.sites.markup_styles import ASP_NET
from prober.sandbox.sites.site import LABELS, Key, Site

Values = dict[str, Any]
_FIELDS = ("Tài chính - ngân sách", "Đất đai", "Giao thông", "Y tế", "Giáo dục", "Lĩnh vực khác")
MAIL_LABELS = ("Email", "Thư điện tử", "E-mail", "Địa chỉ thư điện tử", "Hộp thư công vụ")


def form(site: Site, name: str, legend: str, body: str, submit: str) -> Values:
    """Return an ask or contact box. In ASP.NET pages it has no form element of its own."""
    return {
        "id": name,
        "action": site.link("contact"),
        "legend": legend,
        "body": body,
        "submit": submit,
        "upload": name == "hoi",
        "fields": _FIELDS if name == "hoi" else (),
        "inside": site.role.technology in ASP_NET,
    }


def ask_form(site: Site) -> Values:
    return form(site, "hoi", "Gửi câu hỏi", "Nội dung câu hỏi", "Gửi câu hỏi")


def entry(site: Site, asked: Question) -> Values:
    """Return one published question in the form of lists."""
    return {
        "title": asked.title,
        "href": site.link("question", asked.number) if Key("question", asked.number) in site.addresses else "#",
        "asker": asked.asker,
        "unit": asked.unit,
        "asked": f"{asked.asked:%d/%m/%Y}",
        "answered": f"{asked.answered:%d/%m/%Y}" if asked.answered else "",
        "state": "Đã trả lời" if asked.answered else "Đang xử lý",
        "ask": asked.ask,
        "answer": asked.answer,
    }


def qa(site: Site, key: Key, query: str) -> tuple[str, Values]:
    """Return the Q&A section. Its content follows from the level: 1 nothing, 2 answers, 3 the form, 4 and 5 both."""
    level, questions = site.role.level, site.content.questions
    shown = questions[(key.page - 1) * QUESTIONS_PER_PAGE : key.page * QUESTIONS_PER_PAGE]
    framed = "iframe-qa" in site.role.quirks
    numbers = range(1, -(-len(questions) // QUESTIONS_PER_PAGE) + 1)
    notice = {1: "Nội dung đang được cập nhật.", 3: "Chưa có câu hỏi nào được trả lời."}.get(level, "")
    login = site.link("login") if "login" in site.kinds else ""
    return "qa_list", {
        "title": site.qa_label,
        "entries": [] if framed else [entry(site, q) for q in shown],
        "pages": [] if framed else [site.link("qa", 0, number) for number in numbers],
        "current": key.page,
        "notice": "" if login and level == 1 else notice,
        "login": login,
        "frame": f"https://hoidap.{site.role.domain}/" if framed else "",
        "faq": texts("questions")["faq"] if level == 2 and not login and key.page == 1 else (),
        "ask": site.link("ask") if Key("ask") in site.addresses else "",
        "form": ask_form(site) if level >= 3 and not framed else None,
    }


def question(site: Site, key: Key, query: str) -> tuple[str, Values]:
    asked = next(q for q in site.content.questions if q.number == key.n)
    values = entry(site, asked)
    return "question", values | {"back": site.link("qa"), "reference": citizen_note(asked)}


def citizen_note(asked: Question) -> str:
    """Return the mail address of the citizen who asked, which some answers repeat."""
    return f"Nội dung trả lời đã gửi tới hộp thư của công dân: {citizen(asked)}." if asked.number % 3 == 0 else ""


def citizen(asked: Question) -> str:
    return f"{asked.asker.replace('.', '').lower()}{asked.number % 90 + 10}@gmail.test"


def ask(site: Site, key: Key, query: str) -> tuple[str, Values]:
    answered = [entry(site, q) for q in site.content.questions if q.answered][:5]
    return "ask", {"title": "Gửi câu hỏi", "form": ask_form(site), "entries": answered}


def contact(site: Site, key: Key, query: str) -> tuple[str, Values]:
    wanted = site.role.web_form
    return "contact", {
        "title": LABELS["contact"],
        "body": f"Văn phòng {site.body}" if site.role.portal else site.body,
        "address": site.address,
        "phone": site.phone,
        "fax": site.phone[:-1] + "9",
        "mail": address_html(site, "contact"),
        "mailboxes": site.link("mailboxes") if site.role.list_suffix else "",
        "mail_label": MAIL_LABELS[len(site.role.official) % len(MAIL_LABELS)],
        "form": form(site, "lienhe", "Gửi ý kiến đến chúng tôi", "Nội dung", "Gửi đi") if wanted else None,
    }


def focal_mail(site: Site) -> str:
    """Return the address of the focal point: the body's own, where a page shows it in plain text."""
    return site.role.official if site.role.access == "full" and address_html(site, "footer") else ""


def access(site: Site, key: Key, query: str) -> tuple[str, Values]:
    role, full = site.role, site.role.access == "full"
    issued = site.content.today - timedelta(days=420 + len(role.official) * 9)
    who = {"chu_the": site.body}
    focal = {
        "unit": "Văn phòng" if role.portal else "Văn phòng Sở",
        "address": site.address,
        "phone": site.phone,
        "mail": address_html(site, "footer"),
    }
    return "access", {
        "title": LABELS["access"],
        "body": site.body,
        "paragraphs": [text.format(**who) for text in texts("bodies")["access_intro"]],
        "regulation": {"code": role.regulation, "day": f"{issued:%d/%m/%Y}", "href": site.link("pdf", 1)}
        if full
        else None,
        "press": f"{400 + len(role.host)}/{'QĐ-UBND' if role.portal else 'QĐ-STC'}",
        "focal": focal if full else None,
        "list": texts("bodies")["access_list"],
        "form01a": site.link("pdf", 2),
    }
