"""The search protocol as a function of the answers: what each step asks for, and what may be concluded then."""

from collections.abc import Mapping

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.search_protocol import Carried, LookMark, Outcome, ProtocolStep
from tests.spiders.visit.walking import MENU, PAGES, always, concluded, gone, state
from tests.spiders.web import entry, page, qa_page

SECTION = {"/hoi-dap": str(qa_page().body)}


def with_menu(*entries: tuple[str, str], **pages: str) -> dict[str, str]:
    """An honest site with more entries in its menu."""
    menu = MENU + "".join(entry(path, label) for path, label in entries)
    return {**PAGES, "/": str(page("Trang chủ", menu=menu, email="vanphong@camau.gov.test").body)}


def answers(path: str, status: int, html: str = "<title>x</title>") -> "object":
    """One address that answers so, every time; others are not found."""
    return lambda asked, number: (status, html) if asked == path else gone(asked, number)


def carried(told: Mapping[str, object], step: ProtocolStep) -> Carried:
    return next(one.carried for one in told["record"].steps if one.step == step)  # type: ignore[attr-defined]


NAMED = with_menu(("/hoi-dap", "Hỏi đáp"))
# What the address of a section that the menu names answers → the verdict, and the code of its first reason.
ANSWERS = [
    (404, "<title>404</title>Không tìm thấy trang", "not_found", "looked_everywhere"),
    (403, "<title>Forbidden</title>Forbidden", "not_seen", "blocked"),
    (429, "<title>429</title>Too Many Requests", "not_seen", "blocked"),
    (500, "<title>500</title>Internal Server Error", "not_seen", "http_5xx"),
    (0, "timeout", "not_seen", "timeout"),
    (0, "robots", "not_seen", "robots"),
    (302, "http://web01.noi-bo.test/", "not_seen", "moved"),
    (302, "/", "not_found", "looked_everywhere"),
]


@pytest.mark.parametrize(("status", "html", "verdict", "code"), ANSWERS)
def test_a_named_link_that_was_not_read_leaves_its_kind_unseen_and_one_that_is_gone_does_not(
    status: int, html: str, verdict: str, code: str
) -> None:
    told, _ = concluded(answers("/hoi-dap", status, html), NAMED)  # type: ignore[arg-type]
    assert state(told) == (verdict, code)
    assert state(told, Kind.EMAIL)[0] == "found"
    marks = {look.mark for look in told["looks"] if look.url.endswith("/hoi-dap")}
    assert marks <= {LookMark.NAMED_UNREAD} and (verdict == "not_seen" or marks)


# What every address besides those of the site answers → the verdict on questions.
ELSEWHERE = [
    (gone, "not_found"),
    (always(200, str(page("Trang chủ", "<p>Mời quý vị đọc tin.</p>", MENU).body)), "not_found"),
    (always(302, "/"), "not_found"),
    (always(403, "<title>Forbidden</title>Forbidden"), "not_found"),  # its policy: pages are answered after it
    (always(429, "<title>429</title>Too Many Requests"), "not_seen"),
    (always(0, "timeout"), "not_seen"),
]


@pytest.mark.parametrize(("other", "verdict"), ELSEWHERE)
def test_usual_paths_mean_what_a_made_up_address_means(other: object, verdict: str) -> None:
    told, asked = concluded(other)  # type: ignore[arg-type]
    assert state(told)[0] == verdict
    assert sum("khong-co-trang" in path for path in asked) >= 1


def test_a_usual_path_is_read_after_the_made_up_one() -> None:
    told, asked = concluded(gone, {**PAGES, **SECTION})
    assert state(told)[0] == "found"
    assert asked.index("/hoi-dap") > next(n for n, path in enumerate(asked) if "khong-co-trang" in path)


def test_a_home_page_that_is_not_reached_is_the_reason_for_everything() -> None:
    told, asked = concluded(always(0, "dns"), {})
    assert {state(told, kind) for kind in (Kind.QA, Kind.EMAIL, Kind.BUDGET)} == {("not_seen", "dns")}
    assert (told["outcome"], told["failure"]) == ("unreachable", Failure.DNS)
    assert len(asked) == 4  # with and without www and TLS
    assert {one.carried for one in told["record"].steps} == {Carried.NOT_DONE}


