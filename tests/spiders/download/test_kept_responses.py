"""Pages that have not changed are not sent again: the same is seen of a site, and its evidence says so."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from prober.domain.finding import Failure
from prober.store.page_cache import PageCache
from spiders.download.fetch_result import HttpResponse
from spiders.download.kept_responses import KeptResponses
from tests.pobi import HANOI
from tests.spiders.web import Answer, Bench, Site, Web, agency, plain_site

AT = datetime(2020, 4, 13, 8, tzinfo=HANOI)
URL = "http://camau.gov.test/"
SEEN = "SELECT agency, outcome, coverage_complete, technology, final_url FROM visit WHERE scan = ?"
PAGES = "SELECT url, status, title, sha256, bytes, failure FROM scan_page WHERE scan = ? ORDER BY url"
FOUND = (
    "SELECT f.kind, f.value, o.state, o.level, o.snippet, o.warc FROM scan_observation o "
    "JOIN finding f ON f.id = o.finding WHERE o.scan = ? ORDER BY 1, 2"
)


def tagged(site: Site) -> Site:
    """The site with an ETag for each page."""
    return {
        path: replace(answer, headers=answer.headers | {"ETag": f'"{abs(hash(str(answer.body)))}"'})
        for path, answer in site.items()
        if isinstance(answer, Answer)
    }


def response(*headers: tuple[str, str], status: int = 200, broken: Failure | None = None) -> HttpResponse:
    return HttpResponse(status, headers, b"GET / HTTP/1.1", b"HTTP/1.1 200 OK", b"<p>a</p>", (), 1_000, broken)


@pytest.mark.parametrize(
    ("received", "conditions"),
    [
        (response(("ETag", 'W/"1"'), ("Last-Modified", "Mon, 13 Apr 2020 01:00:00 GMT")),
         {"If-None-Match": 'W/"1"', "If-Modified-Since": "Mon, 13 Apr 2020 01:00:00 GMT"}),
        (response(("etag", '"1"')), {"If-None-Match": '"1"'}),
        (response(("ETag", '"' + "1" * 400)), None),
        (response(), None),
        (response(("ETag", '"1"'), status=404), None),
        (response(("ETag", '"1"'), broken=Failure.TIMEOUT), None),
    ],
)  # fmt: skip
def test_whole_pages_with_a_validator_are_kept(
    tmp_path: Path, received: HttpResponse, conditions: dict[str, str] | None
) -> None:
    responses = KeptResponses(PageCache(tmp_path / "pages.db", 1))
    responses.keep(URL, AT, received)
    kept = responses.of(URL)
    assert (kept and kept.conditions) == conditions and responses.of(f"{URL}a") is None
    assert kept is None or (kept.response, kept.at) == (received, AT)


def test_an_unchanged_site_is_seen_as_before_and_only_what_changed_is_sent(web: Web, bench: Bench) -> None:
    site = web.sites["camau.gov.test"] = tagged(plain_site())
    bench.run(agency("ca-mau"), delay=0.0)
    first = [bench.rows(sql, 1) for sql in (SEEN, PAGES, FOUND)]
    web.log.clear()
    bench.run(agency("ca-mau"), delay=0.0)
    assert [bench.rows(sql, 2) for sql in (SEEN, PAGES, FOUND)] == first
    asked = [seen for seen in web.log if seen.target in site]
    assert len(asked) > 1 and all(seen.condition for seen in asked)
    changed = plain_site("phongtonghop@camau.gov.test")
    web.sites["camau.gov.test"] = tagged(changed)
    bench.run(agency("ca-mau"), delay=0.0)
    values = {row[1] for row in bench.rows(FOUND, 3)}
    assert "phongtonghop@camau.gov.test" in values and "vanphong@camau.gov.test" not in values

    kinds: Counter[str] = Counter()
    for path in sorted(bench.config.paths.evidence.rglob("*.warc.gz")):
        with path.open("rb") as file:
            heads = [record.rec_headers for record in ArchiveIterator(file)]
        kinds.update((head["WARC-Profile"] or head["WARC-Type"]).rpartition("/")[2] for head in heads)
    assert kinds["server-not-modified"] > 0 and kinds["response"] > 0
