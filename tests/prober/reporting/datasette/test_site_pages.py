"""The pages that `prober serve` adds: what they show over HTTP, with hostile words in every column."""

import csv
import io
import json
import re
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.search_protocol import OpenedAddress, Outcome, ProtocolStep
from prober.domain.world import World
from prober.reporting.datasette import atom, plugin, province_page, site_pages
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.served_site import ServedSite
from prober.reporting.html import maps, page_frame, render
from prober.reporting.publish.table_files import guarded
from prober.reporting.words import labels
from prober.reporting.words.labels import CAUSES
from prober.store import open_results
from prober.store.reading.province_record import record as record_of
from prober.store.reading.report_rows import Survey as Frame
from prober.store.reading.report_rows import report_rows, surveys
from tests.pobi import POBI, agencies
from tests.prober.conftest import SCANNED, Survey
from tests.prober.reporting import changed_site
from tests.serving import ON_DEMAND, fetch, get, header, rows, serving

DOCS = Path(__file__).parents[4] / "docs"
NAMES = ("headline", "map", "replies", "not-seen", "changes", "night", "place/ca-mau")
OURS = ("/", *(f"/survey/2019/{name}" for name in NAMES))


def page(base: str, path: str) -> LexborHTMLParser:
    status, text = get(base + path)
    assert status == 200, text[:500]
    return LexborHTMLParser(text)


def words(node: Any) -> str:
    return " ".join(node.text().split())


def test_the_start_page_tells_those_who_look_for_data_what_they_are(base: str) -> None:
    """As JSON-LD, which no browser runs: test_site_pages_browser.py opens this page under its policy."""
    _, page = get(f"{base}/")
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    told = json.loads(block)
    assert (told["@type"], told["datePublished"]) == ("Dataset", "2020-05-29")
    assert told["name"].startswith("Simulated data") and told["license"].startswith("https://creativecommons.org/")
    assert page.count("<script") == 1


def test_the_start_page_says_what_this_is_and_leads_everywhere(base: str) -> None:
    start = page(base, "/")
    text = words(start.body)
    assert "Khảo sát này là gì" in text and "61 / 63" in text and "8 / 63" in text
    assert words(start.css_first("h1")) == "61 trong 63 tỉnh, thành phố có nơi để hỏi, 8 trong 63 trả lời"
    parts = ("8 / 63", "Bao lâu", "Điều gì đã thay đổi", "trang còn mục chưa xem được", "Khảo sát này là gì")
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "2 chưa xem được." in text
    english = words(page(base, "/?lang=en").body)
    assert "61 of 63 provinces can be asked, 8 of 63 answered" in english and "What this survey is" in english
    links = {node.attributes["href"] for node in start.css("a[href]")}
    assert {f"/survey/2019/{name}" for name in NAMES[:-1]} <= links
    assert {"/results/lost_qa", "/results/answered_after_reminder", "/results/new_addresses"} <= links
    assert {"/results/not_seen_by_region", "/results/figure", "/results"} <= links
    for link in sorted(link for link in links if link and link.startswith("/")):
        assert get(base + link)[0] == 200, link


def test_the_page_of_the_last_night(base: str) -> None:
    """What it did step by step, what it changed, could not see, and what needs a person."""
    night = page(base, "/survey/2019/night?lang=en")
    text = words(night.body)
    rows = [[words(cell) for cell in row.css("th, td")] for row in night.css("table.steps tbody tr")]
    assert [(row[0], row[1]) for row in rows] == [("crawl 2019", "done"), ("mailbox", "failed")]
    assert "not done: mailbox; 1 of 3 sites seen" in text and "the last verdicts stand" in text
    assert "seen in part" in text and "steps are not done: mailbox: prober nightly" in text
    assert "đọc hộp thư" in words(page(base, "/survey/2019/night?lang=vi").body)


def test_metrics_are_for_a_scraper_on_this_machine(base: str) -> None:
    """Nobody else gets them: neither by another name of the host nor through a proxy."""
    status, kind, text = fetch(f"{base}/-/metrics")
    assert (status, kind.partition(";")[0]) == (200, "application/openmetrics-text")
    assert b"prober_run_started_timestamp_seconds" in text and text.endswith(b"# EOF\n")
    for fields in ({"Host": "khao-sat.test"}, {"X-Forwarded-For": "203.0.113.9"}, {"Via": "1.1 proxy"}):
        with pytest.raises(HTTPError, match="404"):
            urlopen(Request(f"{base}/-/metrics", headers=fields), timeout=30)


@pytest.mark.proof  # a server of its own
def test_a_database_without_results_says_what_to_do(tmp_path: Path) -> None:
    open_results(tmp_path / "results.db").close()
    with serving(tmp_path, program=ON_DEMAND) as (url, _):
        assert "prober demo" in words(page(url, "/").body)
        assert get(url + "/survey/2019/headline")[0] == 404


