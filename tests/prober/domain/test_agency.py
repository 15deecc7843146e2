"""Agencies, by frame and kind: how many, by which names, and what became of them."""

from collections import Counter
from datetime import date

import pytest

from prober.domain.agency import FIELDS, from_row
from prober.errors import UsageError
from tests.pobi import POBI, agencies, successions
from tests.prober.domain.registry.test_registry import EVERY


@pytest.mark.parametrize(("frame", "kind", "number"), [
    ("2019", "portal", 63), ("2019", "finance", 63), ("2019", None, 126),
    ("2025", "portal", 34), ("2025", "finance", 34), ("2025", "commune", 0),
])  # fmt: skip
def test_numbers(frame: str, kind: str | None, number: int) -> None:
    assert len(agencies(frame, kind)) == number


def test_an_unknown_frame_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no frame '2020'.*2019, 2025"):
        agencies("2020")


def test_successions() -> None:
    ids = {agency.id for agency in EVERY}
    links = successions()
    assert len(links) == 126
    assert {link.predecessor for link in links} | {link.successor for link in links} == ids
    assert Counter(link.predecessor for link in links).most_common(1)[0][1] == 1  # nobody was divided
    by_kind = {
        (link.predecessor.removeprefix("2019-").startswith("stc-"), link.successor.startswith("2025-stc-"))
        for link in links
    }
    assert by_kind == {(True, True), (False, False)}


def test_dates_of_the_mergers() -> None:
    dates = {link.successor: link.effective_date for link in successions() if "-stc-" not in link.successor}
    assert Counter(dates.values()) == {"2025-07-01": 23, "2025-01-01": 1, "": 10}
    assert dates["2025-hue"] == "2025-01-01"
    assert all(date.fromisoformat(day) for day in dates.values() if day)
    seats = Counter(row.successor for row in POBI.successions if row.holds_seat and "-stc-" not in row.successor)
    assert set(seats.values()) == {1} and len(seats) == 34


def test_a_row_survives_every_way_of_writing_it() -> None:
    agency = agencies("2019")[1]
    row = {name: getattr(agency, name) for name in FIELDS}
    assert from_row(row) == agency
    assert from_row({**row, "alt_urls": '["https://www.sotaichinh.hanoi.gov.vn"]', "id": agency.id}) == agency
    assert from_row({**row, "alt_urls": " ".join(agency.alt_urls), "lat": str(agency.lat)}) == agency
    assert from_row({**row, "lat": "", "grid_row": None}).lat is None
    with pytest.raises(ValueError, match="could not convert"):
        from_row({**row, "lat": "north"})
    with pytest.raises(TypeError, match="slug"):
        from_row({name: value for name, value in row.items() if name != "slug"})
