"""What is gone is looked for again in the archived page that showed it, as it is read today."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from prober.domain.world import World
from prober.services.context import Context
from prober.services.nights import doubt
from prober.store.results import suspicion
from prober.store.results.registry import sync
from tests.spiders.web import NOW, Bench, Web, agency, entry, page, plain_site

SITE = agency("ca-mau")
MENU = entry("/hoi-dap", "Hỏi đáp") + entry("/lien-he", "Liên hệ")
TWO = page("Liên hệ", "<h1>Liên hệ</h1><p>Thư điện tử: vanphong@camau.gov.test, tiepdan@camau.gov.test</p>", MENU)
LOST = suspicion.Turned(SITE.id, "email", suspicion.SHOWN, suspicion.GONE, 1)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """Two visits to one site; at the second, one of its two addresses is gone."""
    web = Web()
    bench = Bench.at(tmp_path_factory.mktemp("doubt"), web)
    with Context(config=bench.config) as context:
        context.__dict__ |= {"world": bench.endpoint}
        sync(context.results, [SITE], (), World.SANDBOX)
        context._registry_is_current = True
        for number, site in enumerate((plain_site() | {"/lien-he": TWO}, plain_site())):
            web.sites["camau.gov.test"] = site
            bench.run(SITE, at=NOW + timedelta(days=number))
        yield context
    web.close()


def pages(seen: Context) -> list[suspicion.ArchivedPage]:
    return suspicion.archived_pages(seen.results, 2, LOST, doubt.PAGES)


def test_what_is_gone_is_read_of_the_page_that_showed_it(seen: Context) -> None:
    (found,) = pages(seen)
    assert (found.url, found.value) == ("http://camau.gov.test/lien-he", "tiepdan@camau.gov.test")
    assert suspicion.unchanged_pages(seen.results, 2, [LOST]) == set()
    assert asyncio.run(doubt._read_again(seen, [found])) == set()


def test_what_is_read_of_that_page_no_more_is_gone_by_our_own_reading(seen: Context) -> None:
    (found,) = pages(seen)
    other = replace(found, value="baochi@camau.gov.test")
    assert asyncio.run(doubt._read_again(seen, [other])) == {(SITE.id, "email")}