@pytest.mark.parametrize("typed", ["Cà Mau", "ca mau", "CA MAU", "ca-mau", "Ca Mau", "camau"])
def test_one_typed_word_leads_to_the_own_province(base: str, typed: str) -> None:
    answer = page(base, f"/survey/2019/find?{urlencode({'name': typed})}")
    assert words(answer.css_first("h1")) == "Cà Mau"


@pytest.mark.parametrize("typed", ["tphcm", "TP HCM", "thành phố Hồ Chí Minh", "hcm"])
def test_the_field_and_the_search_understand_the_same_short_names(base: str, typed: str) -> None:
    answer = page(base, f"/survey/2019/find?{urlencode({'name': typed})}")
    assert words(answer.css_first("h1")) == "Hồ Chí Minh"
    assert "/place/ho-chi-minh" in get(f"{base}/search?{urlencode({'q': typed})}")[1]


def test_a_name_that_may_mean_several_or_nothing_leads_on(base: str) -> None:
    several = page(base, "/survey/2019/find?name=binh")
    found = {words(link) for link in several.css(".units a")}
    assert {"Bình Định", "Hòa Bình", "Thái Bình"} <= found and "Cà Mau" not in found
    hostile = page(base, "/survey/2019/find?" + urlencode({"name": changed_site.HOSTILE * 3}))
    assert len(hostile.css(".units a")) == 63 and not hostile.css("script")


def test_one_language_at_a_time_remembered_by_the_server(base: str) -> None:
    for path in (*OURS, "/search"):
        for language, other in (("vi", "en"), ("en", "vi")):
            shown = page(base, f"{path}?lang={language}")
            assert shown.css_first("html").attributes["lang"] == language
            assert not shown.css("span.en, span.vi, tspan.en"), path
            if language == "vi":
                assert len(shown.css("body [lang=en]")) == 1, path  # the name of the other language
            assert shown.css_first(".switch a").attributes["hreflang"] == other
    headers = header(f"{base}/?lang=en")
    assert headers["set-cookie"].startswith("lang=en; Path=/; ") and headers["vary"].startswith("Cookie")
    assert "set-cookie" not in header(f"{base}/") and "set-cookie" not in header(f"{base}/?lang=xx")
    status, text = get(f"{base}/", cookie="lang=en")
    assert status == 200 and LexborHTMLParser(text).css_first("html").attributes["lang"] == "en"


def test_numbers_and_dates_are_those_of_the_language(base: str) -> None:
    vietnamese, english = (words(page(base, f"/?lang={language}").body) for language in ("vi", "en"))
    assert "96,8 %" in vietnamese and "96.8 %" not in vietnamese and "96.8 %" in english
    record = words(page(base, "/survey/2019/place/ca-mau").body)
    assert "14/4/2020 08:30" in record and "2020-04-14" not in record
    assert "14 April 2020 08:30" in words(page(base, "/survey/2019/place/ca-mau?lang=en").body)


def test_every_page_ends_with_who_and_how(base: str) -> None:
    """The study names a publisher and no contact: the foot says so and invents none."""
    for path in OURS:
        foot = page(base, path).css_first("footer")
        named = {words(row.css_first("dt")) for row in foot.css(".imprint > div")}
        told = {"Đơn vị công bố", "Báo sai sót", "Phương pháp", "Trích dẫn", "Giấy phép dữ liệu", "Tải về"}
        assert named == told, path
        assert "Khảo sát này chưa ghi địa chỉ liên hệ." in words(foot)
        assert f"{base}{path}" in words(foot)
        links = {node.attributes["href"] for node in foot.css(".imprint a")}
        assert {"/survey/2019/method", "/results"} <= links


def test_a_contact_is_a_way_to_report_a_mistake(folder: Path) -> None:
    about = page_frame.About(labels.Text("Thử", "Trial"), "Viện Thử", "thu@vien.test", ("vi",), ("2019",))
    values = {"about": about, "lang": "en", "languages": (), "permalink": "http://x.test/a", "as_of": "2020-05-30"}
    foot = LexborHTMLParser(_page_of(values)).css_first(".imprint")
    assert "Report a mistake" in words(foot) and "Viện Thử (2020). Trial." in words(foot)
    assert foot.css_first("a").attributes["href"] == "mailto:thu@vien.test"


def _page_of(values: dict[str, Any]) -> str:
    usual: dict[str, Any] = dict.fromkeys(
        ("study", "mark", "banner", "provisional", "download", "first_at", "everything")
    )
    usual |= {
        "here": "find",
        "title": labels.Text("a", "a"),
        "style": "",
        "switch": {},
        "data": "/results",
        "root": "/",
        "pages": (),
    }
    page = render.templates().get_template("site/page.html")
    frame = Frame("2019", (), (), "sandbox", "2020-05-30", None, None)
    return page.render({**usual, "study": frame, "frame": labels.Text("a", "a"), "at": "/x", **values})


