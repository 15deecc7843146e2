"""What is guessed decides only where the answer does; what the site names must be opened."""

import gzip

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import INDICATORS, Kind, names
from prober.domain.visit import Outcome
from tests.spiders.visit.walking import HOST, MENU, PAGES, Other, always, gone, visit, walked
from tests.spiders.web import entry, page, qa_page


@pytest.mark.parametrize(
    ("other", "slugs"),
    [
        (gone, True),
        (always(410), True),
        (always(200, PAGES["/"]), True),
        (always(302, "/"), True),
        (always(401), False),
        (always(429), False),
        (always(500), False),
        (always(503), False),
        (always(302, "/vong-1"), False),
        (always(0, "timeout"), False),
        (always(0, "refused"), False),
        (always(0, "robots"), False),
    ],
)  # fmt: skip
def test_a_guess_is_tried_only_if_its_answer_decides(other: Other, slugs: bool) -> None:
    coverage, asked, state = visit(other)
    assert "/hoi-dap" in asked and "/sitemap.xml" in asked
    assert (coverage.slugs, coverage.sitemap) == (slugs, slugs)
    assert (state == "not_found") is coverage.complete is slugs
    assert (coverage.failure is None) is slugs


def test_a_guess_that_failed_for_a_reason_that_may_pass_is_asked_again() -> None:
    first: set[str] = set()

    def once(path: str, number: int) -> tuple[int, str]:
        answer = gone(path, number) if path in first else (503, "<title>503</title>")
        first.add(path)
        return answer

    coverage, asked, state = visit(once)
    assert state == "not_found" and coverage.slugs and coverage.sitemap
    assert asked.count("/hoi-dap") == asked.count("/sitemap.xml") == 2


REFUSED = "<html><title>403 Forbidden</title><h1>Forbidden</h1>You don't have permission to access {} here.</html>"


def refuse(path: str, number: int) -> tuple[int, str]:
    return 403, REFUSED.format(path)


def test_a_server_that_refuses_every_unknown_path_has_no_such_page() -> None:
    coverage, asked, state = visit(refuse)
    assert state == "not_found" and coverage.complete
    guesses = [number for number, path in enumerate(asked) if "hoi-dap" in path or "sitemap" in path]
    probes = [number for number, path in enumerate(asked) if "khong-co-trang" in path]
    assert len(probes) == 2 and asked.count("/") == 3
    assert probes[0] < guesses[1] and max(guesses) < probes[1]
    steps = walked(refuse)[0].search_record(frozenset(names(INDICATORS))).steps
    outcomes = {step.url.removeprefix(HOST): (step.outcome, step.status) for step in steps}
    assert outcomes["/hoi-dap"] == outcomes["/sitemap.xml"] == (Outcome.MISSING, 403)


def test_a_ban_is_no_answer() -> None:
    """A firewall that refuses everything after some requests, and one that refuses in other words what it knows."""
    shut = False

    def banned(path: str, number: int) -> tuple[int, str]:
        nonlocal shut
        shut = shut or path == "/hoi-dap"
        return refuse(path, number) if shut else gone(path, number)

    class Banned(dict[str, str]):
        def __contains__(self, path: object) -> bool:
            return not shut and super().__contains__(path)

    coverage, asked, state = visit(banned, Banned(PAGES))
    assert state == "not_seen" and not coverage.slugs and coverage.failure == Failure.BLOCKED
    assert asked.count("/") == 2  # it was looked whether a known page is still answered

    def chosen(path: str, number: int) -> tuple[int, str]:
        return (403, "<title>Access denied</title>Access denied") if path == "/hoi-dap" else refuse(path, number)

    assert visit(chosen)[2] == "not_seen"


INDEX = f"<sitemapindex><loc>{HOST}/trang.xml</loc><loc>{HOST}/bai.xml</loc></sitemapindex>"
LISTED = f"<urlset><url><loc>{HOST}/hoi-dap-truc-tuyen</loc></url></urlset>"


def sitemaps(child: tuple[int, str], section: tuple[int, str]) -> Other:
    found = {
        "/so-do.xml": (200, INDEX),
        "/trang.xml": child,
        "/bai.xml": (200, "<urlset></urlset><loc>"),
        "/hoi-dap-truc-tuyen": section,
    }
    return lambda path, number: found.get(path) or gone(path, number)


