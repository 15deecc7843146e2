"""What was not seen leaves open what it may have shown, and nothing else."""

from collections.abc import Iterable, Mapping

import pytest

from prober.domain.coverage import aged, verdicts
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.reason import Reason
from spiders.visit.site_visit import SiteVisit
from tests.spiders.visit.walking import AT, HOST, PAGES, Other, always, gone, walked
from tests.spiders.web import entry, page

ALL = frozenset({Kind.QA, Kind.EMAIL, Kind.ACCESS, Kind.SOCIAL, Kind.WEB_FORM, Kind.BUDGET})
PLAIN = "<p>Sở tham mưu cho Ủy ban nhân dân tỉnh về tài chính và giá.</p>" * 3


def site(*menu: tuple[str, str]) -> dict[str, str]:
    """Pages of a site that shows nothing of what is looked for; the targets of `menu` are not among them."""
    others = [("/gioi-thieu", "Giới thiệu"), ("/tin-tuc", "Tin tức"), ("/van-ban", "Văn bản")]
    shown = "".join(entry(url, label) for url, label in (*others, *menu))
    return {
        "/": str(page("Trang chủ", PLAIN, shown).body),
        **{url: str(page(label, f"<h1>{label}</h1>{PLAIN * 2}<p>{url}</p>", shown).body) for url, label in others},
    }


def plain(url: str, label: str) -> str:
    """A page of its own name that shows nothing of what is looked for."""
    return str(page(label, f"<h1>{label}</h1>{PLAIN * 2}<p>{url}</p>").body)


def open_kinds(walk: SiteVisit) -> set[str]:
    """The kinds that are unknown; all others must be absent."""
    coverage = walk.coverage()
    told = {one.kind: one.state for one in verdicts(walk.report()["findings"], coverage, AT.date())}
    assert set(told.values()) <= {"not_seen", "not_found"}
    assert coverage.complete is all(coverage.of(kind).complete for kind in told)
    assert walk.outcome(coverage) == ("partial" if "not_seen" in told.values() else "seen")
    return {kind for kind, state in told.items() if state == "not_seen"}


def shut(*paths: str, answer: Other) -> Other:
    return lambda path, number: answer(path, number) if path in paths else gone(path, number)


@pytest.mark.parametrize(("label", "kinds"), [
    ("Hỏi đáp", {Kind.QA, Kind.WEB_FORM}), ("Liên hệ", {Kind.EMAIL, Kind.WEB_FORM, Kind.SOCIAL}),
    ("Tiếp cận thông tin", {Kind.ACCESS}),
    ("Công khai minh bạch", {Kind.ACCESS, Kind.BUDGET}), ("Hình ảnh", set()), ("Công dân", ALL),
    ("Thông tin công dân được tiếp cận", {Kind.QA, Kind.ACCESS, Kind.WEB_FORM}),
])  # fmt: skip
def test_a_page_that_fails_leaves_open_what_its_link_promises(label: str, kinds: Iterable[str]) -> None:
    walk, asked = walked(shut("/muc", answer=always(500)), site(("/muc", label)))
    assert open_kinds(walk) == set(kinds)
    assert "/muc" in asked or not kinds


@pytest.mark.parametrize("answer", [always(500), always(0, "timeout"), always(0, "unreadable")])
def test_a_section_whose_name_tells_nothing_may_hold_anything_while_it_fails(answer: Other) -> None:
    walk, asked = walked(shut("/muc", answer=answer), site(("/muc", "Chuyên mục")))
    assert "/muc" in asked and open_kinds(walk) == ALL - {Kind.SOCIAL}
    walk, asked = walked(shut("/muc", answer=answer), site(("/muc", "Tin tức - Sự kiện")))
    assert open_kinds(walk) == set()
    walk, asked = walked(shut("/muc", answer=answer), site(("/muc", "Chuyên mục"), ("/muc", "Công khai ngân sách")))
    assert open_kinds(walk) == {Kind.BUDGET, Kind.ACCESS}  # another link says what it holds
    walk, asked = walked(shut("/muc", answer=gone), site(("/muc", "Chuyên mục")))
    assert "/muc" in asked and open_kinds(walk) == set()


MISSING = "<title>Không tìm thấy trang</title><h1>Không tìm thấy trang</h1>"


