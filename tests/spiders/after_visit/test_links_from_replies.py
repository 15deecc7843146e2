"""Addresses that replies named: looked at once by the ordinary visit, politely, and without bearing on its findings."""

from collections.abc import Iterator

import pytest

from prober.domain.hostnames import scope
from prober.domain.visit import LinkCheck
from prober.sandbox.sites.sample_documents import pdf
from prober.store import Database, open_results
from prober.store.results import registry, scans
from spiders.after_visit.links_from_replies import LinksFromReplies
from spiders.visit.record import VisitRecord
from spiders.visit.state import VisitState
from spiders.visit.step import StepResult as Received
from spiders.visit.step import VisitStep
from spiders.visit.visit_runner import body
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, Answer, Bench, Site, Web, agency, page, plain_site

PAPER = pdf(["Quyet toan 2018"], NOW.date())
FOUND = {
    "http://camau.gov.test/cong-khai/quyet-toan-2018.pdf": ("there", 200, "application/pdf"),
    "http://www.camau.gov.test/hoi-dap": ("there", 200, ""),  # the visit had read it
    "http://camau.gov.test/cu?utm_source=thu": ("there", 200, "text/html"),  # redirected
    "http://camau.gov.test/da-xoa.html": ("gone", 404, "text/html"),
    "http://camau.gov.test/mat": ("gone", 200, "text/html"),
    "http://camau.gov.test/rieng/a.pdf": ("unknown", 0, ""),
    "http://khac.gov.test/a.pdf": ("not checked", None, None),
    "https://drive.example/…": ("not checked", None, None),
}


def site(slug: str) -> Site:
    kind = {"Content-Type": "application/pdf"}
    return plain_site(f"vanphong@{slug}.gov.test") | {
        "/robots.txt": Answer("User-agent: *\nDisallow: /rieng/", headers={"Content-Type": "text/plain"}),
        "/cong-khai/quyet-toan-2018.pdf": Answer(PAPER, headers=kind),
        "/rieng/a.pdf": Answer(PAPER, headers=kind),
        "/cu": Answer("", 301, {"Location": "/moi"}),
        "/moi": page("Dự toán", "<h1>Dự toán</h1><p>Liên hệ: giaban@tructuyen.example, zalo.me/0900000000</p>"),
        "/mat": page("Không tìm thấy trang", "<h1>Không tìm thấy trang</h1>"),
    }


def reply_with(db: Database, urls: list[str]) -> None:
    """One reply of the portal that names `urls`."""
    now = NOW.isoformat()
    tables: dict[str, dict[str, object]] = {
        "campaign": {
            "id": "c", "title": "c", "world": "sandbox", "frame": "2019", "kind": "portal", "status": "approved",
            "regime": "ATI-2016", "protocol_sha256": "", "created_at": now, "waiting_working_days": 15,
            "reminder_working_days": 0, "seed": 1,
        },
        "request": {
            "id": 1, "campaign": "c", "agency": "2019-ca-mau", "position": 1, "to_address": "a@camau.gov.test",
            "state": "accepted", "legally_valid": 0,
        },
        "reply": {
            "id": 1, "request": 1, "message_sha256": "0", "received_at": now, "event": "L1", "rule": "link.document",
            "words": "", "human": 1, "substantive": 1, "match_reason": "", "match_score": 1.0, "sender_class": "agency",
            "hours": 1.0, "working_days": 0, "after_reminder": 0, "inside_window": 1, "attachments": 0,
        },
    }  # fmt: skip
    for table, row in tables.items():
        db.table(table).insert(row)
    for position, url in enumerate(urls, 1):
        whose = "elsewhere" if "drive" in url else "own"
        row = {"reply": 1, "position": position, "url": url, "target": "document", "site": whose}
        db.table("reply_link").insert(row)


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    """The same site twice, as one agency of which no reply came and as one whose reply names addresses."""
    web, folder = Web(), tmp_path_factory.mktemp("pointed")
    web.sites |= {f"{slug}.gov.test": site(slug) for slug in ("camau", "hagiang")}
    web.sites["khac.gov.test"] = {"/a.pdf": Answer(PAPER)}
    bench = Bench.at(folder, web)
    db = open_results(bench.config.paths.results)
    registry.sync(db, [agency("ca-mau"), agency("ha-giang")], (), "sandbox")
    reply_with(db, list(FOUND))
    db.close()
    bench.run(agency("ca-mau"), agency("ha-giang"))
    yield web, bench
    web.close()