def test_the_headline_links_each_figure_to_its_evidence(base: str) -> None:
    headline = page(base, "/survey/2019/headline")
    shown = {words(row.css_first("th")): words(row.css("td")[0]) for row in headline.css("table.indicators tbody tr")}
    assert shown["Cổng có chuyên mục Hỏi đáp và địa chỉ thư điện tử liên hệ"] == "61/63"
    assert shown["Sở Tài chính trả lời yêu cầu gửi qua thư điện tử"] == "8/63"
    link = headline.css_first("table.indicators tbody tr a").attributes["href"]
    assert link and rows(base, link.replace("?", ".json?") + "&_shape=array")


def test_each_page_says_what_no_person_has_read(base: str) -> None:
    (figure,) = rows(base, "/results/headline.json?_shape=array&frame=2019&indicator=replied")
    headline = words(page(base, "/survey/2019/headline?lang=en").body)
    assert f"No person has read the replies behind {figure['k_unread']} of {figure['k']} answers" in headline
    said = f"Results of {figure['unread']} agencies rest on replies that no person has read."
    assert said in words(page(base, "/?lang=en").body)
    assert rows(base, "/results/participation.json?_shape=array&province=ca-mau")[0]["unread"] == 1
    assert "read by no person" in words(page(base, "/survey/2019/place/ca-mau?lang=en").body)


@pytest.mark.parametrize("indicator", ["qa", "email", "social", "access", "budget", "replied", "human"])
def test_the_evidence_for_a_figure_adds_up_to_it(base: str, indicator: str) -> None:
    (figure,) = rows(base, f"/results/headline.json?_shape=array&frame=2019&indicator={indicator}")
    proofs = rows(base, f"/results/figure.json?_shape=array&_size=max&frame=2019&indicator={indicator}")
    found = {row["name_vi"] for row in proofs if row["state"] == "found"}
    assert len(found) == figure["k"]
    assert len({row["name_vi"] for row in proofs}) >= figure["n"] - figure["not_seen"]


def test_both_figures_of_a_pair_have_their_evidence(base: str) -> None:
    proofs = rows(base, "/results/figure.json?_shape=array&_size=max&frame=2019&indicator=qa_and_email")
    kinds: dict[str, set[str]] = {}
    for row in proofs:
        if row["state"] == "found":
            kinds.setdefault(row["name_vi"], set()).add(row["kind"])
    assert sum(found == {"qa", "email"} for found in kinds.values()) == 61


@pytest.mark.parametrize(
    ("month", "names"), [("2020-05", {"Bắc Ninh", "Cà Mau"}), ("2020-04", set()), ("", {"Bắc Ninh", "Cà Mau"})]
)
def test_portals_that_lost_their_section_in_a_month(base: str, month: str, names: set[str]) -> None:
    found = rows(base, f"/results/lost_qa.json?_shape=array&month={month}")
    assert {row["name_vi"].removeprefix("Cổng thông tin điện tử tỉnh ") for row in found} == names


def test_addresses_that_are_new_since_a_run(survey: Survey) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    for number in range(3):
        at = SCANNED + timedelta(days=number)
        survey.run(started_at=at.isoformat())
        survey.observe(survey.scan(at=at), "2019-ca-mau", "email", "agency_role", f"a{number}@camau.gov.test")
    (query,) = (query for query in QUERIES if query.name == "new_addresses")
    found = {
        run: {row["value"][:2] for row in survey.db.query(query.sql, {"since_run": run})} for run in ("", "1", "2", "3")
    }
    assert found == {"": {"a0", "a1", "a2"}, "1": {"a0", "a1", "a2"}, "2": {"a1", "a2"}, "3": {"a2"}}


def test_the_maps_show_63_provinces_and_34_units(base: str) -> None:
    shown = page(base, "/survey/2019/map")
    counts = {
        (node.attributes["aria-labelledby"] or "").removeprefix("map-"): len(node.css("a.tile"))
        for node in shown.css("figure.map")
    }
    assert counts == {
        "portal": 63, "finance": 63, "levels": 63, "changes": 63, "units-qa_and_email": 34,
        "units-levels": 34, "units-replied": 34,
    }  # fmt: skip
    ids = {node.attributes["id"] for node in shown.css("[id]")}
    for tile in shown.css("figure.map a.tile"):
        link = tile.attributes["href"] or ""
        assert link.startswith("/survey/2019/place/") or link.removeprefix("#") in ids
    listed = {node.attributes["href"] for node in shown.css(".regions a")}
    assert len(listed) == 63 and "/survey/2019/place/ca-mau" in listed


def test_maps_carry_what_tells_sites_apart_and_say_it_in_words(base: str) -> None:
    shown = page(base, "/survey/2019/map?lang=en")
    legends = {
        (node.attributes["aria-labelledby"] or "").removeprefix("map-"): [
            words(entry) for entry in node.css(".legend li")
        ]
        for node in shown.css("figure.map")
    }
    assert "14 level 4: a form and published answers" in legends["levels"] and "2 not seen" in legends["levels"]
    assert any(entry.endswith("the site changed") for entry in legends["changes"])
    for node in shown.css("figure.map"):  # every state has a sign of its own beside its colour
        for tile in node.css("a.tile"):
            state = (tile.attributes["class"] or "").removeprefix("tile ")
            assert tile.css_first("use").attributes["href"] == f"#m-{state}"
            assert shown.css_first(f"symbol#m-{state}"), state


