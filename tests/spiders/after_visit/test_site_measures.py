"""What is measured of a whole site: a crawl of small sites by the study portal-review, and what it asked for."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from prober.studies.folder import packaged
from tests.spiders.visit.walking import gone, walked
from tests.spiders.web import Answer, Bench, Site, Web, agency, entry, page

TEXT = {"Content-Type": "text/plain"}
FILE = "Contact: mailto:attt@camau.gov.test\nExpires: 2021-01-01T00:00:00Z\n"
TITLE = "Khởi công cầu vượt sông tại thị trấn Năm Căn"
TARGET = "/tin/cau-vuot"
ASKED = f"/tim-kiem?q={quote_plus(TITLE)}"
MENU = entry("/tin-tuc", "Tin tức") + entry("/van-ban", "Văn bản") + entry("/tim-kiem?q=dat", "Tìm: đất")
NEWS = f"<h1>Tin tức</h1><p><a href='{TARGET}'>{TITLE}</a></p>"
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def made(answer: Answer) -> Answer:
    answer.body = str(answer.body).replace("<head>", f"<head>{VIEWPORT}", 1)
    return answer


def site() -> Site:
    names = {"/": "Trang chủ", "/gioi-thieu": "Giới thiệu", "/van-ban": "Văn bản", TARGET: TITLE}
    pages: Site = {path: made(page(name, f"<h1>{name}</h1>", MENU)) for path, name in names.items()}
    pages["/tin-tuc"] = made(page("Tin tức", NEWS, MENU))
    pages[ASKED] = page("Kết quả", f"<h1>Kết quả</h1><p><a href='{TARGET}'>Khởi công cầu</a></p>", MENU)
    pages["/.well-known/security.txt"] = Answer(FILE, 200, TEXT)
    return pages


def careless() -> Site:
    """Whatever is asked for, a page is shown; its search finds nothing, and its links tell nothing."""
    vague = "".join(f"<p>Tin {n} <a href='/tin-tuc'>Xem thêm</a></p>" for n in range(40))
    pages = site()
    pages["/"] = page("Trang chủ", f"<marquee>Chào mừng quý khách</marquee>{vague}", MENU)
    pages[ASKED] = page("Kết quả", f"<h1>Kết quả tìm kiếm cho: {TITLE}</h1><p>Không có bài nào.</p>", MENU)
    del pages["/.well-known/security.txt"]
    return pages | {"*": page("Trang này", "<h1>Chào mừng</h1>", MENU)}


def refusing() -> Site:
    """It refuses whatever no page of it links."""
    return {**site(), ASKED: Answer("<title>Lỗi</title>", 500), "*": Answer("<title>Cấm</title>Forbidden", 403),
            "/.well-known/security.txt": Answer("<title>Cấm</title>Forbidden", 403)}  # fmt: skip


def closed() -> Site:
    return {"*": Answer("<title>Thông báo</title><p>Cổng thông tin tạm dừng để bảo trì.</p>")}


SITES = {"careful": site, "careless": careless, "refusing": refusing, "closed": closed}
SOUGHT = packaged("portal-review").sought


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    web = Web()
    web.sites |= {f"{name}.gov.test": made() for name, made in SITES.items()}
    bench = Bench.at(tmp_path_factory.mktemp("measures"), web, delay=0.01)
    bench.sought = SOUGHT
    bench.run(*map(agency, SITES))
    yield web, bench
    web.close()


VERDICTS = {
    "told_404": ("found", "not_found", "not_found", "not_seen"),
    "search_finds": ("found", "not_found", "not_found", "not_seen"),
    "security_txt": ("found", "not_found", "not_found", "not_seen"),
    "https_hsts": ("not_found", "not_found", "not_found", "not_seen"),
    "mobile": ("found", "not_found", "found", "not_seen"),
    "link_text": ("found", "not_found", "found", "not_seen"),
    "accessibility": ("not_seen", "not_seen", "not_seen", "not_seen"),  # no browser is used here
}


@pytest.mark.parametrize("name", VERDICTS)
def test_its_verdicts(crawled: tuple[Web, Bench], name: str) -> None:
    assert tuple(crawled[1].verdicts(slug)[name] for slug in SITES) == VERDICTS[name]


def test_what_is_said_has_a_proof(crawled: tuple[Web, Bench]) -> None:
    names = ", ".join(f"'{name}'" for name in VERDICTS)
    bare = crawled[1].rows(
        f"SELECT kind FROM latest_verdict WHERE kind IN ({names}) AND state != 'not_seen' AND observation IS NULL"
    )
    assert not bare


@pytest.mark.needs("chromium")
def test_a_browser_judges_the_stored_home_page(tmp_path: Path) -> None:
    web = Web()
    sound = {"<html>": "<html lang='vi'>"}
    web.sites |= {"sound.gov.test": site(), "faulty.gov.test": site()}
    for path, answer in site().items():
        if isinstance(answer, Answer):
            web.sites["sound.gov.test"][path] = Answer(str(answer.body).replace("<html>", sound["<html>"]))
    bench = Bench.at(tmp_path, web, delay=0.01, browser="auto", timeout=60.0)
    bench.sought = tuple(one for one in SOUGHT if one.kind == "accessibility")
    bench.run(agency("sound"), agency("faulty"))
    web.close()
    assert [bench.verdicts(name) for name in ("sound", "faulty")] == [
        {"accessibility": "found"}, {"accessibility": "not_found"},
    ]  # fmt: skip
    ((snippet,),) = bench.rows("SELECT snippet FROM observation WHERE state = 'not_found'")
    assert snippet.startswith("html-has-lang 1; html: <html>")


def test_at_most_four_requests_are_made_for_it(crawled: tuple[Web, Bench]) -> None:
    own = crawled[1].rows("SELECT agency, COUNT(*) FROM page WHERE found_by IN ('measure', 'title search') GROUP BY 1")
    assert own and max(count for _, count in own) <= 4
    assert {agency for agency, _ in own} == {f"2019-{name}" for name in SITES if name != "closed"}


def test_a_study_that_measures_nothing_asks_for_nothing() -> None:
    pages = {path: str(answer.body) for path, answer in site().items() if isinstance(answer, Answer)}
    _, asked = walked(gone, pages)
    assert not {"/.well-known/security.txt", ASKED} & {*asked}