@pytest.mark.parametrize("answer", [gone, always(410), always(200, MISSING)])
@pytest.mark.parametrize(("label", "kinds"), [
    ("Hỏi đáp", {Kind.QA, Kind.WEB_FORM}), ("Liên hệ", {Kind.EMAIL, Kind.WEB_FORM, Kind.SOCIAL}),
    ("Góp ý", {Kind.QA, Kind.WEB_FORM}), ("Hình ảnh", set()),
])  # fmt: skip
def test_a_broken_link_of_the_menu_leaves_open_what_it_names(answer: Other, label: str, kinds: set[str]) -> None:
    walk, asked = walked(shut("/muc", answer=answer), site(("/muc", label)))
    assert open_kinds(walk) == kinds
    for kind in kinds:
        (told,) = [one for one in verdicts((), walk.coverage(), AT.date()) if one.kind == kind]
        assert told.reasons == (Reason("broken_link", url=f"{HOST}/muc"),)
    steps = {step.url: step.outcome for step in walk.search_record(ALL).steps}
    assert not kinds or steps[f"{HOST}/muc"] == "failed"


def test_a_broken_link_is_nothing_where_another_of_the_same_words_leads_there() -> None:
    pages = site(("/muc", "Hỏi đáp"), ("/hoi", "Hỏi đáp"))
    assert open_kinds(walked(gone, pages)[0]) == {Kind.QA, Kind.WEB_FORM}
    there = pages | {"/hoi": plain("/hoi", "Hỏi đáp").replace("</h1>", "</h1><p>Chưa có câu hỏi.</p>")}
    assert open_kinds(walked(gone, there)[0]) == set()


def test_what_is_no_page_behind_an_entry_of_the_menu_stays_open() -> None:
    answer = shut("/muc", answer=always(200, '{"cau_hoi": []}'))
    assert open_kinds(walked(answer, site(("/muc", "Hỏi đáp")))[0]) == {Kind.QA, Kind.WEB_FORM}
    assert open_kinds(walked(answer, site(("/muc", "Hình ảnh")))[0]) == set()
    assert open_kinds(walked(answer, site(("/muc", "Ngân sách")))[0]) == {Kind.BUDGET}
    everywhere = always(200, '{"code": 429, "message": "Too many"}')
    assert open_kinds(walked(everywhere, site(("/muc", "Hình ảnh")))[0]) == ALL  # so answer the usual paths


@pytest.mark.parametrize(("target", "kinds"), [
    ("http://web01.noi-bo.test/hoi-dap", {Kind.QA, Kind.WEB_FORM}), ("http://web01/hoi-dap", {Kind.QA, Kind.WEB_FORM}),
    ("http://hoidap.thanhpho.gov.test/", set()),
])  # fmt: skip
def test_a_section_that_leads_to_a_name_that_is_nobody_s_was_not_seen(target: str, kinds: set[str]) -> None:
    """As the server calls itself in its own network; another public body's section is its own."""
    assert open_kinds(walked(shut("/muc", answer=always(302, target)), site(("/muc", "Hỏi đáp")))[0]) == kinds
    assert open_kinds(walked(shut("/muc", answer=always(302, target)), site(("/muc", "Hình ảnh")))[0]) == set()


def test_a_link_in_the_text_of_an_inner_page_names_no_section() -> None:
    pages = site()
    pages["/tin-tuc"] = pages["/tin-tuc"].replace("<h1>", "<p><a href='/cu'>Hỏi đáp</a></p><h1>")
    assert open_kinds(walked(gone, pages)[0]) == set()


@pytest.mark.parametrize("answer", [
    always(403, "<title>403 Forbidden</title>Forbidden"), always(401), always(503), always(429),
    always(0, "robots"), always(0, "timeout"), always(0, "refused"), always(200, "<title>Just a moment...</title>"
    "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script>"),
])  # fmt: skip
@pytest.mark.parametrize(("label", "kind"), [("Hỏi đáp", Kind.QA), ("Tiếp cận thông tin", Kind.ACCESS)])
def test_in_whatever_way_it_is_refused(answer: Other, label: str, kind: str) -> None:
    """The link alone proves no section."""
    assert open_kinds(walked(shut("/muc", answer=answer), site(("/muc", label)))[0]) - {Kind.WEB_FORM} == {kind}


def test_the_reasons_of_a_verdict_are_those_of_its_kind() -> None:
    pages = site(("/hoi-dap", "Hỏi đáp"), ("/lien-he", "Liên hệ"))
    walk, _ = walked(lambda path, n: {"/hoi-dap": (401, "x"), "/lien-he": (500, "x")}.get(path, gone(path, n)), pages)
    assert open_kinds(walk) == {Kind.QA, Kind.EMAIL, Kind.WEB_FORM, Kind.SOCIAL}
    told = {one.kind: one.reasons for one in verdicts((), walk.coverage(), AT.date())}
    assert Reason("candidates_unopened", unopened=1, candidates=1) in told[Kind.QA]
    assert {reason.code for reason in told[Kind.QA]} == {"candidates_unopened", "blocked_pages", "blocked"}
    assert {reason.code for reason in told[Kind.EMAIL]} == {"candidates_unopened", "http_5xx"}
    assert told[Kind.ACCESS] == told[Kind.BUDGET] == (Reason("looked_everywhere"),)


