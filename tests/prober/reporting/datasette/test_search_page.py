"""The search of the site: what a reader wants for each of 96 ways of asking, and what hostile words do to it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.indicator import Kind
from prober.reporting.datasette import search_page
from prober.store import Database, open_results
from prober.store.reading import reader_search
from prober.store.reading.report_rows import surveys
from prober.store.schema import full_text
from prober.text.vietnamese import fold
from tests.pobi import agencies
from tests.prober.conftest import Survey
from tests.serving import get

WISHES = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "fixtures/search/wishes.jsonl").read_text("utf-8").splitlines()
]
# What the sites of some agencies hold: agency, kind, category, value, words on the page.
SEEN = (
    ("2019-stc-bac-kan", Kind.EMAIL, "agency_role", "sotaichinh@backan.gov.test", "Thư: sotaichinh@backan.gov.test"),
    ("2019-dong-thap", Kind.EMAIL, "agency_role", "ubnd@dongthap.gov.test", "E-mail: ubnd@dongthap.gov.test"),
    ("2019-stc-quang-ngai", Kind.EMAIL, "unit_role", "vanthu.stc@quangngai.gov.test", "[email protected]"),
    ("2019-stc-ca-mau", Kind.EMAIL, "agency_role", "stc.vanthu@camau.gov.test", "stc.vanthu@camau.gov.test"),
    ("2019-lang-son", Kind.EMAIL, "webmail_login", "https://mail.langson.gov.test/", "Thư điện tử công vụ"),
    ("2019-bac-ninh", Kind.SOCIAL, "facebook", "https://www.facebook.com/congbacninh-mo-phong", "Facebook"),
    ("2019-nam-dinh", Kind.ACCESS, "focal_point", "0224.3000.124", "2. Đầu mối cung cấp thông tin"),
    ("2019-tay-ninh", Kind.ACCESS, "regulation", "1015/QĐ-UBND", "1. Quy chế cung cấp thông tin"),
    ("2019-bac-lieu", Kind.ACCESS, "request_form", "http://baclieu.gov.test/01a.pdf", "Mẫu số 01a: Phiếu yêu cầu"),
    ("2019-can-tho", Kind.ACCESS, "request_form", "http://cantho.gov.test/01a.pdf", "Mẫu số 01a (dành cho cá nhân)"),
    ("2019-gia-lai", Kind.ACCESS, "list", "https://gialai.gov.test/t", "3. Danh mục thông tin phải được công khai"),
    *(
        (f"2019-stc-{slug}", Kind.BUDGET, category, year, words)
        for slug, name in (
            ("dak-lak", "tỉnh Đắk Lắk"),
            ("nam-dinh", "tỉnh Nam Định"),
            ("ho-chi-minh", "thành phố Hồ Chí Minh"),
            ("hai-phong", "thành phố Hải Phòng"),
            ("ca-mau", "tỉnh Cà Mau"),
        )
        for category, year, words in (
            ("draft", "2020", f"Dự thảo dự toán ngân sách {name} năm 2020 trình HĐND"),
            ("approved", "2019", f"Công khai dự toán ngân sách {name} năm 2019 đã được HĐND quyết định"),
            ("settlement", "2018", f"Công khai quyết toán ngân sách {name} năm 2018"),
        )
    ),
    ("2019-ha-giang", "qa", "budget", "https://hagiang.gov.test/n", "Thu ngân sách trên địa bàn tỉnh Hà Giang quý IV"),
)
BUDGET_PAGE = "https://sotaichinh.laichau.gov.test/portal/Pages/cong-khai-ngan-sach.aspx"
UNITS = ("Sở Tài nguyên và Môi trường", "Phòng Tài chính đầu tư", "Sở Y tế", "")
GIVEN = "Báo cáo công khai quyết toán ngân sách địa phương năm 2018"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Path:
    folder = tmp_path_factory.mktemp("search")
    shutil.copy(pobi_db, folder / "results.db")
    survey = Survey(folder / "results.db")
    survey._pages = 20_000
    with survey.db.atomic():
        for agency, kind, category, value, words in SEEN:
            survey.observe(1, agency, kind, category, value, snippet=words)
        survey.observe(1, "2019-stc-lai-chau", "budget", "section", BUDGET_PAGE, url=BUDGET_PAGE, snippet="Công khai")
        for agency in agencies("2019", "finance"):
            survey.visit(1, agency.id)
        for number, unit in enumerate(UNITS):
            survey.db.table("qa_thread").insert({
                "agency": "2019-ca-mau", "scan": 1, "page": 1, "url": f"https://camau.gov.test/hoi-dap/{number}",
                "key": f"q{number}", "asked_on": "2020-01-02", "answered": 1, "unit": unit,
            })  # fmt: skip
        reply = next(survey.db.query("SELECT id FROM reply WHERE substantive"))["id"]
        survey.db.table("reply_document").insert(
            {"reply": reply, "position": 1, "title": GIVEN, "year": 2018, "said": "given", "given_by": "file"}
        )
        survey.db.table("reply_link").insert({
            "reply": reply, "position": 1, "url": "https://stc.khanhhoa.gov.test/a/du-thao-du-toan-2020.pdf",
            "target": "document", "site": "own",
        })  # fmt: skip
        survey.db.execute("UPDATE agency SET url = replace(url, '.gov.vn', '.gov.test')")
        full_text.refresh(survey.db)
    survey.db.close()
    return folder


@pytest.fixture(scope="module")
def db(folder: Path) -> Iterator[Database]:
    db = open_results(folder / "results.db")
    yield db
    db.close()


def found(db: Database, query: str) -> tuple[dict[str, list[tuple[str, str]]], list[str]]:
    """Kind → words and address of each hit that is shown, and the names that may be meant."""
    values = search_page.values(db, {"q": query})
    hits = {
        group.kind: [
            (" ".join([hit.title.vi, *(text.vi for text in hit.what), hit.address]), hit.href) for hit in group.shown
        ]
        for group in values["groups"]
    }
    return hits, [name for name, _ in values["meant"]]


def granted(wish: dict[str, Any], hits: dict[str, list[tuple[str, str]]], meant: list[str]) -> bool:
    """Return True if a reader finds what is wanted among the first `within` hits of its kind."""
    kind, wanted, most = wish["kind"], wish["wanted"], wish["within"]
    if kind == "nothing":
        return not hits
    if kind == "meant":
        return not hits and wanted in meant[:most]
    if kind == "nowhere":
        return bool(hits) and not any(wanted in words for shown in hits.values() for words, _ in shown)
    chosen = [hit for shown in hits.values() for hit in shown[:most]] if kind == "any" else hits.get(kind, [])[:most]
    first = kind == "place" and most == 1
    return any((words.startswith if first else words.__contains__)(wanted) for words, _ in chosen)


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: f"{wish['kind']} {wish['query'][:30]}")
def test_a_reader_finds_what_is_wanted(db: Database, wish: dict[str, Any]) -> None:
    hits, meant = found(db, wish["query"] * wish["times"])
    assert granted(wish, hits, meant), (hits, meant)
    assert all(href.startswith("survey/2019/place/") for shown in hits.values() for _, href in shown)


def test_a_kind_alone_shows_all_of_its_hits_page_by_page(db: Database) -> None:
    (first,) = (group for group in search_page.values(db, {"q": "ngan sach"})["groups"] if group.kind == "page")
    assert (len(first.shown), first.all_at) == (search_page.FIRST, "?q=ngan+sach&kind=page") and first.total > 60
    seen = []
    for start in ("0", "50"):
        (alone,) = search_page.values(db, {"q": "ngan sach", "kind": "page", "from": start})["groups"]
        seen += alone.shown
    assert len({hit.address for hit in seen}) == first.total and alone.next_at == ""


@pytest.mark.parametrize("more", ["&kind=x", "&kind=page&from=-1", "&kind=page&from=9999999999", "&kind=page&from=x"])
def test_other_parameters_from_outside_do_no_harm(db: Database, more: str) -> None:
    asked = {"q": "hoi dap"} | dict(part.split("=") for part in more[1:].split("&"))
    assert search_page.values(db, asked)["asked"].text == "hoi dap"


def test_more_hits_than_are_put_in_order_are_said_to_be_more(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_search, "CANDIDATES", 20)
    (group,) = (group for group in search_page.values(db, {"q": "hoi dap"})["groups"] if group.kind == "page")
    assert (group.total, group.over) == (20, True)


def test_an_index_is_asked_for_words_as_quick_as_for_none(db: Database) -> None:
    """Every source goes by its full-text index, never through all rows of a table."""
    for sources in reader_search._SOURCES.values():
        for source in sources:
            plan = db.execute(f"EXPLAIN QUERY PLAN {source.select} AND w.[{source.index}] MATCH ?", ['"a"']).fetchall()
            assert not [row[3] for row in plan if row[3].startswith("SCAN") and "VIRTUAL TABLE" not in row[3]], plan


def test_names_of_a_merged_unit_lead_to_its_parts(db: Database) -> None:
    found = reader_search.search(db, "Hồ Chí Minh", surveys(db), {})
    assert [hit.place.name for hit in found.hits["place"]] == ["Hồ Chí Minh", "Bà Rịa - Vũng Tàu", "Bình Dương"]


def test_the_page_leads_from_a_name_to_its_province_without_sql(base: str) -> None:
    status, text = get(f"{base}/search?q={quote('Cà Mau')}")
    page = LexborHTMLParser(text)
    first = page.css_first("section.hits ol a")
    assert status == 200 and first.attributes["href"] == "/survey/2019/place/ca-mau"
    assert not page.css("main a[href^='/results']") and "SELECT" not in text
    assert get(base + str(first.attributes["href"]))[0] == 200


def test_nothing_found_is_said_with_a_way_on(base: str) -> None:
    page = LexborHTMLParser(get(f"{base}/search?q=xyzzy")[1])
    text = page.css_first("main").text()
    assert "Không tìm thấy gì" in text
    assert "Nothing was found" in get(f"{base}/search?q=xyzzy&lang=en")[1]
    assert page.css("main a[href='/survey/2019/map']")


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "{{7*7}}", "\u202etxt.exe", "%00", "a\r\nSet-Cookie: x"]
)
def test_what_is_typed_is_shown_as_text(base: str, words: str) -> None:
    status, text = get(f"{base}/search?q={quote(words)}")
    main = LexborHTMLParser(text).css_first("main").text()
    assert status == 200 and "<script>alert" not in text and "49" not in main and "\u202e" not in text


def test_words_of_pages_are_shown_as_text(base: str) -> None:
    status, text = get(f"{base}/search?q=onerror")
    page = LexborHTMLParser(text)
    assert status == 200 and page.css("section.hits[data-kind=question] li") and not page.css("main img, main script")


@pytest.mark.parametrize(("language", "letter"), [("vi", "c"), ("en", "a")])
def test_names_stand_under_the_letter_of_the_language_that_is_shown(base: str, language: str, letter: str) -> None:
    page = LexborHTMLParser(get(f"{base}/names?lang={language}")[1])
    for section in page.css("section[aria-labelledby]:has(li)"):
        first = {fold(link.text())[0] for link in section.css("li a")}
        assert first == {section.attributes["aria-labelledby"]}
    portals = ("Cổng thông tin điện tử tỉnh An Giang", "An Giang portal")
    (portal,) = (
        section for section in page.css("section:has(li)") if any(a.text() in portals for a in section.css("a"))
    )
    assert portal.attributes["aria-labelledby"] == letter


def test_names_have_letters_in_both_languages_where_nobody_is_named_or_only_in_one(
    survey: Survey, filled: Callable[[Survey], None]
) -> None:
    assert (search_page.by_letter(survey.db, "vi", {}) or {})["letters"] == {}
    filled(survey)
    survey.db.execute("UPDATE agency SET name_en = '', province_en = ''")
    letters = {named: (search_page.by_letter(survey.db, named, {}) or {})["letters"] for named in ("vi", "en")}
    assert list(letters["vi"]) == list(letters["en"]) != []
    assert search_page.by_letter(survey.db, "vi", {"page": "2"}) is None