@pytest.mark.parametrize(
    ("levels", "highest"),
    [
        ((3, 5), "level-5"),
        ((None, 2), "level-2"),
        (("not_seen", 3), "not_seen"),
        (("not_seen", 5), "level-5"),
        (("not_seen", None), "not_seen"),
    ],
)
def test_a_part_that_was_not_seen_leaves_the_level_of_a_unit_open(levels: Any, highest: str) -> None:
    parts: list[Any] = [
        {"portal": str(place), "qa_level": level if isinstance(level, int) else None}
        | {"has_qa": "found" if isinstance(level, int) else level or "not_found"}
        for place, level in enumerate(levels)
    ]
    into = dict.fromkeys(("0", "1"), "unit")
    assert maps.levels_of_units(parts, into) == {"unit": highest}


def test_a_divided_province_has_no_map_of_units(survey: Survey) -> None:
    """No rule of merging fits it, and the page stands without that map."""
    survey.registry([agency for frame in ("2019", "2025") for agency in agencies(frame) if agency.kind == "portal"])
    survey.scan()
    assert _merged_maps(survey)
    for unit in ("2025-ca-mau", "2025-ha-noi"):
        survey.db.table("agency_successor").insert(
            {"predecessor": "2019-ca-mau", "successor": unit, "effective_date": "2025-07-01"},
            replace=True,
        )
    assert not _merged_maps(survey)


def _merged_maps(survey: Survey) -> list[Any]:
    (shown,) = (shown for shown in site_pages.PAGES if shown.name == "map")
    values = shown.values(survey.db, surveys(survey.db)[0], {})
    assert values and len(values["maps"][0].tiles) == 63
    return list(values["merged"])


def test_what_both_languages_call_the_same_is_said_once(base: str) -> None:
    shown = page(base, "/survey/2019/place/dong-thap")
    assert [words(node) for node in shown.css(".value .reason") if "YouTube" in node.text()] == ["YouTube"]


def test_what_could_not_be_seen_adds_up(base: str) -> None:
    shown = page(base, "/survey/2019/not-seen")
    numbers = [int(re.match(r"\d+", words(node))[0]) for node in shown.css(".bars .counts > span")]  # type: ignore[index]
    assert sum(numbers) == len(rows(base, "/results/not_seen.json?_shape=array&_size=max&frame=2019"))
    assert len(shown.css("table.unseen tbody tr")) == len(
        rows(base, "/results/not_seen.json?_shape=array&_size=max&not_seen__notblank=1")
    )


def test_replies_add_up(base: str) -> None:
    shown = page(base, "/survey/2019/replies")
    assert sum(int(words(node)) for node in shown.css(".bars .counts > span")) == 63
    times = [
        float(words(row.css("td")[1]).partition(" giờ")[0].replace(",", "."))
        for row in shown.css("table.replies tbody tr")
    ]
    assert times == sorted(times) and len(times) == len(
        rows(base, "/results/reply_times.json?_shape=array&_size=max&first_human_hours__notblank=1")
    )
    assert len(shown.css("svg.curve")) == 2


def test_who_was_not_written_to_yet_is_not_silent(survey: Survey) -> None:
    survey.registry([agency for agency in agencies("2019") if agency.province in ("ca-mau", "ha-noi")])
    survey.campaign(closed_at=None, status="approved")
    survey.request("2019-stc-ca-mau")
    survey.request("2019-stc-ha-noi", state="planned", accepted_at=None)
    frame = surveys(survey.db)[0]
    (shown,) = (shown for shown in site_pages.PAGES if shown.name == "replies")
    values = shown.values(survey.db, frame, {})
    assert values and values["asked"] == 1
    assert [(part.look, part.count) for bar in values["outcomes"] for part in bar.parts] == [
        ("silence", 1), ("unasked", 1),
    ]  # fmt: skip
    record = site_pages.PLACE.values(survey.db, frame, {"place": "ha-noi"})
    assert record and [letters.group for letters in record["letters"]] == ["unasked"]


@pytest.mark.parametrize(
    ("cause", "count"),
    [("", 2), ("?cause=detector", 1), ("?cause=reachability", 1), ("?cause=second_look", 1), ("?cause=all", 6)],
)
def test_changes_are_chosen_by_cause(base: str, cause: str, count: int) -> None:
    assert len(page(base, f"/survey/2019/changes{cause}").css(".feed li")) == count