@pytest.mark.parametrize(
    "home",
    [
        "<title>Index of /</title><a href='a.zip'>a.zip</a><a href='b/'>b/</a>",
        "<title>Đăng nhập</title><form><input name=u><input type=password></form>",
        "<title>Sở</title><p>Hẹn gặp lại bà con vào đầu tháng tới.</p>",
    ],
)
def test_what_is_no_site_is_not_seen(home: str) -> None:
    told, _ = concluded(gone, {"/": home})
    assert state(told)[0] == "not_seen" and told["failure"] in (Failure.NO_SITE, Failure.CLOSED)
    assert carried(told, ProtocolStep.SITE) == Carried.NOT_DONE


def test_the_promising_addresses_of_a_sitemap_are_opened() -> None:
    listed = "<urlset><url><loc>http://camau.gov.test/muc/hoi-dap</loc></url></urlset>"
    told, asked = concluded(gone, {**PAGES, "/sitemap.xml": listed, "/muc/hoi-dap": SECTION["/hoi-dap"]})
    assert state(told)[0] == "found" and asked.index("/sitemap.xml") + 1 == asked.index("/muc/hoi-dap")


def test_a_sitemap_that_robots_txt_names_and_nobody_can_read_leaves_everything_unseen() -> None:
    told, _ = concluded(answers("/ds.xml", 500), sitemaps=("/ds.xml",))  # type: ignore[arg-type]
    assert state(told) == ("not_seen", "http_5xx")


def test_a_section_of_a_vague_name_is_opened_and_what_it_names_below() -> None:
    below = str(page("Tiện ích", "<h1>Tiện ích</h1><a href='/muc-17'>Hỏi đáp</a>", MENU).body)
    pages = with_menu(("/tien-ich", "Tiện ích")) | {"/tien-ich": below, "/muc-17": SECTION["/hoi-dap"]}
    told, _ = concluded(gone, pages)
    assert state(told)[0] == "found" and carried(told, ProtocolStep.SECTIONS) == Carried.DONE


def test_a_site_in_another_language_is_walked_in_its_own() -> None:
    english = "<html><title>Portal</title><body><p>Welcome to the portal.</p><a href='/vi/'>VN</a></body></html>"
    pages = {**PAGES, "/": english, "/vi/": PAGES["/"]}
    told, asked = concluded(gone, pages)
    assert "/vi/" in asked and state(told, Kind.EMAIL)[0] == "found"


def test_what_timed_out_once_is_asked_for_once_more_at_the_end() -> None:
    def slow(path: str, number: int) -> tuple[int, str]:
        asked.append(path)
        if path != "/hoi-dap":
            return gone(path, number)
        return (0, "timeout") if asked.count(path) == 1 else (200, SECTION["/hoi-dap"])

    asked: list[str] = []
    told, order = concluded(slow, NAMED)
    assert state(told)[0] == "found" and order[-1] == "/hoi-dap"
    again = [row for row in told["record"].addresses if row.step == ProtocolStep.ONCE_MORE]
    assert [row.outcome for row in again] == [Outcome.READ]


def test_a_budget_that_is_used_up_leaves_open_what_was_not_found() -> None:
    told, asked = concluded(gone, budget=2)
    assert len(asked) == 2 and state(told) == ("not_seen", "budget") and told["outcome"] == "partial"


def test_the_record_has_every_step_in_its_order_and_every_address_once() -> None:
    told, asked = concluded(gone)
    record = told["record"]
    assert [one.step for one in record.steps] == list(ProtocolStep)
    assert sorted(row.url.removeprefix("http://camau.gov.test") for row in record.addresses) == sorted(asked)


def test_the_look_list_has_sub_domains_of_the_body_and_no_departments_nor_the_site_map() -> None:
    links = (
        ("http://bandoc.camau.gov.test/", "Bạn đọc"),
        ("http://sxd.camau.gov.test/", "Sở Xây dựng"),
        ("/so-do-cong", "Sơ đồ cổng"),
    )
    site_map = str(page("Sơ đồ cổng", "<p>Sơ đồ các chuyên mục của cổng.</p>", MENU).body)
    told, _ = concluded(gone, {**with_menu(*links), "/so-do-cong": site_map})
    shown = {(look.mark, look.url) for look in told["looks"]}
    assert (LookMark.OTHER_HOST, "http://bandoc.camau.gov.test/") in shown
    assert not [url for _, url in shown if "sxd" in url or "so-do" in url]
