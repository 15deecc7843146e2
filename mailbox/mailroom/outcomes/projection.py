"""Derive the mail tables of results.db from private.db: all of them, or the rows of those requests that have changed.

`public_rows` makes the rows, part by part, so that memory does not grow with the mailbox; only what differs from
results.db is written.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mailroom.outcomes import deadlines, public_rows
from prober import __version__
from prober.store import Database, file_of, integrity, one_state
from prober.store.private import outbox
from prober.store.private.codings import reading_lists
from prober.store.results import decisions
from prober.store.results import mail_projection as store
from prober.store.results.mail_projection import Marks, Request, Row
from prober.store.schema.change_marks import ALL
from prober.studies.study import Study

BATCH = 500  # messages, and requests, whose rows are made at once
FEW = 20  # requests that are taken at once without asking how many messages they have


def project(private: Database, results: Database, study: Study) -> bool:
    """Bring the mail tables of results.db up to date with private.db as a whole. Return True if anything differed.

    A private.db restored from a backup may not know of letters that results.db shows as sent. They are marked as
    uncertain first, before the old rows are replaced. Raises Unpaired if results.db comes from another private.db,
    ProberError if an agency of a campaign is not in results.db.
    """
    integrity.bind(private, results)
    outbox.doubt_unpublished(private, outbox.published_as_left(results))
    reviewed = decisions.publish(private, results, study.decision_days)
    return _projected(private, results, study, whole=True) or reviewed


def project_changes(private: Database, results: Database, study: Study, findings: bool = True) -> bool:
    """Bring the rows of those requests up to date that have changed. Return True if anything differed.

    The result is that of `project`, if this process has called `project` once. Where the day, the study, this version
    or the registry is another one than at the last whole projection, everything is projected. Without `findings` the
    decisions about sites stay as they are, so that a reply need not wait for them.
    """
    integrity.bind(private, results)
    differed = _projected(private, results, study, whole=False)
    return (decisions.publish(private, results, study.decision_days) if findings else False) or differed


def _projected(private: Database, results: Database, study: Study, whole: bool) -> bool:
    """Write the rows, then remove the marks of what was written: a kill between the two costs a second look.

    All is read from one state of private.db, and only one process at a time does this, so that no row is replaced by
    an older one. What differs is collected first, so that a crawl need not wait for results.db meanwhile.
    """
    with store.sole_projector(private), store.spool() as found:
        sites = store.sites(results)
        with one_state(private):
            moment, marks = store.as_of(private), store.marks(private)
            key = _key(results, study, moment, sites)
            whole = whole or store.key(private) != key
            for rows, above in _parts(private, results, study, sites, moment, None if whole else marks):
                found.add(store.changes(results, rows, above))
        if whole:
            store.begin_whole(private, key)
        differed = store.write(results, found)
        store.written(private, marks, key)
    return differed


def _key(results: Database, study: Study, moment: str, sites: Mapping[str, Sequence[str]]) -> str:
    """Return a hash over all that rows are made from besides private.db: where it differs, all rows may.

    Of the moment up to which replies are known only the day: deadlines are counted in days. What depends on the hour
    is projected each time (`store.moving`).
    """
    day = study.calendar.date_of(datetime.fromisoformat(moment)).isoformat() if moment else ""
    file = file_of(results)
    facts = (study.version, __version__, day, str(file), file.stat().st_ino, sorted(sites.items()))
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


_Part = tuple[Mapping[str, Sequence[Row]], Mapping[str, Sequence[Any]]]  # rows by table, and whose rows they are


def _parts(
    private: Database, results: Database, study: Study, sites: Mapping[str, Sequence[str]], moment: str,
    marks: Marks | None,
) -> Iterator[_Part]:  # fmt: skip
    """Yield all rows in parts, or those of the marked requests and of those that change with the time."""
    campaigns, requests = store.campaign_rows(private), store.requests(private)
    marked = set(campaigns) if marks is None else {campaign for campaign, agency in marks if agency == ALL}
    if marked or marks is None:
        yield {}, store.strays(results, campaigns, requests)
    for campaign in sorted(marked & set(campaigns)):
        yield (
            public_rows.of_campaign(campaigns[campaign], store.lacking(private, campaign), study),
            {"campaign": [campaign]},
        )
    asked = set(requests.values())
    if marks is not None:
        moved = store.moving(results, deadlines.QUESTIONS, moment, deadlines.BOUNCE_DAYS.days)
        asked &= {*marks, *moved, *(request for request in asked if request[0] in marked)}
    drawn = reading_lists(private)
    for some in _batches(sorted(asked), store.weights(private) if len(asked) > FEW else {}):
        held = store.read(private, some, campaigns, drawn, moment)
        store.need_agencies(sites, (agency for _, agency in some))
        yield (
            public_rows.rows(held, study, sites),
            {"request": [row["id"] for row in held.outbox if row["step"] == "request"]},
        )


def _batches(requests: Sequence[Request], weights: Mapping[Request, int]) -> Iterator[list[Request]]:
    """Yield the requests in lists of at most FEW, or, by their `weights`, of few messages."""
    batch: list[Request] = []
    weight = 0
    for request in requests:
        batch.append(request)
        weight += 1 + weights.get(request, 0)
        if weight >= BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
