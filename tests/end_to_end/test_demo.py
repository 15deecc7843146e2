"""The whole job on six provinces, run once as a user runs it, then held against what the world knows to be true."""

import json
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from protego import Protego

from prober.sandbox.http.site_messages import Request, Response, Web
from prober.sandbox.mail.office_signatures import Habit, habit
from prober.sandbox.sites import portals
from prober.services.evaluation.world_truth import facts_on
from tests import forked
from tests.pobi import POBI
from tests.receipts import walked

DELAY = 0.25  # seconds, prober.config.simulated.embedded
START = datetime.fromisoformat("2020-04-13T08:00:00+07:00")
FACTS = ("headline", "participation", "reply_times", "campaign_progress")


def prober(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("prober", *arguments, folder=folder)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = prober(folder, "demo", "--small", "--dir", str(folder))
    assert done.returncode == 0, done.stderr
    assert "Simulated result" in done.stdout
    return folder


@pytest.fixture
def results(demo: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(demo / "results.db")
    db.row_factory = sqlite3.Row
    yield db
    db.close()


def test_every_figure_has_a_receipt(demo: Path) -> None:
    found = {figure.id: figure for figure in walked(demo / "results.db", POBI)}
    assert found["2019.portal.qa.share"].n == 6 and found["2019.finance.replied.share"].n == 6


def truth(folder: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((folder / "var/world/truth.json").read_text(encoding="utf-8"))
    return known


def _columns(db: sqlite3.Connection, view: str) -> str:
    """Every column but the one that says when a site was last seen: a new crawl sees it again."""
    names = [column[0] for column in db.execute(f"SELECT * FROM {view} LIMIT 0").description]
    return ", ".join(name for name in names if name != "seen_at")


def figures(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every figure a reader sees, and how often each letter is held and each message was stored."""
    db, private = sqlite3.connect(folder / "results.db"), sqlite3.connect(folder / "var/private.db")
    try:
        found = {view: db.execute(f"SELECT {_columns(db, view)} FROM {view}").fetchall() for view in FACTS}
        found["reply"] = db.execute("SELECT * FROM reply ORDER BY id").fetchall()
        found["outbox"] = private.execute("SELECT message_id, state, attempts FROM outbox ORDER BY id").fetchall()
        found["message"] = private.execute("SELECT sha256 FROM message ORDER BY sha256").fetchall()
    finally:
        db.close()
        private.close()
    return found


@pytest.mark.needs("chromium")
def test_no_token_of_a_request_is_in_anything_that_may_be_published(demo: Path) -> None:
    private = sqlite3.connect(demo / "var/private.db")
    rows = private.execute("SELECT token FROM outbox UNION SELECT secret FROM campaign_file").fetchall()
    private.close()
    registered = prober(demo, "campaign", "protocol", "pobi-2019")
    assert registered.returncode == 0, registered.stderr
    files = [path for path in demo.rglob("*") if path.is_file() and "private" not in path.name]
    public = {path.name: path.read_bytes() for path in files if "world" not in path.parts}
    public["pre-registration"] = registered.stdout.encode()
    assert len(rows) > 5 and "results.db" in public
    assert [name for name, held in public.items() for (secret,) in rows if secret.encode() in held] == []


def test_three_scans_lie_days_apart(results: sqlite3.Connection) -> None:
    scans = column(results, "SELECT substr(started_at, 1, 10) FROM scan WHERE status = 'complete' ORDER BY id")
    assert scans == ["2020-04-13", "2020-04-27", "2020-05-11"]


@pytest.mark.needs("chromium")
def test_every_verdict_of_every_scan_is_the_truth_of_its_day(demo: Path, results: sqlite3.Connection) -> None:
    said = {
        (row["slug"], row["day"], row["kind"]): row["state"]
        for row in results.execute(
            "SELECT a.slug, substr(t.started_at, 1, 10) AS day, v.kind, v.state FROM verdict v "
            "JOIN agency a ON a.id = v.agency JOIN visit t ON t.scan = v.scan AND t.agency = v.agency"
        )
    }
    known = truth(demo)
    fields = {"qa": "has_qa", "email": "has_email", "access": "access_section", "web_form": "web_form"}
    fields["budget"] = "budget_section"
    expected = {
        (slug, day, kind): facts_on(known, slug, day)[field]
        for part in ("portals", "finance")
        for slug in known[part]
        for day in ("2020-04-13", "2020-04-27", "2020-05-11")
        for kind, field in fields.items()
    }
    assert len(expected) == 12 * 3 * 5
    assert {key: said.get(key) for key in expected} == expected


@pytest.mark.needs("chromium")
def test_what_the_world_changed_is_told_with_its_cause_and_nothing_else(results: sqlite3.Connection) -> None:
    """The third scan is the second look at what the second missed; what appears is believed at once."""
    told = results.execute(
        "SELECT agency, kind, what, before, after, cause, from_scan, to_scan, second_scan FROM change ORDER BY 1, 2, 3"
    ).fetchall()
    channel = "https://www.youtube.com/c/congbacninh-mo-phong"
    assert [tuple(row) for row in told] == [
        ("2019-bac-ninh", "social", "appeared", "", channel, "site", 2, 3, None),
        ("2019-dong-thap", "qa", "verdict", "found", "not_found", "site", 1, 2, 3),
        ("2019-ninh-binh", "email", "appeared", "", "thongtin@ninhbinh.gov.test", "site", 1, 2, None),
        ("2019-ninh-binh", "email", "vanished", "congttdt@ninhbinh.gov.test", "", "site", 1, 2, 3),
        ("2019-phu-yen", "qa", "verdict", "not_found", "found", "site", 1, 2, None),
        ("2019-phu-yen", "web_form", "verdict", "not_found", "found", "site", 1, 2, None),
    ]  # fmt: skip
    lost = "SELECT agency FROM changes WHERE kind = 'qa' AND cause = 'site' AND before = 'found' AND at LIKE '2020-04%'"
    assert column(results, lost) == ["2019-dong-thap"]


def test_social_channels_are_those_of_the_truth(demo: Path, results: sqlite3.Connection) -> None:
    known = truth(demo)
    said: dict[str, list[str]] = {slug: [] for slug in known["portals"]}
    for row in results.execute(
        "SELECT a.slug, o.category FROM latest_observation o JOIN agency a ON a.id = o.agency "
        "WHERE o.kind = 'social' AND o.state = 'found' AND a.kind = 'portal' GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        said[row["slug"]].append(row["category"])
    now = {slug: facts_on(known, slug, "2020-05-11")["socials"] for slug in known["portals"]}
    assert said == {slug: sorted({channel[0] for channel in socials}) for slug, socials in now.items()}


def test_budget_documents_are_those_of_the_truth(demo: Path, results: sqlite3.Connection) -> None:
    said = dict(results.execute("SELECT province, budget_types FROM participation").fetchall())
    known = truth(demo)
    expected = {slug: known["finance"][f"stc-{slug}"]["budget_types"] for slug in known["portals"]}
    assert said == expected
    assert max(expected.values()) == 7


def wrote(folder: Path) -> set[tuple[str, str, str]]:
    """(agency, when, class) of every message that the world's departments wrote."""
    lines = (folder / "var/world/sent.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        (f"2019-{slug}", row["due"], row["event"])
        for row in map(json.loads, lines)
        for slug in row["agency"].split(",")
        if slug.startswith("stc-")
    }


def test_every_reply_has_the_class_that_its_writer_meant(demo: Path, results: sqlite3.Connection) -> None:
    said = "SELECT q.agency, p.received_at, p.event FROM reply p JOIN request q ON q.id = p.request"
    assert {tuple(row) for row in results.execute(said)} == wrote(demo)


def test_every_reply_is_matched_and_clocked_to_the_second(demo: Path, results: sqlite3.Connection) -> None:
    replies = results.execute(
        "SELECT q.agency, q.accepted_at, p.received_at, p.hours FROM reply p JOIN request q ON q.id = p.request"
    ).fetchall()
    assert {(row["agency"], row["received_at"]) for row in replies} == {(agency, at) for agency, at, _ in wrote(demo)}
    for row in replies:
        elapsed = datetime.fromisoformat(row["received_at"]) - datetime.fromisoformat(row["accepted_at"])
        assert row["hours"] == pytest.approx(elapsed.total_seconds() / 3600, abs=1e-4)


def test_offices_that_sign_are_told_from_those_that_do_not(demo: Path, results: sqlite3.Connection) -> None:
    """Every signature was verified when the mail came, by the key of the world's DNS; the result is public."""
    private = sqlite3.connect(demo / "var/private.db")
    found = private.execute(
        "SELECT m.from_address, m.dkim, s.reason FROM message m LEFT JOIN message_signature s ON s.message = m.sha256 "
        "WHERE m.status = 'matched' AND m.event != 'N0'"
    ).fetchall()
    private.close()
    wanted = {Habit(): "pass", Habit(relaxed=False): "pass", None: "none"}
    for address, result, reason in found:
        assert result == wanted.get(habit(address.rpartition("@")[2]), "fail"), (address, reason)
    assert {result for _, result, _ in found} >= {"pass", "none"}
    public = {signature for (signature,) in results.execute("SELECT signature FROM reply WHERE event != 'N0'")}
    assert public == {result for _, result, _ in found}


def test_what_counts_as_an_answer(demo: Path, results: sqlite3.Connection) -> None:
    said = {row["agency"]: bool(row["replied"]) for row in results.execute("SELECT agency, replied FROM request")}
    expected = {f"2019-{slug}": facts["reply"]["counts_as_answer"] for slug, facts in truth(demo)["finance"].items()}
    assert said == expected


def analysed(folder: Path, *words: str) -> list[dict[str, Any]]:
    done = prober(folder, "analysis", *words, "--json")
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def column(results: sqlite3.Connection, sql: str) -> list[Any]:
    return [value for (value,) in results.execute(sql)]


def test_shares_are_those_of_the_tables_beneath(demo: Path, results: sqlite3.Connection) -> None:
    """Counted from verdicts, letters and messages; no view is asked."""
    verdicts = (
        "SELECT v.kind, v.state FROM verdict v JOIN agency a ON a.id = v.agency "
        "WHERE a.kind = 'portal' AND v.scan = (SELECT MAX(id) FROM scan)"
    )
    counts = Counter(map(tuple, results.execute(verdicts)))
    rows = {(row["indicator"], row["not_seen"]): (row["k"], row["n"]) for row in analysed(demo, "shares")}
    for kind in ("qa", "email", "social", "access"):
        present, absent, unknown = (counts[kind, state] for state in ("found", "not_found", "not_seen"))
        assert rows[kind, "all not found"] == (present, present + absent + unknown)
        assert rows[kind, "all found"] == (present + unknown, present + absent + unknown)
        assert rows.get((kind, "excluded"), (0, 0)) == (present, present + absent)
    answered = column(results, "SELECT request FROM reply WHERE event IN ('F1', 'P1', 'L1') AND inside_window = 1")
    asked = column(results, "SELECT id FROM request WHERE state NOT IN ('planned', 'cancelled')")
    assert rows["replied", "all not found"] == (len(set(answered)), len(asked))
    shown = results.execute("SELECT k, n FROM headline WHERE indicator = 'replied'").fetchone()
    assert tuple(shown) == rows["replied", "all not found"]


def test_times_are_those_of_the_messages(demo: Path, results: sqlite3.Connection) -> None:
    """From the two moments of each message; up to the horizon nobody is censored, so the mean is a plain one."""
    back = set(column(results, "SELECT request FROM reply WHERE event = 'N0'"))
    letters = dict(results.execute("SELECT id, accepted_at FROM request WHERE accepted_at IS NOT NULL"))
    reached = {letter: datetime.fromisoformat(at) for letter, at in letters.items() if letter not in back}
    answers = "SELECT request, received_at FROM reply WHERE event IN ('F1', 'P1', 'L1') AND inside_window = 1"
    hours: dict[int, float] = {}
    for letter, at in results.execute(answers):
        if letter in reached:
            wait = (datetime.fromisoformat(at) - reached[letter]).total_seconds() / 3600
            hours[letter] = min(wait, hours.get(letter, wait))
    row = next(r for r in analysed(demo, "times") if (r["first_message"], r["clock"]) == ("substantive", "hours"))
    assert (row["n"], row["events"]) == (len(reached), len(hours))
    asked = column(results, "SELECT id FROM request WHERE state NOT IN ('planned', 'cancelled')")
    assert row["left_out"] == len(asked) - len(reached)
    mean = sum(min(hours.get(letter, row["horizon"]), row["horizon"]) for letter in reached) / len(reached)
    assert row["restricted_mean"] == pytest.approx(mean, abs=1e-3)


def test_the_worlds_log_proves_politeness(demo: Path) -> None:
    log = [json.loads(line) for line in (demo / "var/world/access.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["method"] for row in log} <= {"GET", "HEAD", "CONNECT"}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in log:
        if row["purpose"] != "tunnel":
            groups.setdefault(".".join(row["host"].split(":")[0].split(".")[-3:]), []).append(row)
    gaps = [
        later["arrived"] - earlier["arrived"]
        for rows in groups.values()
        for earlier, later in pairwise(sorted(rows, key=lambda row: row["arrived"]))
    ]
    assert len(gaps) > 50
    assert min(gaps) >= DELAY


def test_a_visit_counts_the_requests_that_the_worlds_log_shows(demo: Path, results: sqlite3.Connection) -> None:
    log = [json.loads(line) for line in (demo / "var/world/access.jsonl").read_text(encoding="utf-8").splitlines()]
    reached = [
        row["host"].split(":")[0] for row in log if row["status"] != 502
    ]  # 502: the world's proxy found no server
    served = Counter(host.removeprefix("www.") for host in reached)
    visits = results.execute(
        "SELECT a.url, SUM(v.requests) AS requests FROM visit v JOIN agency a ON a.id = v.agency GROUP BY a.id"
    ).fetchall()
    counted = {row["url"].removeprefix("https://"): row["requests"] for row in visits}
    assert counted == {host: served[host] for host in counted}
    assert sum(counted.values()) > 100


def test_the_bodies_of_2025_take_over_from_those_of_2019(results: sqlite3.Connection) -> None:
    rows = results.execute(
        "SELECT p.slug, s.slug, s.url FROM agency_successor l JOIN agency p ON p.id = l.predecessor "
        "JOIN agency s ON s.id = l.successor WHERE p.kind = 'portal' ORDER BY 1"
    ).fetchall()
    assert [tuple(row) for row in rows] == [
        ("ca-mau", "ca-mau", "https://camau.gov.test"), ("dong-thap", "dong-thap", "https://tiengiang.gov.test"),
        ("ninh-binh", "ninh-binh", "https://ninhbinh.gov.test"),
        ("tien-giang", "dong-thap", "https://tiengiang.gov.test"),
    ]  # fmt: skip


def test_a_page_that_has_not_changed_is_not_sent_again(demo: Path) -> None:
    log = [json.loads(line) for line in (demo / "var/world/access.jsonl").read_text(encoding="utf-8").splitlines()]
    status = Counter(row["status"] for row in log if row["purpose"] == "page")
    assert status[304] > status[200]  # two nights of three asked for what they knew


def robots(web: Web, host: str) -> Protego:
    for scheme in ("https", "http"):
        answer = web.respond(Request("GET", scheme, host, "/robots.txt", {}, START))
        if isinstance(answer, Response) and answer.status == 200:
            return Protego.parse(answer.body.decode("utf-8", "replace"))
    return Protego.parse("")


def test_nothing_that_robots_txt_closes_was_asked_for(demo: Path) -> None:
    log = [json.loads(line) for line in (demo / "var/world/access.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [(row["host"].split(":")[0], row["target"]) for row in log if row["purpose"] == "page"]
    web = portals.build(2019, True, START)
    rules = {host: robots(web, host) for host, _ in asked}
    closed = {host for host, parser in rules.items() if not parser.can_fetch(f"http://{host}/in-bai/1", "prober")}
    assert len(closed) > 6
    assert [
        (host, target) for host, target in asked if not rules[host].can_fetch(f"http://{host}{target}", "prober")
    ] == []


def test_running_every_step_again_changes_no_figure_and_sends_nothing(demo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(demo, folder)
    before = figures(folder)
    # How polite a crawl is was proved above; this one need not wait for the embedded world as long.
    polite = (folder / "prober.toml").read_text(encoding="utf-8")
    hasty = polite.replace(f"delay = {DELAY}", "delay = 0.05\nmax_crawl_delay = 0.05")
    assert hasty != polite
    (folder / "hasty.toml").write_text(hasty, encoding="utf-8")
    for arguments in (
        ("--config", "hasty.toml", "crawl"), ("campaign", "send", "pobi-2019"), ("mailbox", "sync"),
        ("demo", "--small", "--dir", "."),
    ):  # fmt: skip
        done = prober(folder, *arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        assert figures(folder) == before, arguments
    assert sqlite3.connect(folder / "results.db").execute("SELECT COUNT(*) FROM scan").fetchone() == (
        4,
    )  # the demo: no


def test_what_it_wrote_passes_every_gate_of_publication(demo: Path, tmp_path: Path) -> None:
    done = prober(demo, "publish", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    gates = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))["gates"]
    assert len(gates) == 16 and all(gate["passed"] for gate in gates)


def test_the_report_says_that_it_is_simulated(demo: Path) -> None:
    page = (demo / "report.html").read_text(encoding="utf-8")
    assert "mô phỏng" in page
    assert "simulated" in page.lower()