@pytest.mark.parametrize("other", [
    shut("/sitemap.xml", answer=always(403)), shut("/sitemap.xml", answer=always(0, "timeout")),
    always(429), always(503), always(0, "refused"),
])  # fmt: skip
def test_what_may_have_shown_anything_leaves_everything_open(other: Other) -> None:
    assert open_kinds(walked(other, site())[0]) == ALL


def test_who_refuses_the_usual_paths_of_two_kinds_may_hide_anything() -> None:
    mapped = site() | {"/sitemap.xml": f"<urlset><url><loc>{HOST}/tin-tuc</loc></url></urlset>"}
    assert open_kinds(walked(always(429), mapped)[0]) == ALL
    assert open_kinds(walked(always(0, "robots"), mapped)[0]) == {Kind.QA, Kind.EMAIL, Kind.ACCESS, Kind.BUDGET}


def test_a_usual_path_without_an_answer_leaves_open_what_it_is_usual_for() -> None:
    for_access = {path for path in walked(gone, site())[1] if "tiep-can" in path}
    walk, _ = walked(shut(*for_access, answer=always(500)), site())
    assert for_access and open_kinds(walk) == {Kind.ACCESS}
    assert not walk.coverage().of(Kind.ACCESS).slugs and walk.coverage().of(Kind.QA).slugs


@pytest.mark.parametrize("href", ["javascript:void(0)", "javascript:__doPostBack(&#39;ctl00$mnu&#39;,&#39;hd&#39;)"])
def test_what_only_a_script_opens_leaves_open_what_it_promises(href: str) -> None:
    assert open_kinds(walked(gone, site((href, "Hỏi đáp")))[0]) == {Kind.QA, Kind.WEB_FORM}


def test_a_host_that_answers_nothing_more_leaves_everything_open() -> None:
    """The pages that it refused promised questions only; who knows what the others would have shown."""
    limited = False

    def after_a_while(path: str, number: int) -> tuple[int, str]:
        nonlocal limited
        limited = limited or path in ("/hoi-dap", "/giai-dap")
        return (429, "<title>429</title>") if limited else gone(path, number)

    class Limited(dict[str, str]):
        def __contains__(self, path: object) -> bool:
            return not limited and super().__contains__(path)

    sitemap = f"<urlset><url><loc>{HOST}/hoi-dap</loc></url><url><loc>{HOST}/giai-dap</loc></url></urlset>"
    pages = {**site(("/lien-he", "Liên hệ")), "/sitemap.xml": sitemap, "/lien-he": plain("/lien-he", "Liên hệ")}
    assert open_kinds(walked(after_a_while, Limited(pages))[0]) == ALL
    assert open_kinds(walked(shut("/hoi-dap", "/giai-dap", answer=always(429)), pages)[0]) == {Kind.QA, Kind.WEB_FORM}


@pytest.mark.parametrize(("budget", "kinds"), [(3, ALL), (20, ALL - {Kind.SOCIAL, Kind.BUDGET})])
def test_a_budget_that_ran_out_leaves_open_what_was_still_to_be_asked(budget: int, kinds: set[str]) -> None:
    """The search names more places than the budget allows; sections of any name were to be opened after them."""
    places = [f"{'/phong' * (1 + number % 8)}/{'abcde'[number // 8] * 3}" for number in range(40)]
    results = "".join(f'<a href="{url}">Hỏi đáp</a>' for url in places)

    def answer(path: str, number: int) -> tuple[int, str]:
        if path.startswith("/tim-kiem"):
            return 200, str(page("Kết quả", f"<p>{path}</p>{results if 'h%E1%BB%8Fi' in path else ''}").body)
        return (200, str(page("Phòng", f"<p>{path}</p>{PLAIN}").body)) if path in places else gone(path, number)

    pages = site(("/tim-kiem?q=tin", "Tìm kiếm"), ("/lien-he", "Liên hệ"), ("/danh-ba", "Danh bạ"))
    read = {"/lien-he": plain("/lien-he", "Liên hệ"), "/danh-ba": plain("/danh-ba", "Danh bạ")}
    assert open_kinds(walked(answer, pages | read, budget=budget)[0]) == kinds


def test_a_site_that_is_none_leaves_everything_open() -> None:
    same: Mapping[str, str] = dict.fromkeys(site(), PAGES["/"].replace("vanphong@camau.gov.test", ""))
    assert open_kinds(walked(always(403), same)[0]) == ALL


def test_a_site_that_nobody_keeps_leaves_everything_open_whatever_failed_on_it() -> None:
    walk, _ = walked(shut("/muc", answer=always(500)), site(("/muc", "Hỏi đáp")))
    coverage = aged(walk.coverage(), "2015")
    assert coverage.of(Kind.QA).failure == Failure.HTTP_5XX and coverage.of(Kind.SOCIAL).failure == Failure.STALE
    assert not coverage.complete and not coverage.of(Kind.SOCIAL).complete
    assert aged(walk.coverage(), "") == walk.coverage()


