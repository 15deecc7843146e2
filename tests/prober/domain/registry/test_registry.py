"""The registry that comes with the prober: complete, consistent, in NFC, with a source for everything."""

import itertools
import unicodedata
from collections import Counter
from datetime import datetime

import pytest

from prober.domain.agency import FIELDS, Agency
from prober.domain.registry.consistency import problems
from prober.domain.registry.import_file import read, url_problem
from tests.pobi import FRAMES, HANOI, POBI, agencies, successions

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=HANOI)
EVERY = [agency for frame in FRAMES for agency in agencies(frame)]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_file_reads_as_a_user_s_own_file_would(frame: str) -> None:
    """One format: what comes with the prober passes the checks that an import makes."""
    good, bad = read((POBI.folder / f"agencies/{frame}.csv").read_bytes())
    assert bad == []
    assert tuple(good) == agencies(frame)


def test_nothing_contradicts_itself_and_what_is_weak_is_said() -> None:
    found = problems(EVERY, {}, NOW)
    assert {problem.level for problem in found} == {"note"}  # the guessed hosts
    assert len(found) == sum(agency.url_confidence == "low" for agency in EVERY)


@pytest.mark.parametrize("frame", FRAMES)
def test_every_province_has_a_portal_and_a_finance_department(frame: str) -> None:
    slugs = {(agency.province, agency.kind): agency.slug for agency in agencies(frame)}
    provinces = {agency.province for agency in agencies(frame)}
    assert slugs == {(p, "portal"): p for p in provinces} | {(p, "finance"): f"stc-{p}" for p in provinces}
    assert len({agency.code for agency in agencies(frame)}) == len(provinces)


def test_names() -> None:
    by_id = {agency.id: agency for agency in EVERY}
    assert by_id["2019-ca-mau"].name_vi == "Cổng thông tin điện tử tỉnh Cà Mau"
    assert by_id["2019-stc-ca-mau"].name_vi == "Sở Tài chính tỉnh Cà Mau"
    assert by_id["2019-stc-ho-chi-minh"].name_vi == "Sở Tài chính thành phố Hồ Chí Minh"
    assert by_id["2025-stc-hue"].name_vi == "Sở Tài chính thành phố Huế"
    cities = {a.province for a in agencies("2025", "portal") if "điện tử thành phố" in a.name_vi}
    assert cities == {"ha-noi", "hai-phong", "hue", "da-nang", "can-tho", "ho-chi-minh"}


@pytest.mark.parametrize("agency", EVERY, ids=lambda agency: agency.id)
def test_each_row(agency: Agency) -> None:
    text = "".join(str(getattr(agency, name)) for name in FIELDS)
    assert unicodedata.is_normalized("NFC", text)
    assert agency.url_source and agency.url_confidence in ("high", "medium", "low")
    assert [url for url in (agency.url, *agency.alt_urls) if url_problem(url)] == []
    assert agency.url not in agency.alt_urls
    assert agency.lat is not None and 8 < agency.lat < 24
    assert agency.lon is not None and 102 < agency.lon < 110
    # No address in public code was a verified mailbox of its agency: none ships, people accept what a crawl finds.
    assert agency.request_email == agency.request_email_reviewed_by == ""


def test_regions_of_2019() -> None:
    portals = agencies("2019", "portal")
    assert sorted(Counter(a.region_en for a in portals).values()) == [5, 6, 11, 13, 14, 14]
    assert len({a.region for a in portals}) == 6
    assert len({a.pobi_region for a in portals}) == 7
    split = {a.pobi_region for a in portals if a.region_en == "North Central and Central Coast"}
    assert split == {"North Central", "South Central Coast"}


def test_regions_of_2025_are_those_that_all_predecessors_share() -> None:
    by_id = {agency.id: agency for agency in EVERY}
    shared: dict[str, set[str]] = {}
    for succession in successions():
        shared.setdefault(succession.successor, set()).add(by_id[succession.predecessor].region)
    for successor, regions in shared.items():
        agency = by_id[successor]
        assert agency.region == (next(iter(regions)) if len(regions) == 1 else "")
        assert bool(agency.region) or "region left empty" in agency.note
    assert sum(not agency.region for agency in agencies("2025", "portal")) == 7


@pytest.mark.parametrize("frame", FRAMES)
def test_no_two_tiles_lie_on_each_other(frame: str) -> None:
    tiles = Counter((agency.grid_row, agency.grid_col) for agency in agencies(frame, "portal"))
    assert max(tiles.values()) == 1
    assert all(row is not None and col is not None for row, col in tiles)


def test_the_north_is_above_the_south() -> None:
    """A tile grid may distort distances, never turn the country around: Spearman's rank order of rows and latitudes."""
    for frame in FRAMES:
        portals = agencies(frame, "portal")
        pairs = [(a, b) for a, b in itertools.combinations(portals, 2) if abs((a.lat or 0) - (b.lat or 0)) > 2]
        turned = [
            (a.slug, b.slug)
            for a, b in pairs
            if ((a.lat or 0) > (b.lat or 0)) != ((a.grid_row or 0) < (b.grid_row or 0))
        ]
        assert len(turned) <= len(pairs) * 0.01, turned


def test_codes_mean_other_territories_in_the_other_frame() -> None:
    """Trap: seven codes of 2025 were another province's in 2019. Each row of 2025 says so."""
    old = {agency.code: agency for agency in agencies("2019", "portal")}
    moved = [new for new in agencies("2025", "portal") if new.code in old and old[new.code].slug != new.slug]
    moved = [new for new in moved if new.slug != "hue"]
    assert {new.code for new in moved} == {"15", "24", "44", "52", "80", "82", "91"}
    for new in moved:
        assert old[new.code].province_vi in new.note


def test_every_field_has_a_source() -> None:
    sourced = {name for row in POBI.sources for name in row["field"].split()}
    derived = {
        "slug",
        "frame",
        "kind",
        "province",
        "province_vi",
        "province_en",
        "url_source",
        "url_confidence",
        "note",
    }
    review = {"request_email_source", "request_email_reviewed_by", "request_email_reviewed_at"}
    expected = {"expects", "expects_reason"}  # the reason of a floor stands beside it
    assert set(FIELDS) - derived - review - expected <= sourced
    assert all(row["source"] for row in POBI.sources)
