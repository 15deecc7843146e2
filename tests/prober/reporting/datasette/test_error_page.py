"""What cannot be shown: in the site's own look, in both languages, with a way on."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.prober.reporting import changed_site
from tests.serving import fetch, get, header, serving

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Iterator[str]:
    with serving(changed_site.write(tmp_path_factory.mktemp("site"), pobi_db)) as (url, _):
        yield url


@pytest.mark.parametrize(
    ("path", "status", "vi", "en"),
    [
        ("/nowhere", 404, "Không có trang này", "There is no such page"),
        ("/results/nowhere", 404, "Không có trang này", "There is no such page"),
        ("/results/agency/nobody", 404, "Không có trang này", "There is no such page"),
        ("/survey/1999/headline", 404, "Không có trang này", "There is no such page"),
        ("/survey/2019/province/nowhere", 404, "Không có trang này", "There is no such page"),
        ("/results?" + urlencode({"sql": "drop table agency"}), 400, "không chạy được", "cannot be run"),
        ("/results?" + urlencode({"sql": ENDLESS}), 400, "quá nhiều thời gian", "took too long"),
        ("/results/agency?_sort=nothing", 400, "Không hiểu", "not understood"),
    ],
)
def test_it_says_why_in_both_languages_with_ways_on(base: str, path: str, status: int, vi: str, en: str) -> None:
    answered, text = get(base + path)
    page = LexborHTMLParser(text)
    assert answered == status and vi in page.css_first("h1").text()
    assert en in LexborHTMLParser(get(base + path, "lang=en")[1]).css_first("h1").text()
    assert page.css_first("link[rel=stylesheet]").attributes["href"] == "/survey/style.css"
    assert page.css("form[action='/search']") and page.css("main a[href='/survey/2019/map']") and page.css(".banner")
    assert header(base + path)["content-security-policy"].startswith("default-src 'none'")


def test_a_statement_that_failed_can_be_mended(base: str) -> None:
    hostile = "drop table x; --</textarea><script>alert(1)</script>"
    text = get(f"{base}/results?{urlencode({'sql': hostile})}")[1]
    page = LexborHTMLParser(text)
    assert page.css_first("textarea[name=sql]").text() == hostile and not page.css("script")


def test_programs_get_json(base: str) -> None:
    status, kind, body = fetch(f"{base}/results.json?{urlencode({'sql': 'drop table x'})}")
    assert status == 400 and kind.startswith("application/json") and b'"ok": false' in body
