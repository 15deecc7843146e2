"""Pages that are drawn before anybody asks: those that are read most first, the same bytes, within their limit."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from prober.reporting.datasette.kept_pages import drawn_ahead
from prober.reporting.datasette.kept_pages.drawn_pages import MOST_BYTES
from prober.reporting.datasette.serve import application
from prober.reporting.datasette.served_site import ServedSite, ask
from prober.reporting.html.render import templates
from tests.pobi import POBI

BATCH = drawn_ahead.AT_ONCE


@pytest.fixture(scope="module")
def settings(pobi_db: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    path = Path(shutil.copy(pobi_db, tmp_path_factory.mktemp("ahead") / "results.db"))
    return path, POBI, "sandbox", True, None, False


def kept(site: ServedSite) -> list[tuple[str, str]]:
    """Path and language of every page that is kept, in the order in which they came."""
    return [(bytes(path).decode(), str(language)) for _, path, _, language in site.kept.pages]  # type: ignore[arg-type]


def test_a_child_draws_those_that_are_read_most_until_the_limit_is_reached(settings: tuple[Any, ...]) -> None:
    site, alone = application(*settings), application(*settings)
    asyncio.run(drawn_ahead.keep(site, application, settings, most=1))
    assert kept(site)[:2] == [("/", "vi"), ("/", "en")] and 0 < len(site.kept.pages) <= BATCH
    answer = asyncio.run(site.client.get("/", headers={"host": "survey.example.vn"}))
    own = asyncio.run(alone.client.get("/", headers={"host": "survey.example.vn"}))
    assert answer.text == own.text and "http://survey.example.vn/" in own.text
    assert answer.headers["etag"] == own.headers["etag"]


def test_start_page_provinces_and_tables_come_in_this_order(settings: tuple[Any, ...]) -> None:
    async def listed() -> list[drawn_ahead.Address]:
        site = application(*settings)
        await site.invoke_startup()
        return await ask(site, lambda db: list(drawn_ahead.addresses(db, site)))

    found = [path for path, language in asyncio.run(listed()) if language == "en"]
    provinces = [at for at, path in enumerate(found) if "/place/" in path]
    assert found[0] == "/" and len(provinces) >= 63 and provinces[-1] - provinces[0] == len(provinces) - 1
    assert found.index("/survey/2019/headline") < provinces[0]
    assert provinces[-1] < found.index("/results") < found.index("/results/participation") < found.index("/results/run")
    assert len(set(found)) == len(found)


def test_what_the_first_reader_of_a_written_database_would_wait_for_is_ready(settings: tuple[Any, ...]) -> None:
    path, study, world, *_ = settings
    site = application(path, study, world, immutable=False)
    templates().cache.clear()  # type: ignore[union-attr]
    asyncio.run(drawn_ahead.first_pages(site))
    drawn = [path for path, language in kept(site) if language == "vi"]
    assert len(drawn) == len(site.kept.pages) and drawn[:2] == ["/", "/survey/2019/headline"]
    assert {"/results", "/survey/2019/figures", "/survey/2019/map"} < {*drawn}
    assert sum("/place/" in path for path in drawn) == sum(path.startswith("/results/") for path in drawn) == 1
    compiled = {name for _, name in templates().cache}  # type: ignore[union-attr]
    assert {"site/start.html", "site/place.html", "site/map.html"} <= compiled
    compiled = {name for _, name in site.jinja_env.cache}
    assert {f"{whose}{name}.html" for name in ("table", "row", "query") for whose in ("", "default:")} <= compiled


def test_the_figures_of_a_snapshot_are_worked_out_before_its_first_reader(
    settings: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = application(*settings)
    asyncio.run(drawn_ahead.prepare(site))
    monkeypatch.setattr("prober.reporting.datasette.served_site.figures", lambda _: pytest.fail("worked out anew"))
    assert asyncio.run(site.client.get("/survey/2019/figure/2019.finance.replied.share")).status_code == 200


def test_without_a_child_every_page_is_drawn_when_it_is_asked_for(
    settings: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("no process")

    monkeypatch.setattr("pebble.ProcessPool.schedule", refused)
    site = application(*settings)
    asyncio.run(drawn_ahead.keep(site, application, settings, MOST_BYTES))
    assert not site.kept.pages
    assert asyncio.run(site.client.get("/")).status_code == 200
