"""Count what a monitoring system watches, in OpenMetrics text. Reads only; nothing private is in it, and no address."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from prober import __version__
from prober.store import Database
from prober.store.integrity import need_world
from prober.store.private import messages
from prober.store.private.campaigns import letter_counts
from prober.store.reading.health import private_health, reading, results_health
from prober.store.results.changes import waiting
from prober.store.schema.migrations import PRIVATE, RESULTS

_RUNS = """
SELECT command, status, started_at, finished_at FROM run WHERE id IN (SELECT MAX(id) FROM run GROUP BY command)
ORDER BY command
"""
_VISITS = """
SELECT s.frame, v.outcome, COUNT(*) FROM scan s JOIN visit v ON v.scan = s.id
WHERE s.id IN (SELECT MAX(id) FROM scan GROUP BY frame) GROUP BY s.frame, v.outcome ORDER BY s.frame, v.outcome
"""
_SUSPECT = """
SELECT frame, suspect != '' AND suspect != '[]' FROM scan
WHERE id IN (SELECT MAX(id) FROM scan GROUP BY frame) ORDER BY frame
"""


def text(results: Path, private: Path, world: str, now: Callable[[], datetime]) -> str:
    """Return the metrics of both databases; of those that do not exist, none. `now` returns the time of `world`.

    Raises as `health.results_health`.
    """
    return _exposed([*of_results(results, world, now), *of_private(private, world, now)])


def text_of_results(path: Path, world: str, now: Callable[[], datetime]) -> str:
    """Return the metrics of results.db alone, which may be published."""
    return _exposed(of_results(path, world, now))


def of_results(path: Path, world: str, now: Callable[[], datetime]) -> list[Metric]:
    """Return the metrics of results.db: runs, visits of the last scans, changes and rows that wait."""
    about = InfoMetricFamily("prober", "Version and world.", value={"version": __version__, "world": world})
    if not path.exists():
        return [about]
    with reading(path, RESULTS) as db:
        need_world(db, path, RESULTS.name, world)
        found = [about, *_runs(db), *_scans(db)]
        found.append(GaugeMetricFamily("prober_changes_second_look", "Changes without a second look.", waiting(db)[0]))
    return [*found, _waiting("results", results_health(path, now(), world)), _size("results", path)]


def of_private(path: Path, world: str, now: Callable[[], datetime]) -> list[Metric]:
    """Return the metrics of private.db, numbers alone: letters by campaign and state, messages by status."""
    if not path.exists():
        return []
    letters = GaugeMetricFamily("prober_letters", "Letters of a campaign.", labels=["campaign", "state"])
    mail = GaugeMetricFamily("prober_messages", "Messages of all mailboxes.", labels=["status"])
    with reading(path, PRIVATE) as db:
        need_world(db, path, PRIVATE.name, world)
        for count in letter_counts(db):
            for state, number in sorted(count.states.items()):
                letters.add_metric([count.campaign, state], number)
        for status, number in messages.counts(db).items():
            mail.add_metric([status], number)
    return [letters, mail, _waiting("private", private_health(path, now(), world)), _size("private", path)]


def _runs(db: Database) -> Iterator[Metric]:
    begun = GaugeMetricFamily("prober_run_started_timestamp_seconds", "Last begin of a command.", labels=["command"])
    ended = GaugeMetricFamily("prober_run_finished_timestamp_seconds", "Its end, if it has one.", labels=["command"])
    good = GaugeMetricFamily("prober_run_done", "1 if it ended without a failure.", labels=["command", "status"])
    for command, status, started_at, finished_at in db.execute(_RUNS).fetchall():
        begun.add_metric([command], _seconds(started_at))
        if finished_at:
            ended.add_metric([command], _seconds(finished_at))
        good.add_metric([command, status], status == "done")
    yield from (begun, ended, good)


def _scans(db: Database) -> Iterator[Metric]:
    visits = GaugeMetricFamily("prober_visits", "Sites of a frame's last scan.", labels=["frame", "outcome"])
    for frame, outcome, number in db.execute(_VISITS).fetchall():
        visits.add_metric([frame, outcome], number)
    suspect = GaugeMetricFamily("prober_scan_suspect", "1 if the last scan is not believed.", labels=["frame"])
    for frame, doubted in db.execute(_SUSPECT).fetchall():
        suspect.add_metric([frame], doubted)
    yield from (visits, suspect)


def _waiting(database: str, rows: Iterable[dict[str, object]]) -> Metric:
    """Return how many rows of each table wait for a person; 0 for a database in order."""
    found = GaugeMetricFamily(f"prober_{database}_waiting", "Rows that wait for a person.", labels=["table", "state"])
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        key = str(row["table"]), str(row["state"])
        counts[key] = counts.get(key, 0) + 1
    for key, number in sorted(counts.items()):
        found.add_metric(key, number)
    return found


def _size(database: str, path: Path) -> Metric:
    return GaugeMetricFamily(f"prober_{database}_bytes", "Size of the file.", path.stat().st_size)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _exposed(metrics: list[Metric]) -> str:
    class Found(Collector):
        def collect(self) -> list[Metric]:
            return metrics

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Found())
    written: bytes = generate_latest(registry)
    return written.decode("utf-8")