def test_what_stands_at_each_address_is_stored(looked: tuple[Web, Bench]) -> None:
    _, bench = looked
    rows = bench.rows("SELECT url, found, status, media_type FROM answer_links")
    assert {url: tuple(found) for url, *found in rows} == FOUND
    told = bench.rows("SELECT title, sha256 != '', checked_at FROM answer_links WHERE url LIKE '%/cu?%'")
    assert told == [("Dự toán - Cổng thông tin điện tử", 1, NOW.isoformat())]
    assert bench.rows("SELECT failure FROM answer_links WHERE found = 'unknown'") == [("robots",)]


def test_each_is_asked_for_once_and_what_robots_txt_closes_never(looked: tuple[Web, Bench]) -> None:
    web, _ = looked
    asked = web.targets("camau.gov.test")
    assert [asked.count(target) for target in ("/cong-khai/quyet-toan-2018.pdf", "/moi", "/hoi-dap")] == [1, 1, 1]
    assert "/rieng/a.pdf" not in asked
    assert web.targets("www.camau.gov.test") == web.targets("khac.gov.test") == []


def test_what_came_is_kept_as_evidence(looked: tuple[Web, Bench]) -> None:
    _, bench = looked
    sql = "SELECT e.media_type FROM answer_links l JOIN evidence e ON e.sha256 = l.sha256 WHERE l.url LIKE '%.pdf'"
    assert bench.rows(sql) == [("application/pdf",)]


def test_pages_that_replies_name_say_nothing_of_what_a_site_offers(looked: tuple[Web, Bench]) -> None:
    _, bench = looked
    seen = [bench.rows("SELECT kind, category, value FROM finding WHERE agency = ? ORDER BY 1, 2, 3", f"2019-{slug}")
            for slug in ("ca-mau", "ha-giang")]  # fmt: skip
    plain = [[(kind, category, value.replace("hagiang", "camau")) for kind, category, value in rows] for rows in seen]
    assert plain[0] == plain[1] and not [value for _, _, value in plain[0] if "tructuyen" in value or "zalo" in value]
    assert len(set(bench.rows("SELECT outcome, failure FROM visit"))) == 1


def test_what_leads_to_a_page_that_the_visit_read_leaves_that_page_as_it_was_read() -> None:
    home, old, moved = (f"http://camau.gov.test/{path}" for path in ("", "cu", "hoi-dap"))
    log = VisitRecord()
    log.page(VisitStep(home, "home"), Received(home, NOW, 200, body=b"<html>"), None)
    log.page(VisitStep(moved, "menu"), Received(moved, NOW, 301, {"location": home}), None)
    site = agency("ca-mau")
    state = VisitState(body(site, vocabulary=VIETNAMESE), scope(site, ()))
    state.record = log
    named = LinksFromReplies(state, [moved, old])
    step = named.next_step()
    assert step is not None and step.url == old
    named.take(step, Received(old, NOW, 302, {"location": "/"}))
    assert named.next_step() is None
    assert named.checks == [LinkCheck(moved, home), LinkCheck(old, home)]
    assert log.pages[home].found_by == "home" and log.pages[old].found_by == "reply"


def test_only_what_could_not_be_read_is_asked_for_again_and_not_for_ever(looked: tuple[Web, Bench]) -> None:
    _, bench = looked
    unread, foreign = "http://camau.gov.test/rieng/a.pdf", "http://khac.gov.test/a.pdf"
    db = open_results(bench.config.paths.results)
    scan = next(db.query("SELECT * FROM scan"))
    page = next(db.query("SELECT * FROM page WHERE url = ?", [unread]))
    seen = next(db.query("SELECT * FROM visit WHERE id = ?", [page["visit"]]))
    left = []
    for number in range(2, scans.TRIES + 2):
        left.append([url for _, url in scans.addresses_to_check(db)])
        db.table("scan").insert(scan | {"id": number})
        visit = db.table("visit").insert(seen | {"id": 1000 + number, "scan": number}).last_pk
        db.table("page").insert(page | {"id": 1000 + number, "visit": visit, "last_visit": visit})
        scans.save_checks(db, number, [LinkCheck(unread, unread)], {unread: 1000 + number})
    db.close()
    assert left == [[unread, foreign], [unread, foreign], [foreign]]