def test_a_change_shows_what_each_visit_saw_on_its_day(tmp_path: Path) -> None:
    """A section that answers at last, an address that is gone at the second look, and a site that was closed once."""
    survey = Survey(tmp_path / "results.db")
    survey.registry([agency for agency in agencies("2019") if agency.province == "ha-noi"])
    days = [SCANNED + timedelta(days=days) for days in (0, 14, 28)]
    scans = [survey.scan(at=day) for day in days]
    agency, url = "2019-ha-noi", "https://hanoi.gov.test/hoi-dap"
    shut = {"outcome": "unreachable", "failure": "closed"}
    for scan, day, level in zip(scans, days, (3, 0, 5), strict=True):
        survey.visit(scan, agency, started_at=day.isoformat(), **({} if level else shut))
        seen = survey.observe(scan, agency, "qa", "general", url, url=url, snippet=f"Mức {level}") if level else None
        survey.verdict(scan, agency, "qa", "found" if level else "not_seen", level=level, observation=seen)
    survey.search(scans[2], agency, OpenedAddress(ProtocolStep.USUAL_PATHS, f"{url}/x", Outcome.MISSING, status=404))
    survey.observe(scans[0], agency, "email", "agency_role", "a@hanoi.gov.test")
    survey.verdict(scans[2], agency, "email", "not_found")
    mail = next(survey.db.query("SELECT id FROM finding WHERE kind = 'email'"))["id"]
    common = {"agency": agency, "cause": "site", "from_scan": scans[0], "finding": None, "second_scan": None}
    survey.db.table("change").insert_all([
        common | {"kind": "qa", "what": "level", "before": "3", "after": "5", "to_scan": scans[2]},
        common | {
            "kind": "email", "what": "vanished", "before": "a@hanoi.gov.test", "after": "", "finding": mail,
            "to_scan": scans[1], "second_scan": scans[2],
        },
    ])  # fmt: skip
    changes = site_pages.newest_changes(survey.db, surveys(survey.db)[0])
    level, gone = sorted(changes, key=lambda row: row["what"])
    assert [(look["part"], look["state"], look["level"]) for look in level["looks"]] == [
        ("before", "found", 3), ("after", "found", 5),
    ]  # fmt: skip
    assert [look["snippet"] for look in level["looks"]] == ["Mức 3", "Mức 5"]
    assert [(look["part"], look["state"]) for look in gone["looks"]] == [
        ("before", "found"), ("after", "not_seen"), ("second", "not_found"),
    ]  # fmt: skip
    assert [look["searched"] for look in gone["looks"]] == [0, 0, 1] and gone["looks"][1]["failure"] == "closed"
    assert all(look["page_sha256"] for look in level["looks"])
    survey.db.close()
    with serving(tmp_path, program=ON_DEMAND) as (base, _):
        shown = page(base, "/survey/2019/changes?lang=en").css_first(".feed")
        assert shown.css_first("dd .reason a").attributes["href"] == "/results/search_step?record=1"
        said = words(shown)
        assert "level 3 (a form, no published answers) → level 5 (answers within the last 12 months)" in said
        assert "13 April 2020 · before" in said and "27 April 2020 · first seen changed" in said
        assert "11 May 2020 · second look" in said and "not found addresses opened: 1" in said and "Mức 5" in said
        assert "Mức 5” https://hanoi.gov.test/hoi-dap" in get(f"{base}/survey/2019/changes.atom")[1]


@pytest.mark.parametrize(
    "path",
    ["/survey/2020/map", "/survey/2019/place/nowhere", "/survey/2019/changes?cause=mine", "/survey/2019/nothing"],
)
def test_what_is_not_there_is_404(base: str, path: str) -> None:
    status, text = get(base + path)
    assert status == 404 and "Dữ liệu mô phỏng" in text


def test_the_record_of_a_province_is_complete(base: str) -> None:
    text = words(page(base, "/survey/2019/place/ca-mau?lang=en").body)
    assert "Now part of: Ca Mau (2025)" in text
    assert "the newest 8 of 12" in text and "not updated since 1 January 2019" in text
    assert "4 questions were removed from the site" in text
    record = page(base, "/survey/2019/place/ca-mau")
    text = words(record.body)
    states = [words(row.css("td")[3]) for row in record.css("table tbody tr") if len(row.css("td")) == 5]
    assert [states.count(said) for said in ("đã bị gỡ", "còn đăng")] == [2, 3]
    assert record.css_first("svg.clock") and len(record.css(".events.numbered li")) == 2
    assert "Hỏi đáp: tìm thấy → không tìm thấy" in text
    hostile, named = record.css("h4 + ul li")
    assert not hostile.css("a") and named.css_first("a").attributes["href"] == "https://stc.camau.gov.test/ns.pdf"
    assert words(named).endswith("chưa mở thử")
    picture = record.css_first("img.picture").attributes["src"] or ""
    assert re.fullmatch("/survey/picture/[0-9a-f]{64}.png", picture)
    for link in {node.attributes["href"] or "" for node in record.css("a[href^='/']")}:
        assert fetch(base + link)[0] == 200, link


