"""Is an address still on its page? Each story of two crawls, and what it means for the letter."""

from pathlib import Path

import pytest

from prober.store import open_results, transaction
from prober.store.reading.address_freshness import sightings
from prober.store.results.registry import sync
from tests.pobi import agencies

AGENCY, OLD, PAGE = "2019-stc-ca-mau", "stc@camau.gov.test", "https://stc.camau.gov.test/lien-he"
HOME = "https://stc.camau.gov.test/"
EARLY, LATE, LATER = "2020-04-01T08:00:00+07:00", "2020-04-08T08:00:00+07:00", "2020-04-09T08:00:00+07:00"

# scans as (outcome, answered, pages read, addresses seen); accepted at; state; addresses shown
STORIES = {
    "no crawl": ([], None, "unvisited", ()),
    "never reached": ([("unreachable", 0, [], [])], None, "unvisited", ()),
    "still there": ([("seen", 1, [PAGE], [OLD]), ("seen", 1, [PAGE], [OLD])], EARLY, "seen", (OLD,)),
    "in capitals": ([("seen", 1, [PAGE], ["STC@camau.gov.test"])], EARLY, "seen", ("STC@camau.gov.test",)),
    "gone from its page": ([("seen", 0, [PAGE], [OLD]), ("partial", 0, [PAGE], [])], EARLY, "vanished", ()),
    "changed": (
        [("seen", 1, [PAGE], [OLD]), ("seen", 1, [PAGE], ["vp@camau.gov.test"])],
        EARLY, "vanished", ("vp@camau.gov.test",),
    ),
    "only the webmaster is left": (
        [("seen", 1, [PAGE], [OLD]), ("seen", 1, [PAGE], ["webmaster@camau.gov.test"])], EARLY, "vanished", (),
    ),
    "gone from the site": ([("seen", 1, [PAGE], [OLD]), ("seen", 1, [HOME], [])], EARLY, "vanished", ()),
    "its page was not read": ([("seen", 1, [PAGE], [OLD]), ("partial", 0, [HOME], [])], EARLY, "unread", ()),
    "the site is down tonight": ([("seen", 1, [PAGE], [OLD]), ("unreachable", 0, [], [])], EARLY, "seen", (OLD,)),
    "a person accepted it after that": ([("seen", 1, [PAGE], [OLD]), ("seen", 1, [PAGE], [])], LATER, "accepted", ()),
    "learned by telephone": ([("seen", 1, [PAGE], [])], EARLY, "never", ()),
    "accepted by telephone after it was gone": (
        [("seen", 1, [PAGE], [OLD]), ("seen", 1, [PAGE], []), ("seen", 1, [PAGE], [])], EARLY, "accepted", (),
    ),
    "back again": (
        [("seen", 1, [PAGE], [OLD]), ("seen", 1, [PAGE], []), ("seen", 1, [PAGE], [OLD])],
        EARLY, "seen", (OLD,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_where_an_address_stands(story: str, tmp_path: Path) -> None:
    scans, accepted, state, shown = STORIES[story]
    db = open_results(tmp_path / "r.db")
    sync(db, agencies("2019"), (), "sandbox")
    with transaction(db):
        for number, (outcome, whole, pages, seen) in enumerate(scans, 1):
            moment = EARLY if number < len(scans) else LATE
            db.execute(
                "INSERT INTO scan "
                "(id, world, frame, kinds, status, started_at, agencies, version, user_agent, settings) "
                "VALUES (?, 'sandbox', '2019', 'finance', 'complete', ?, 1, '1', 'x', '{}')",
                [number, moment],
            )
            visit = db.execute(
                "INSERT INTO visit (scan, agency, outcome, started_at, finished_at) VALUES (?, ?, ?, ?, ?)",
                [number, AGENCY, outcome, moment, moment],
            ).lastrowid  # fmt: skip
            db.execute(
                "INSERT INTO verdict (scan, agency, kind, state, reason) VALUES (?, ?, 'email', ?, '')",
                [number, AGENCY, "found" if whole and seen else "not_found" if whole else "not_seen"],
            )  # fmt: skip
            for url in pages:
                page = db.execute(
                    "INSERT INTO page (visit, last_visit, agency, url, status, fetched_at, last_fetched_at) "
                    "VALUES (?, ?, ?, ?, 200, ?, ?)", [visit, visit, AGENCY, url, moment, moment],
                ).lastrowid  # fmt: skip
            for address in seen:
                db.execute(
                    "INSERT OR IGNORE INTO finding (agency, kind, category, value, first_scan, last_scan) "
                    "VALUES (?, 'email', ?, ?, ?, ?)",
                    [AGENCY, "technical" if "webmaster" in address else "agency_role", address, number, number],
                )
                db.execute(
                    "INSERT INTO observation "
                    "(finding, visit, last_visit, page, state, confidence, snippet, selector, detector, version) "
                    "SELECT id, ?, ?, ?, 'found', 1, ?, 'a', 'emails', '1' FROM finding WHERE value = ?",
                    [visit, visit, page, address, address],
                )
    (found,) = sightings(db, [(AGENCY, OLD, accepted)])
    assert (found.state, found.shown) == (state, shown)
    assert found.blocks == (state == "vanished")
    assert found.page == (PAGE if any(seen for *_, seen in scans) and OLD in str(scans).lower() else "")
    db.close()