@pytest.mark.parametrize(
    ("child", "section", "state"),
    [
        ((200, LISTED), (200, str(qa_page().body)), "found"),
        ((200, LISTED), (404, "<title>404</title>"), "not_found"),
        ((200, LISTED), (403, "<title>403</title>"), "not_seen"),
        ((200, LISTED), (0, "robots"), "not_seen"),
        ((503, "<title>503</title>"), (200, str(qa_page().body)), "not_seen"),
        ((403, "<title>403</title>"), (200, str(qa_page().body)), "not_seen"),
        ((0, "robots"), (200, str(qa_page().body)), "not_seen"),
        ((404, "<title>404</title>"), (404, "<title>404</title>"), "not_found"),
    ],
)  # fmt: skip
def test_what_a_sitemap_names_must_be_opened(child: tuple[int, str], section: tuple[int, str], state: str) -> None:
    """robots.txt names an index, the index two sitemaps, and one of them the section."""
    coverage, asked, said = visit(sitemaps(child, section), sitemaps=(f"{HOST}/so-do.xml",))
    assert said == state and {"/trang.xml", "/bai.xml"} <= set(asked)
    assert "/sitemap.xml" not in asked  # robots.txt named one, and it was read
    assert coverage.sitemap is (child[0] in (200, 404))


def test_a_packed_sitemap_is_read() -> None:
    def packed(path: str, number: int) -> tuple[int, str | bytes]:
        return (200, gzip.compress(LISTED.encode())) if path == "/so-do.xml.gz" else gone(path, number)

    coverage, asked, _ = visit(packed, sitemaps=(f"{HOST}/so-do.xml.gz",))
    assert "/hoi-dap-truc-tuyen" in asked and coverage.sitemap


def test_a_redirect_in_a_circle_is_no_move() -> None:
    menu = {**PAGES, "/": str(page("Trang chủ", menu=MENU + entry("/hoi-dap", "Hỏi đáp")).body)}

    def circle(path: str, number: int) -> tuple[int, str]:
        return (302, "/b" if path == "/hoi-dap" else "/hoi-dap") if path in ("/hoi-dap", "/b") else gone(path, number)

    coverage, _, state = visit(circle, menu)
    assert (
        state == "not_seen" and coverage.failure == Failure.HTTP_4XX and coverage.detail[0].code == "redirects_in_circle"
    )


def test_what_rests_on_a_link_alone_falls_with_it() -> None:
    """A menu that names a section of access to information proves it only as long as there is a page."""
    menu = MENU + entry("/tiep-can-thong-tin", "Tiếp cận thông tin")
    home = str(page("Trang chủ", menu=menu).body)
    said = (
        "<main><h1>Tiếp cận thông tin</h1><p>Quy chế cung cấp thông tin ban hành theo Quyết định 45/QĐ-STC</p></main>"
    )
    section = home.replace("Trang chủ", "Tiếp cận thông tin").replace("</body>", f"{said}</body>")
    assert visit(gone, {**PAGES, "/": home, "/tiep-can-thong-tin": section}, kind=Kind.ACCESS)[2] == "found"
    assert visit(gone, {**PAGES, "/": home}, kind=Kind.ACCESS)[2] == "not_seen"  # a broken link


SECTION = {**PAGES, "/": str(page("Trang chủ", menu=MENU + entry("/hoi-dap", "Hỏi đáp")).body)}


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:22/hoi-dap", "http://[::1]/", "http://localhost/", "file:///etc/x"]
)
def test_a_section_that_leads_to_a_machine_is_no_other_body_s(target: str) -> None:
    coverage, _, state = visit(lambda path, n: (302, target) if path == "/hoi-dap" else (404, "404"), SECTION)
    assert (state, coverage.failure) == ("not_seen", Failure.HTTP_4XX)


def test_a_section_that_leads_to_another_body_is_that_body_s() -> None:
    moved = "http://dichvucong.gov.test/hoi-dap"
    assert visit(lambda path, n: (302, moved) if path == "/hoi-dap" else (404, "404"), SECTION)[2] == "not_found"
    menu = MENU + entry("/tiep-can-thong-tin", "Tiếp cận thông tin")
    pages = {**PAGES, "/": str(page("Trang chủ", menu=menu).body)}
    assert (
        visit(lambda path, n: (302, moved) if "tiep-can" in path else (404, "404"), pages, kind=Kind.ACCESS)[2]
        == "not_found"
    )


def test_a_page_that_is_still_compressed_was_not_read() -> None:
    packed = gzip.compress(PAGES["/"].encode())
    coverage, _, state = visit(lambda path, n: (200, packed) if path == "/hoi-dap" else (404, "404"), SECTION)
    assert (state, coverage.failure) == ("not_seen", Failure.UNREADABLE)