@pytest.mark.parametrize("path", ["/", *(f"/survey/2019/{name}" for name in NAMES)])
def test_an_english_page_calls_agencies_by_their_english_names(base: str, path: str) -> None:
    shown = page(base, f"{path}?lang=en")
    named = re.findall(r"(?:Sở Tài chính|Cổng thông tin điện tử) (?:tỉnh|thành phố)?[^.:,;<]*", words(shown.body))
    assert not named, named
    if path.endswith(("not-seen", "replies", "ca-mau")):
        assert re.search("Department of Finance of|[a-z] portal", words(shown.body))


def test_a_record_names_what_was_not_seen(tmp_path: Path) -> None:
    survey = Survey(tmp_path / "results.db")
    survey.registry([agency for agency in agencies("2019") if agency.province == "ha-noi"])
    scan = survey.scan()
    survey.visit(scan, "2019-ha-noi", outcome="partial", failure="challenge")
    for kind, state in (("qa", "not_seen"), ("social", "not_found"), ("access", "not_seen"), ("email", "found")):
        survey.verdict(scan, "2019-ha-noi", kind, state)
    survey.db.close()
    with serving(tmp_path, program=ON_DEMAND) as (base, _):
        shown = page(base, "/survey/2019/place/ha-noi?lang=en").css_first("p.looked")
        assert words(shown).endswith("; not seen: Access to information, Q&A section")


def test_one_can_walk_through_all_provinces(base: str) -> None:
    seen, at = [], "/survey/2019/place/ca-mau"
    for _ in range(3):
        before, after = page(base, at).css(".neighbours a")
        assert not seen or before.attributes["href"] == seen[-1]
        seen.append(at)
        at = after.attributes["href"] or ""
    assert len(set(seen)) == 3


def test_a_deadline_is_shown_as_it_was_judged(base: str, folder: Path) -> None:
    """With its pause, on the page and on the card of the report."""
    said = (
        "theo luật 7/5/2020, cộng 3 ngày làm việc cơ quan chờ người hỏi (từ thư Q1 ngày 16/4/2020 tới OW ngày "
        "21/4/2020)"
    )
    (row,) = page(base, "/survey/2019/place/ca-mau").css("table.deadlines tbody tr")
    assert words(row.css("td")[2]).startswith(f"12/5/2020 {said}")
    db = open_results(folder / "results.db")
    card = LexborHTMLParser(render.render_annex(report_rows(db), POBI)).css_first("#ca-mau .due li")
    db.close()
    assert words(card).startswith("12/5/2020") and said in words(card)


def test_a_record_says_how_a_site_was_searched_step_by_step(base: str) -> None:
    record = page(base, "/survey/2019/place/ca-mau")
    (search,) = record.css("details.searched")
    said = words(search)
    assert said.startswith("Đã tìm thế nào")
    for told in (
        "đã đọc (200), 57 liên kết",
        "chưa làm được: đã dùng hết 60 trang của một lượt xem",
        "Sơ đồ trang: đã làm, không có gì ở đó",
        "không có trang này (404)",
        f"{changed_site.SITE}/gop-y không đọc được: ",
    ):
        assert told in said, told
    assert [link.attributes["href"] for link in search.css("a")] == [
        f"{changed_site.SITE}/{page}" for page in ("", "lien-he", "gop-y", "hoi-dap")
    ]
    shown = page(base, "/results/search_evidence?agency=2019-stc-ca-mau&_nofacet=1")
    assert len(shown.css("table.rows-and-columns tbody tr")) == 9


def test_a_record_has_both_frames(survey: Survey) -> None:
    """Bạc Liêu and Cà Mau of 2019 are Cà Mau since 2025; both frames were scanned."""
    of = {"2019": ("ca-mau", "bac-lieu"), "2025": ("ca-mau",)}
    survey.registry([agency for frame in of for agency in agencies(frame) if agency.province in of[frame]])
    for number, (frame, provinces) in enumerate(of.items()):
        scan = survey.scan(frame, at=SCANNED + timedelta(days=number))
        for province in provinces:
            survey.visit(scan, f"{frame}-{province}")
            survey.verdict(scan, f"{frame}-{province}", "qa", "not_found" if frame == "2025" else "found", level=2)
    newest, oldest = surveys(survey.db)
    assert (newest.frame, oldest.frame) == ("2025", "2019")
    for frame, others in ((newest, {"2019-ca-mau", "2019-bac-lieu"}), (oldest, {"2025-ca-mau"})):
        values = site_pages.PLACE.values(survey.db, frame, {"place": "ca-mau"})
        assert values and {row["portal"] for row, _ in values["others"]} == others
        assert {row["has_qa"] for row, _ in values["others"]} == {"found" if frame is newest else "not_found"}


