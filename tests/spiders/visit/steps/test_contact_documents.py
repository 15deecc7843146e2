"""Lists of mailboxes as documents of the contact page: which are opened, what is read, and what stays unknown."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from prober.detectors.body import Body
from prober.detectors.email.email_detector import document_emails
from prober.documents import readers
from prober.documents.media_types import PDF
from prober.domain.agency import from_row
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.pages.page import Page
from prober.domain.visit import digest
from prober.reporting.words.reasons import stored
from prober.sandbox import client
from prober.sandbox.sites.sample_documents import docx, pdf
from prober.store import evidence
from prober.text.words import Words
from spiders.reading.document_offers import offers
from spiders.visit.step import StepResult as Received
from spiders.visit.step import VisitStep
from spiders.visit.steps.contact_documents import LIMIT, is_document, unreadable
from spiders.visit.urls import canonical
from tests.languages import EN, VI, VIETNAMESE
from tests.pobi import HANOI
from tests.spiders.web import Answer, Bench, Site, Web, agency, entry, page, plain_site

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
BODY = Body("Ủy ban nhân dân tỉnh Cà Mau", "Cà Mau", "Ca Mau", own_domains=("camau.gov.test",), vocabulary=VIETNAMESE)

# Link on a contact page → what the document is called, or "" where it is not worth opening.
LINKS = {
    "<a href='/a/1.pdf'>Danh bạ điện thoại</a>": "Danh bạ điện thoại",
    "<a href='/a/1.docx'>Danh sách hộp thư công vụ</a>": "Danh sách hộp thư công vụ",
    "<a href='/a/1.xlsx'>Thông tin liên hệ các phòng</a>": "Thông tin liên hệ các phòng",
    "<a href='/a/1.doc'>Danh bạ điện thoại</a>": "Danh bạ điện thoại",
    "<a href='/documents/10/2/danh-ba.pdf/8b1?t=1'>Xem</a>": "Xem",
    "<a href='/download.aspx?file=/VanBan/DanhBaThuDienTu.pdf'>Xem</a>": "Xem",
    "<a href='/a/lienhe.pdf'><img src='/i.png' alt='PDF'></a>": "PDF",
    "<li>Danh bạ email cơ quan <a href='/a/1.pdf'>(tải về)</a></li>": "Danh bạ email cơ quan (tải về)",
    "<table><tr><td>Hộp thư công vụ</td><td><p><a href='/a/1.pdf'>Tải về</a></p></td></tr></table>": (
        "Hộp thư công vụ Tải về"
    ),
    "<iframe src='/a/1.pdf'></iframe>": "1",
    "<a href='/a/1.pdf'>Quyết định ban hành danh sách đầu mối cung cấp thông tin</a>": (
        "Quyết định ban hành danh sách đầu mối cung cấp thông tin"
    ),
    "<a href='/a/1.pdf'>Bản đồ hành chính</a>": "",
    "<a href='/a/1.pdf'>Quy chế quản lý, sử dụng hệ thống thư điện tử</a>": "",
    "<a href='/a/hop-thu.pdf'>Hướng dẫn sử dụng hộp thư</a>": "",
    "<a href='/a/danh-ba.pdf'>Danh bạ doanh nghiệp</a>": "",
    "<a href='/a/hopthuchoa.pdf'>Xem</a>": "",
    "<a href='/a/danhbaocao.pdf'>Xem</a>": "",
    "<a href='/lien-he-2'>Danh bạ điện thoại</a>": "",
    "<a href='http://x:y/danh-ba.pdf'>Danh bạ điện thoại</a>": "",
}


def contact(content: str, title: str = "Liên hệ", status: int = 200, words: Words = VI) -> Page:
    html = f"<html><title>{title}</title><body><h1>{title}</h1><div>{content}</div>{'<p>Tin</p>' * 90}</body></html>"
    return Page("http://camau.gov.test/trang", status, html, NOW, words=words)


@pytest.mark.parametrize("link", LINKS)
def test_which_documents_a_contact_page_offers(link: str) -> None:
    assert [offer.name for offer in offers(contact(link))] == [LINKS[link]] * bool(LINKS[link])


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("<a href='/a/1.pdf'>Staff directory</a>", "Staff directory"),
        ("<li>Telephone list of departments <a href='/a/contacts.pdf'>download</a></li>",
         "Telephone list of departments download"),
        ("<a href='/a/1.pdf'>Guide to our e-mail service</a>", ""),
        ("<a href='/a/1.pdf'>Directory of businesses</a>", ""),
        ("<a href='/a/1.pdf'>Danh bạ điện thoại</a>", ""),  # no word of this language
    ],
)  # fmt: skip
def test_documents_are_named_in_the_words_of_the_page(link: str, name: str) -> None:
    assert [offer.name for offer in offers(contact(link, "Contact us", words=EN))] == [name] * bool(name)


def test_other_pages_and_error_pages_offer_none() -> None:
    link = next(iter(LINKS))
    assert [len(list(offers(contact(link, title)))) for title in ("Danh bạ", "Contact us", "Giới thiệu")] == [1, 1, 0]
    assert list(offers(contact(link, status=404))) == []


def answered(body: bytes, declared: str = "application/pdf", **more: object) -> Received:
    return Received("http://x/", NOW, 200, {"content-type": declared}, body, **more)  # type: ignore[arg-type]


PAPER = pdf(["Thu dien tu: vanphong@camau.gov.test"], date(2020, 4, 13))
OFFERED = VisitStep("http://x/", "document", {Kind.EMAIL: 0.9})
PROMISING = VisitStep("http://x/", "menu", {Kind.EMAIL: 0.6})
OTHER = VisitStep("http://x/", "menu", {Kind.QA: 0.9})


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        (OFFERED, answered(PAPER), True),
        (OFFERED, answered(PAPER, "text/html"), True),  # so some servers have it
        (OFFERED, answered(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/pdf"), True),  # in order to say why not
        (OFFERED, answered(b"<html>Not here", "text/html"), False),  # a page after all
        (OFFERED, answered(b""), False),
        (OFFERED, replace(answered(PAPER), status=404), False),
        (PROMISING, answered(PAPER, "application/octet-stream"), True),  # a file at an address without suffix
        (PROMISING, answered(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), False),
        (OTHER, answered(PAPER), False),
    ],
)
def test_what_is_read_as_a_document(step: VisitStep, answer: Received, expected: bool) -> None:
    assert is_document(step, answer) is expected


@given(st.lists(st.tuples(st.text(), st.sampled_from(["", ".pdf", ".PDF/x", "?a=b.docx"]), st.text()), max_size=4))
def test_nothing_that_a_page_or_a_document_may_say_breaks_the_rules(links: list[tuple[str, str, str]]) -> None:
    content = "".join(f"<a href='{href}{suffix}'>{text}</a> danh bạ" for href, suffix, text in links)
    found = list(offers(contact(content)))
    assert all(0 < offer.worth <= 1 and offer.suffix and offer.url == canonical(offer.url) for offer in found)
    text = "\n".join(f"{href} {text}" for href, _, text in links)
    lines = document_emails(f"{text}\nEmail: vanphong@camau.gov.test", text, "http://x/", NOW, BODY)
    assert "vanphong@camau.gov.test" in {finding.value for finding in lines}


def test_a_page_of_endless_links_is_left_after_some() -> None:
    link = f"<div><a href='/{'a' * 1_000_000}'></a><a href='/{'a.' * 500_000}pdf'>danh bạ</a></div>"
    many = "".join(f"<a href='/{n}.pdf'>Xem</a>" for n in range(20_000))
    started = time.process_time()
    assert list(offers(contact(link + many))) == []
    assert time.process_time() - started < 3


LONG = "Danh bạ điện thoại của cơ quan và các đơn vị"
READ_IN_VAIN = [
    (answered(PAPER, text=LONG), None),
    (answered(PAPER, text="a@b.vn"), None),
    (answered(PAPER, text=" 1\n2 "), Failure.UNREADABLE),
    (answered(PAPER, text="[prober: encrypted]"), Failure.UNREADABLE),
    (answered(b"\x89PNG\r\n\x1a\n", text=""), Failure.UNREADABLE),
    (answered(PAPER, text=f"{LONG}\n[…]"), Failure.BUDGET),
    (answered(PAPER, text=LONG, cut=Failure.BUDGET), Failure.BUDGET),
]


@pytest.mark.parametrize(("answer", "failure"), READ_IN_VAIN)
def test_why_a_document_was_not_read(answer: Received, failure: Failure | None) -> None:
    found = unreadable(answer)
    assert (found and found[0]) == failure


def test_addresses_in_a_list_are_classed_as_on_a_page_and_no_person_is_shown_beside_a_unit() -> None:
    text = """DANH SÁCH HỘP THƯ CÔNG VỤ
        Văn phòng  vanphongubnd@camau.gov.test  Chánh Văn phòng  hungnv@camau.gov.test
        Phòng Tổng hợp  phongtonghop@camau.gov.test
        Ban biên tập <bbt> bbt@camau.gov.test & Hỗ trợ kỹ thuật: hotro@vnpt.vn
        Trung tâm Công báo: congbao@camau.gov.test"""
    found = document_emails(text, "Danh sách hộp thư công vụ", "http://camau.gov.test/1.pdf", NOW, BODY)
    seen = {finding.value: finding for finding in found}
    assert {value: finding.category for value, finding in seen.items()} == {
        "vanphongubnd@camau.gov.test": "agency_role", "phongtonghop@camau.gov.test": "unit_role",
        "bbt@camau.gov.test": "portal_editor", "congbao@camau.gov.test": "unit_role", "": "person",
        "hotro@vnpt.vn": "vendor",
    }  # fmt: skip
    office = seen["vanphongubnd@camau.gov.test"]
    assert office.confidence >= 0.75 and office.selector == "" and office.page_url == "http://camau.gov.test/1.pdf"
    assert office.snippet == "Văn phòng vanphongubnd@camau.gov.test Chánh Văn phòng …@camau.gov.test"
    assert not [finding for finding in found if "hungnv" in finding.snippet]


def rewritten(password: str = "", pages: int = 0) -> bytes:
    """The paper encrypted, or `pages` without text: what a scanner makes."""
    writer = PdfWriter() if pages else PdfWriter(clone_from=PdfReader(io.BytesIO(PAPER)))
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def site(*links: str, email: str = "", **files: Answer) -> Site:
    """A portal whose contact page has `links` and perhaps an address; `files` are under /f/."""
    menu = entry("/hoi-dap", "Hỏi đáp") + entry("/lien-he", "Liên hệ")
    made = plain_site(email)
    made["/lien-he"] = page("Liên hệ", f"<h1>Liên hệ</h1>{''.join(links)}", menu, email)
    return made | {f"/f/{name}.pdf": answer for name, answer in files.items()}


def a(name: str, text: str = "Danh bạ điện thoại", suffix: str = "pdf") -> str:
    return f"<p><a href='/f/{name}.{suffix}'>{text}</a></p>"


def file(content: bytes, status: int = 200) -> Answer:
    return Answer(content, status, {"Content-Type": "application/pdf"})


def paper(name: str) -> Answer:
    return file(pdf([f"Thu dien tu: vanphong@{name}.gov.test"], date(2020, 4, 13)))


EMPTY = pdf(["Danh ba dien thoai cua co quan", "Van phong: 0290.3000.101"], date(2020, 4, 13))
# Site → (its contact page and documents, verdict on an email, documents asked for, failures of their pages)
SITES: dict[str, tuple[Site, str, list[str], list[str | None]]] = {
    "read": (site(a("1"), **{"1": paper("read")}), "found", ["1"], [None]),
    "docx": (site(a("1"), **{"1": file(docx(["Email: vanphong@docx.gov.test"]))}), "found", ["1"], [None]),
    "no-address": (site(a("1"), **{"1": file(EMPTY)}), "not_found", ["1"], [None]),
    "known": (site(a("1"), email="vanphong@known.gov.test", **{"1": file(PAPER)}), "found", [], []),
    "rules": (site(a("1", "Quy chế sử dụng thư điện tử"), **{"1": file(PAPER)}), "not_found", [], []),
    "gone": (site(a("1")), "not_found", ["1"], ["http_4xx"]),
    "encrypted": (site(a("1"), **{"1": file(rewritten("mat-khau"))}), "not_seen", ["1"], ["unreadable"]),
    "scan": (site(a("1"), **{"1": file(rewritten(pages=2))}), "not_seen", ["1"], ["unreadable"]),
    "broken": (site(a("1"), **{"1": file(b"%PDF-1.7 x")}), "not_seen", ["1"], ["unreadable"]),
    "blocked": (site(a("1"), **{"1": file(b"Access denied", 403)}), "not_seen", ["1"], ["blocked"]),
    "robots": (
        site(a("1"), **{"1": file(PAPER)}) | {"/robots.txt": Answer("User-agent: *\nDisallow: /f/\n")},
        "not_seen", [], ["robots"],
    ),
    "old-format": (site(a("1", suffix="doc")), "not_seen", [], []),
    "too-many": (
        site(a("1", "Liên hệ"), a("2"), a("3"), **{name: file(EMPTY) for name in "123"}),
        "not_seen", ["2", "3"], [None, None],
    ),
    "moved": (
        site(a("1"), **{"1": Answer("", 302, {"Location": "/f/2.pdf"}), "2": paper("moved")}),
        "found", ["1", "2"], [None, None],
    ),
    "elsewhere": (site("<a href='http://other.gov.test/1.pdf'>Danh bạ</a>"), "not_found", [], []),
    "no-suffix": (
        site("<a href='/tai-ve?id=7'>Danh bạ điện thoại</a>") | {"/tai-ve?id=7": paper("no-suffix")}, "found", [], [],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    """One crawl of all of SITES."""
    web = Web()
    web.sites |= {f"{name}.gov.test": sites for name, (sites, *_) in SITES.items()}
    bench = Bench.at(tmp_path_factory.mktemp("documents"), web, delay=0.01)
    bench.run(*(agency(name, host=f"{name}.gov.test") for name in SITES))
    yield web, bench
    web.close()


@pytest.mark.parametrize("name", SITES)
def test_documents_are_opened_only_where_an_address_is_missing(walked: tuple[Web, Bench], name: str) -> None:
    web, bench = walked
    _, verdict, asked, failures = SITES[name]
    files = [target.removeprefix("/f/").removesuffix(".pdf") for target in web.targets(f"{name}.gov.test")]
    assert [file for file in files if file in ("1", "2", "3")] == asked and len(asked) <= LIMIT
    sql = "SELECT failure FROM page WHERE agency = ? AND url LIKE '%/f/%' ORDER BY url"
    assert [row[0] for row in bench.rows(sql, f"2019-{name}")] == failures
    assert bench.verdicts(name)["email"] == verdict
    assert bench.verdicts(name)["qa"] == "found"  # a document that is closed says nothing of the rest


def test_what_nobody_read_is_told_with_its_name_and_kept(walked: tuple[Web, Bench]) -> None:
    _, bench = walked
    reasons = dict(bench.rows("SELECT agency, reason FROM verdict WHERE kind = 'email' AND state = 'not_seen'"))
    told = {agency.removeprefix("2019-"): stored(reason).en for agency, reason in reasons.items()}
    assert "a .doc file is not read" in told["old-format"] and "not opened" in told["too-many"]
    assert "robots.txt" in told["robots"] and "Access denied" in told["blocked"] and "encrypted" in told["encrypted"]
    titles = dict(bench.rows("SELECT agency, title FROM page WHERE failure = 'unreadable'"))
    assert titles == {
        "2019-encrypted": "Danh bạ điện thoại (encrypted)",
        "2019-scan": "Danh bạ điện thoại (no text: a scan, or empty)",
        "2019-broken": "Danh bạ điện thoại (broken: PdfStreamError)",
    }
    sql = "SELECT path, warc_offset FROM evidence e JOIN page p ON p.id = e.page WHERE p.failure = 'unreadable'"
    kept = [evidence.read(bench.config.paths.evidence, *row).body for row in bench.rows(sql)]
    assert len(kept) == 3 and all(body.startswith(b"%PDF-") for body in kept)


def test_the_world_hides_two_addresses_in_documents(web: Web, tmp_path: Path) -> None:
    provinces = {"binh-duong", "quang-ngai"}
    with client.running(tmp_path / "world", seed=2019) as endpoint:
        rows = [row for row in client.agencies(endpoint) if row["province"] in provinces]
        truth = json.loads((tmp_path / "world/truth.json").read_text(encoding="utf-8"))["portals"]
        bench = replace(Bench.at(tmp_path, web, delay=0.0, timeout=10.0), endpoint=endpoint)
        bench.run(*(from_row(row) for row in rows))
    found = bench.rows(
        "SELECT a.slug, f.value, o.confidence, o.snippet, p.url, p.sha256, e.path, e.warc_offset "
        "FROM observation o JOIN finding f ON f.id = o.finding JOIN agency a ON a.id = f.agency "
        "JOIN page p ON p.id = o.page JOIN evidence e ON e.sha256 = o.warc WHERE p.found_by = 'document' "
        "AND f.category NOT IN ('vendor', 'person')"
    )
    assert {row[0]: [row[1]] for row in found} == {slug: truth[slug]["emails"] for slug in provinces}
    for slug, address, confidence, snippet, url, sha256, path, offset in found:
        body = evidence.read(bench.config.paths.evidence, path, offset).body
        assert confidence >= 0.75 and address in snippet and url == truth[slug]["email_document"]
        assert digest(body) == sha256
        if url.endswith("pdf"):
            assert snippet in readers.text_of(body, PDF)
    readers.stop()
