"""Who has not answered: one query over a results.db with 1,000,000 messages."""

import statistics
import time
from pathlib import Path

from benchmarks.record import Result, Row, Tell
from prober.domain.agency import agencies
from prober.store import Database, open_results
from prober.store.results.registry import sync as register

MESSAGES, REQUESTS, CAMPAIGNS, ROUNDS = 1_000_000, 12_600, 200, 30
LIMIT_MS = 50.0

QUESTION = """
SELECT r.agency, a.name_vi, r.accepted_at FROM request r JOIN agency a ON a.id = r.agency
WHERE r.campaign = ? AND r.state = 'accepted' AND r.outcome = 'silence' ORDER BY r.accepted_at
"""
# The same from the messages themselves, in case somebody does not trust the column.
FROM_MESSAGES = """
SELECT r.agency, a.name_vi, r.accepted_at FROM request r JOIN agency a ON a.id = r.agency
WHERE r.campaign = ? AND r.state = 'accepted'
  AND NOT EXISTS (SELECT 1 FROM reply p WHERE p.request = r.id AND p.human = 1) ORDER BY r.accepted_at
"""


def run(folder: Path, tell: Tell) -> Result:
    db = open_results(folder / "results.db")
    _fill(db)
    tell(f"{MESSAGES:,} messages written")
    every = "WHERE r.campaign IN (SELECT id FROM campaign) AND ? IS NOT NULL AND"
    one, checked = _median(db, QUESTION), _median(db, FROM_MESSAGES)
    whole = _median(db, QUESTION.replace("WHERE r.campaign = ? AND", every))
    found = len(db.execute(QUESTION, ["c7"]).fetchall())
    db.close()
    return Result(
        (
            Row(
                f"one campaign ({REQUESTS // CAMPAIGNS} requests, {found} silent)",
                f"{one:.2f} ms",
                "< 50 ms",
                one < LIMIT_MS,
            ),
            Row("one campaign, from the messages themselves", f"{checked:.2f} ms", "< 50 ms", checked < LIMIT_MS),
            Row(
                f"all {CAMPAIGNS} campaigns at once ({REQUESTS:,} requests)",
                f"{whole:.2f} ms",
                "< 50 ms",
                whole < LIMIT_MS,
            ),
        ),
        f"""
A results.db with its real schema and indexes: {CAMPAIGNS} campaigns of 63 requests, {MESSAGES:,} rows in `reply`,
spread over the requests that were answered; a third of the requests got nothing from a person. Median of {ROUNDS}
runs, all rows fetched.""",
    )


def _median(db: Database, sql: str) -> float:
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        db.execute(sql, ["c7"]).fetchall()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1000


def _fill(db: Database) -> None:
    """Write the tables with SQL: campaigns of 63 requests, and messages to two of three of them, by a fixed rule."""
    register(db, agencies("2019", "finance"), (), "sandbox")
    db.execute("BEGIN")
    db.execute(
        f"""WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {CAMPAIGNS - 1})
        INSERT INTO campaign (id, title, world, frame, kind, status, regime, protocol_sha256, created_at,
          waiting_working_days, reminder_working_days, seed)
        SELECT 'c' || i, 'Đợt ' || i, 'sandbox', '2019', 'finance', 'approved', 'ATI-2016', '', '2020-04-10', 30, 0, i
        FROM n"""
    )
    db.execute(
        """INSERT INTO request (id, campaign, agency, position, to_address, token, state, accepted_at, legally_valid,
          outcome)
        SELECT row_number() OVER () AS id, c.id, a.id, row_number() OVER (PARTITION BY c.id), '', '', 'accepted',
          '2020-04-13T09:00:00+07:00', 1, 'silence'
        FROM campaign c CROSS JOIN agency a"""
    )
    # Of three requests one gets nothing but autoreplies, and so stays silent.
    db.execute(
        f"""WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES - 1})
        INSERT INTO reply (id, request, message_sha256, received_at, event, rule, words, human, substantive,
          match_reason, match_score, sender_class, hours, working_days, after_reminder, inside_window, attachments)
        SELECT i, 1 + i % {REQUESTS}, printf('%064x', i), '2020-05-04T09:00:00+07:00',
          CASE WHEN i % {REQUESTS} % 3 = 0 THEN 'A1' ELSE 'R1' END, 'rule', '', i % {REQUESTS} % 3 != 0, 0,
          'token', 1.0, 'agency', 500.0, 15, 0, 1, 0
        FROM n"""
    )
    db.execute("UPDATE request SET outcome = 'R1' WHERE id IN (SELECT request FROM reply WHERE human = 1)")
    db.conn.commit()