@pytest.mark.parametrize("table", ["participation", "agency"])
def test_a_province_in_a_table_leads_to_its_record(base: str, table: str) -> None:
    links = {
        node.attributes["href"]
        for node in page(base, f"/results/{table}?province=ca-mau&_columns=all").css("td.col-province a")
    }
    assert {link for link in links if link and "/survey/2019/" in link} == {"/survey/2019/place/ca-mau"}


def test_pictures_come_from_the_evidence_folder_only(base: str) -> None:
    shots = rows(base, "/results/evidence.json?_shape=array&kind=screenshot")
    (known,) = (row["sha256"] for row in shots if row["path"].startswith("png/"))
    assert fetch(f"{base}/survey/picture/{known}.png") == (200, "image/png", changed_site.PNG)
    for name in ("e" * 64, "f" * 64, "0" * 64, "..%2f..%2fresults", known.upper()):
        assert get(f"{base}/survey/picture/{name}.png")[0] == 404, name


def test_no_connection_of_the_site_opens_a_second_file(tmp_path: Path) -> None:
    site = ServedSite([], study=POBI, world=World.SANDBOX, provisional=False, evidence=None)
    connection = sqlite3.connect(":memory:")
    plugin.prepare_connection(connection, site)
    for statement in (f"ATTACH '{tmp_path}/other.db' AS other", f"VACUUM INTO '{tmp_path}/copy.db'"):
        with pytest.raises(sqlite3.OperationalError, match="too many attached databases"):
            connection.execute(statement)
    connection.close()
    assert not list(tmp_path.iterdir())


ATOM = "{http://www.w3.org/2005/Atom}"
# RFC 3339, which RFC 4287 asks for.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def test_the_feed_keeps_the_rules_of_rfc_4287(base: str) -> None:
    status, text = get(f"{base}/survey/2019/changes.atom")
    assert status == 200
    feed = ET.fromstring(text)
    assert feed.tag == f"{ATOM}feed"
    _rules(feed, feed)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": f"{base}/survey/2019/changes.atom", "alternate": f"{base}/survey/2019/changes"}
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 6
    assert {category.get("term") for category in feed.iter(f"{ATOM}category")} == set(CAUSES)
    ids = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids) == 7
    for entry in entries:
        _rules(entry, feed)
        assert "Simulated data" in (entry.findtext(f"{ATOM}title") or "")
        waits = entry.find(f"{ATOM}category").get("term") == "second_look"  # type: ignore[union-attr]
        assert waits == ("waits for a second look" in (entry.findtext(f"{ATOM}title") or ""))
    assert ids == [
        element.text for element in ET.fromstring(get(f"{base}/survey/2019/changes.atom")[1]).iter(f"{ATOM}id")
    ]


def _rules(element: ET.Element, feed: ET.Element) -> None:
    """4.1.1 and 4.1.2: one id, title and updated each, an author of its own or of its feed, an alternate link."""
    for name in ("id", "title", "updated"):
        assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert (element.findtext(f"{ATOM}{name}") or "").strip()
    assert re.fullmatch("urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id") or "")
    updated = element.findtext(f"{ATOM}updated") or ""
    assert MOMENT.fullmatch(updated) and datetime.fromisoformat(updated)
    assert element.findall(f"{ATOM}author/{ATOM}name") or feed.findall(f"{ATOM}author/{ATOM}name")
    assert len([link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]) == 1
    for link in element.findall(f"{ATOM}link"):
        assert re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", link.get("href") or "")


def test_a_feed_of_nothing_is_a_feed() -> None:
    page = "http://127.0.0.1/survey/2019/changes"
    text = atom.feed([], frame="2019", world="live", as_of=SCANNED.isoformat(), page=page, address=f"{page}.atom")
    feed = ET.fromstring(text)
    _rules(feed, feed)
    assert not feed.findall(f"{ATOM}entry") and "Simulated" not in text.decode()


@pytest.mark.parametrize("path", OURS)
def test_hostile_words_stay_words(base: str, path: str) -> None:
    status, text = get(base + path)
    assert status == 200
    shown = LexborHTMLParser(text)
    assert (
        not shown.css("script:not([type='application/ld+json']), iframe, object, embed, [style]")
        and "\u202e" not in text
    )
    for node in shown.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    assert all(re.match(r"https?://|#|/|\?", node.attributes.get("href") or "") for node in shown.css("a"))
    ids = [node.attributes["id"] for node in shown.css("[id]")]
    assert len(ids) == len(set(ids))
    for node in shown.css("[aria-labelledby]"):
        assert node.attributes["aria-labelledby"] in ids