@pytest.mark.parametrize(
    ("link", "state"),
    [
        ("<a href='#/hoi-dap'>Hỏi đáp</a>", "not_seen"),
        ("<a href='javascript:void(0)' rel='3'>Hỏi đáp</a>", "not_seen"),
        ("<a href='#'>Hỏi đáp</a>", "not_found"),
        ("<a href='javascript:void(0)'>Cỡ chữ</a>", "not_found"),
        ("<a onclick='mo(7)'>Hỏi đáp</a>", "not_seen"),
        ("<a onclick='gui()'>Gửi góp ý</a>", "not_found"),
        ("<button aria-expanded='false' onclick='tai(3)'>Câu hỏi thường gặp ▾</button>", "not_seen"),
        ("<ul class='menu'><li data-id='7'>Hỏi đáp</li></ul><script></script>", "not_seen"),
        (
            "<ul class='menu'><li><b>Hỏi đáp</b><ul><li><a href='/lien-he'>Liên hệ</a></ul></ul><script></script>",
            "not_found",
        ),
        ("<p>Hỏi đáp</p><script></script>", "not_found"),
    ],
)
def test_what_only_a_script_opens_was_not_seen(link: str, state: str) -> None:
    coverage, _, said = visit(gone, {**PAGES, "/": PAGES["/"].replace("</body>", f"{link}</body>")})
    assert said == state
    assert (coverage.failure == Failure.EMPTY_AFTER_RENDER) is (state == "not_seen")


def test_a_redirect_to_the_page_that_says_there_is_none() -> None:
    """Many a server sends unknown addresses to one page with status 200: there is nothing at any of them."""
    lost = str(page("Không tìm thấy trang", "<h1>Không tìm thấy trang</h1>").body)
    coverage, asked, said = visit(always(302, "/khong-thay"), {**PAGES, "/khong-thay": lost})
    assert (said, coverage.slugs, coverage.failure) == ("not_found", True, None)
    assert "/hoi-dap" in asked and asked.count("/khong-thay") == 1


def test_other_usual_sitemaps_are_asked_for_only_where_something_would_be_absent() -> None:
    listed = (200, f"<urlset><url><loc>{HOST}/hoi-dap-truc-tuyen</loc></url></urlset>")
    _, asked, state = visit(lambda path, number: listed if path == "/sitemap_index.xml" else gone(path, number))
    assert "/hoi-dap-truc-tuyen" in asked and asked.index("/sitemap.xml") < asked.index("/sitemap_index.xml")
    _, asked, state = visit(lambda path, number: listed if path == "/sitemap.xml" else gone(path, number))
    assert "/sitemap_index.xml" not in asked and state == "not_found"
    coverage, _, state = visit(lambda path, n: (403, "x") if path == "/sitemap_index.xml" else gone(path, n))
    assert state == "not_seen" and not coverage.sitemap
    _, asked, state = visit(lambda path, n: (0, "robots") if path == "/sitemap.xml" else gone(path, n))
    assert state == "not_seen" and "/sitemap_index.xml" not in asked


def test_links_that_lead_to_copies_in_folders_without_end_do_not_use_up_the_budget() -> None:
    """The server takes the last part of an address for its page, and links are relative to the folder."""
    menu = "".join(f"<a href='{name}/'>{name.capitalize()}</a>" for name in ("muc", "tin", "hoi-dap"))
    texts = {"": "Trang chủ của tỉnh", "muc": "Các mục", "tin": "Tin trong tuần", "hoi-dap": "Chưa có câu hỏi nào."}

    def by_last_part(path: str, number: int) -> tuple[int, str]:
        name = path.rstrip("/").rpartition("/")[2]
        body = f"<title>{name}</title><nav>{menu}</nav><p>{texts.get(name)}</p>"
        return (200, body) if name in texts else gone(path, number)

    walk, asked = walked(by_last_part, {})
    coverage = walk.coverage()
    assert coverage.failure != Failure.BUDGET and len(asked) < 40
    assert "/hoi-dap/" in asked


def test_headlines_are_not_opened_for_their_words_and_a_feed_is_after_all_else() -> None:
    """A headline keeps a quarter of what its words promise: it is news about the thing."""
    told = "Cục Thuế tổ chức hội nghị giải đáp thắc mắc cho {} doanh nghiệp trên địa bàn tỉnh"
    news = "".join(f"<p><a href='/tin/{number}'>{told.format(number)}</a></p>" for number in range(9))
    feed = "<link rel='alternate' type='application/rss+xml' href='/rss'></head>"
    home = PAGES["/"].replace("</body>", f"{news}</body>").replace("</head>", feed)
    articles = {f"/tin/{number}": str(page("Tin", "<h1>Tin</h1>").body) for number in range(9)}
    listed = f"<rss><channel><item><link>{HOST}/muc/hoi-dap</link></item></channel></rss>"
    _, asked, state = visit(gone, {**PAGES, **articles, "/": home, "/rss": listed, "/muc/hoi-dap": str(qa_page().body)})
    assert articles.keys().isdisjoint(asked)
    assert asked.index("/hoi-dap") < asked.index("/rss") < asked.index("/muc/hoi-dap") and state == "found"