CLOSED = always(403, "<title>403 Forbidden</title>Forbidden")


@pytest.mark.parametrize("answer", [CLOSED, always(0, "robots")])
def test_a_page_of_any_name_that_is_closed_to_us_may_hold_anything(answer: Other) -> None:
    """Pages of any name are opened for what is missing; social channels stand in the frame."""
    assert open_kinds(walked(shut("/muc", answer=answer), site(("/muc", "Chuyên trang")))[0]) == ALL - {Kind.SOCIAL}


@pytest.mark.parametrize("target", ["/xem?muc=3&thang=11", "/in-bai/3", f"/{'a' * 320}"])
def test_a_section_at_an_address_that_is_never_opened_stays_open(target: str) -> None:
    walk, asked = walked(gone, site((target, "Hỏi đáp")))
    assert open_kinds(walk) == {Kind.QA, Kind.WEB_FORM} and target not in asked
    assert open_kinds(walked(gone, site((target, "Hình ảnh")))[0]) == set()


def test_a_map_of_the_site_that_is_gone_leaves_everything_open() -> None:
    assert open_kinds(walked(gone, site(("/so-do", "Sơ đồ trang")))[0]) == ALL


def test_a_view_of_an_application_is_a_page_of_the_site_whatever_its_name() -> None:
    views = "".join(entry(f"#/{name}", name) for name in ("gioi-thieu", "tai-lieu"))
    walk, _ = walked(gone, {"/": str(page("Trang chủ", PLAIN, views).body)})
    assert open_kinds(walk) == ALL and walk.coverage().failure is Failure.EMPTY_AFTER_RENDER


def test_what_only_a_form_opens_is_settled_by_a_link_of_the_same_words() -> None:
    button = "<form action='/m/3'><button>Hỏi đáp</button></form>"
    pages = site()
    pages["/"] = pages["/"].replace("</main>", f"{button}</main>").replace("</body>", f"{button}</body>", 1)
    assert open_kinds(walked(gone, pages)[0]) == {Kind.QA, Kind.WEB_FORM}
    pages["/tin-tuc"] = pages["/tin-tuc"].replace("<h1>", "<a href='/muc'>Hỏi đáp</a><h1>")
    pages["/muc"] = pages["/van-ban"].replace(
        "Văn bản</h1>",
        "Chuyên đề</h1><p>Sở giới thiệu chuyên đề cải cách hành chính của năm tại từng phòng, từng đơn vị.</p>",
    )
    assert open_kinds(walked(gone, pages)[0]) == set()


@pytest.mark.parametrize(("sitemap", "kinds"), [
    ("<urlset></urlset>", set()), ("<?xml version='1.0'?><error>Database</error>", ALL), ("<urlset><url>", ALL),
])  # fmt: skip
def test_a_sitemap_that_cannot_be_read_to_its_end_leaves_everything_open(sitemap: str, kinds: set[str]) -> None:
    xml = "<!-- <loc> -->"  # so that it is served as XML
    pages = site() | {"/ban-do.xml": sitemap.replace("<url", f"{xml}<url", 1) if "<url" in sitemap else sitemap + xml}
    assert open_kinds(walked(gone, pages, sitemaps=(f"{HOST}/ban-do.xml",))[0]) == kinds


@pytest.mark.parametrize(("box", "kinds"), [(False, {Kind.QA, Kind.WEB_FORM}), (True, set())])
def test_a_section_that_asks_for_a_password_was_not_seen(box: bool, kinds: set[str]) -> None:
    """Where the home page has a box to log in, so may any page."""
    login = "<form><input name='u'><input type='password' name='p'><button>Đăng nhập</button></form>"
    pages = site(("/muc", "Hỏi đáp"))
    pages["/muc"] = plain("/muc", "Hỏi đáp").replace("</h1>", f"</h1><p>Chưa có câu hỏi.</p>{PLAIN * 4}{login}")
    pages["/"] = pages["/"].replace("</body>", f"{login}</body>") if box else pages["/"]
    assert open_kinds(walked(gone, pages)[0]) == kinds


@pytest.mark.parametrize(
    ("label", "kinds"), [("Đăng nhập hệ thống", set()), ("Sign in", set()), ("Chuyên mục", ALL - {Kind.SOCIAL})]
)
def test_a_link_to_log_in_that_is_closed_to_crawlers_leaves_nothing_open(label: str, kinds: set[str]) -> None:
    walk, _ = walked(shut("/quan-tri", answer=always(0, "robots")), site(("/quan-tri", label)))
    assert open_kinds(walk) == kinds