@pytest.mark.parametrize("path", ["/", "/survey/2019/map", "/survey/2019/changes.atom", "/results", "/nowhere"])
def test_every_answer_forbids_what_comes_from_elsewhere(base: str, path: str) -> None:
    headers = header(base + path)
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] in ("'self'", "'none'") and policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy.get("script-src", policy["default-src"])
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "column"),
    [("participation", "outcome"), ("reply_times", "outcome"), ("reply", "event"), ("not_seen", "outcome")],
)
def test_codes_stand_with_their_words_and_data_keep_the_codes(base: str, path: str, column: str) -> None:
    shown = page(base, f"/results/{path}?_size=max")
    found = rows(base, f"/results/{path}.json?_shape=array&_size=max")
    told = {row[column]: labels.VISITS.get(row[column]) or labels.outcome(row[column]) for row in found}
    assert len(told) > 1
    cells = {words(node) for node in shown.css(f".rows-and-columns td.col-{column}")}
    assert cells == {" ".join(_once(code, text.vi, text.en)) for code, text in told.items()}
    for language in ("vi", "en"):
        shown = page(base, f"/results/{path}?_size=max&lang={language}")
        facet = {words(node) for node in shown.css(f'.facet-info[data-column="{column}"] li a')}
        assert facet == {" ".join(_once(code, getattr(text, language))) for code, text in told.items()}


def _once(code: str, *said: str) -> list[str]:
    """A code and its words; not those that are the code itself."""
    return [code, *(words for words in said if words.lower() != code.lower())]


@pytest.mark.parametrize(
    ("path", "column"), [("reply_times", "watched_hours"), ("reply", "hours"), ("not_seen", "seconds")]
)
def test_times_are_shown_as_the_data_have_them(base: str, path: str, column: str) -> None:
    """Not as "1.07109 kh"."""
    cells = page(base, f"/results/{path}?_size=max&_columns=all").css(f".rows-and-columns td.col-{column}")
    found = [row[column] for row in rows(base, f"/results/{path}.json?_shape=array&_size=max")]
    shown = [cell.css_first("[lang=en]") or cell for cell in cells]
    assert sorted(map(words, shown)) == sorted("" if value is None else f"{value:,}" for value in found)
    assert any(found)


@pytest.mark.parametrize("path", ["/results/reply", "/results/timeline"])
def test_no_cell_of_a_csv_is_a_formula(base: str, path: str) -> None:
    expected = rows(base, f"{path}.json?_shape=array&_size=max")
    text = get(f"{base}{path}.csv?_size=max")[1]
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(found) == len(expected) and any(cell.startswith("'=") for row in found for cell in row.values())
    for row, cells in zip(expected, found, strict=True):
        assert cells == {name: "" if value is None else str(guarded(value)) for name, value in row.items()}


@pytest.mark.proof  # a server of its own
def test_a_live_site_says_nothing_of_simulation(tmp_path: Path) -> None:
    survey = Survey(tmp_path / "results.db")
    survey.registry([agency for agency in agencies("2019") if agency.province == "ca-mau"])
    survey.scan()
    survey.db.execute("UPDATE scan SET world = 'live'")
    survey.db.execute("UPDATE agency SET world = 'live'")
    survey.db.conn.commit()
    survey.db.close()
    (tmp_path / "prober.toml").write_text(
        'world = "live"\n[crawl]\nuser_agent = "survey (https://survey.test)"\n', encoding="utf-8"
    )
    with serving(tmp_path, program=ON_DEMAND) as (url, _):
        for path in ("/", "/survey/2019/map", "/survey/2019/place/ca-mau", "/results", "/nowhere"):
            text = get(url + path)[1].lower()
            assert "mô phỏng" not in text and "simulated" not in text, path


def test_marks_of_the_clock_stand_in_the_order_of_the_list(folder: Path) -> None:
    db = open_results(folder / "results.db")
    found = record_of(db, "2019", "ca-mau")
    db.close()
    assert found
    (asked,) = found.asked
    drawn = province_page.clock(asked, asked.events)
    (deadline,) = asked.deadlines
    unpaused = replace(asked, deadlines=({**deadline, "extended_to": None},))
    by_law = province_page.clock(unpaused, asked.events)
    assert drawn and by_law and drawn.due and by_law.due
    a_day = (drawn.ticks[-1][0] - drawn.ticks[0][0]) / drawn.ticks[-1][1]
    assert drawn.due - by_law.due == pytest.approx(5 * a_day, abs=0.3)
    assert drawn and [mark.number for mark in drawn.marks] == [1, 2]
    assert [mark.look for mark in drawn.marks] == ["sent", "human"]
    assert (
        province_page.LEFT == drawn.marks[0].x < drawn.marks[1].x < province_page.WIDTH - province_page.RIGHT
        and drawn.due
    )


def test_the_docs_name_every_page_and_question_and_show_pictures_that_exist() -> None:
    text = (DOCS / "browsing.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`/survey/2019/([\w-]+)`", text)) == {page.name for page in site_pages.PAGES}
    questions = re.findall(r"^\| `/results/(\w+)` \| (.*?) \|", text, re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", words)) for name, words in questions} == {
        query.name: set(re.findall(r":(\w+)", query.sql)) for query in QUERIES
    }
    for name in re.findall(r"\((img/[\w-]+\.png)\)", text):
        assert 1_000 < (DOCS / name).stat().st_size < 200_000, name
