"""prober analysis: its figures recomputed with pandas from the tables underneath, and what it refuses."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import CensoredData, binomtest, ecdf, fisher_exact  # type: ignore[import-untyped]

from prober.campaign.wave import DrawFacts, replay, reseeded
from prober.cli import cli
from prober.reporting.tables.reply_tables import draw_of, fates, waves
from tests.pobi import POBI, successions
from tests.prober.reporting.two_arms import QUALITY, TWO, drawn


def run(db: Path, *words: str, code: int = 0) -> Any:
    """A command on a results.db of the embedded world: its rows, or what it says on a failure."""
    folder = db.parent
    (folder / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["--config", str(folder / "prober.toml"), "analysis", *words, *(["--json"] if not code else [])]
    )
    assert result.exit_code == code, (result.output, result.exc_info)
    return result.output if code else json.loads(result.stdout)


@pytest.fixture(scope="module")
def db(pobi_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy beside which a configuration may lie."""
    return Path(shutil.copy(pobi_db, tmp_path_factory.mktemp("analysis") / "results.db"))


@pytest.fixture(scope="module")
def tables(db: Path) -> dict[str, pd.DataFrame]:
    connection = sqlite3.connect(db)
    names = ("agency", "verdict", "request", "reply", "visit", "campaign")
    found = {name: pd.read_sql(f"SELECT * FROM {name}", connection) for name in names}
    connection.close()
    return found


def test_shares(db: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Straight from the tables `verdict`, `request` and `reply`; intervals by SciPy."""
    wide = tables["verdict"].pivot(index="agency", columns="kind", values="state")
    form = wide["qa"].where(~((wide["qa"] == "found") & (levels(tables) < 3)), "not_found")
    both = pd.Series("not_seen", wide.index)
    both[(wide["qa"] == "found") & (wide["email"] == "found")] = "found"
    both[(wide["qa"] == "not_found") | (wide["email"] == "not_found")] = "not_found"
    requests = tables["request"].set_index("id")
    answered = requests["replied"].map({1: "found", 0: "not_found"})
    answered[(requests["delivered"] == "no") & (answered == "not_found")] = "not_seen"
    expected = {"qa": wide["qa"], "qa_form": form, "email": wide["email"], "social": wide["social"],
                "qa_and_email": both, "replied": answered}  # fmt: skip
    rows = {(row["indicator"], row["not_seen"]): row for row in run(db, "shares")}
    for indicator, states in expected.items():
        count = states.value_counts()
        k, unknown = int(count.get("found", 0)), int(count.get("not_seen", 0))
        for reading, numbers in (
            ("excluded", (k, 63 - unknown)), ("all not found", (k, 63)), ("all found", (k + unknown, 63)),
        ):  # fmt: skip
            row = rows[indicator, reading]
            assert (row["k"], row["n"]) == numbers, (indicator, reading)
            for method, name in (("wilson", "wilson"), ("exact", "exact")):
                theirs = binomtest(*numbers).proportion_ci(method=method)
                assert (row[f"{name}_low"], row[f"{name}_high"]) == pytest.approx(tuple(theirs), abs=5e-5)
    assert {rows["qa_and_email", "all not found"]["k"], rows["replied", "all not found"]["k"]} == {61, 8}


def levels(tables: dict[str, pd.DataFrame]) -> pd.Series:
    verdicts = tables["verdict"]
    return verdicts[verdicts["kind"] == "qa"].set_index("agency")["level"]


def test_participation_stands_beside_pobi_only_where_its_number_is_known(db: Path) -> None:
    rows = {row["indicator"]: row for row in run(db, "participation")}
    known = {name: (row["reference_k"], row["reference_n"]) for name, row in rows.items() if row["reference"]}
    assert known == {"qa_and_email": (61, 63), "replied": (8, 63)}
    assert (rows["replied"]["reference_low"], rows["replied"]["reference_high"]) == (0.065773, 0.23107)
    assert rows["replied"]["difference"] == 0
    for name in rows.keys() - known.keys():
        assert rows[name]["reference"] == ""
        assert {
            rows[name][column] for column in ("reference_share", "reference_low", "difference", "difference_low")
        } == {None}


@pytest.mark.parametrize("by", ["region", "technology"])
def test_groups(db: Path, tables: dict[str, pd.DataFrame], by: str) -> None:
    portals = tables["agency"][(tables["agency"]["kind"] == "portal") & (tables["agency"]["frame"] == "2019")]
    frame = portals.set_index("id").join(tables["visit"].set_index("agency")["technology"])
    frame["answered"] = frame["province"].map(
        tables["request"].merge(tables["agency"], left_on="agency", right_on="id").set_index("province")["replied"]
    )
    expected = frame.groupby(by)["answered"].agg(["sum", "count"])
    rows = {row["group"]: row for row in run(db, "groups", "replied", "--by", by)}
    assert {group: (row["k"], row["n"]) for group, row in rows.items()} == {
        group: (k, n) for group, (k, n) in expected.iterrows()
    }
    if by == "region":
        raw = {g: fisher_exact([[k, n - k], [8 - k, 55 - n + k]]).pvalue for g, (k, n) in expected.iterrows()}
        least = min(raw, key=lambda group: raw[group])
        assert rows[least]["p_rest"] == pytest.approx(min(1, len(raw) * raw[least]), rel=5e-3)
    else:
        assert rows["liferay"]["p_rest"] is None  # one group alone has nobody to be compared with


@pytest.mark.parametrize(("what", "events"), [("human", 14), ("substantive", 8)])
@pytest.mark.parametrize("clock", ["hours", "working_days"])
def test_times(db: Path, tables: dict[str, pd.DataFrame], what: str, events: int, clock: str) -> None:
    replies, requests = tables["reply"], tables["request"].set_index("id")
    reached = requests[requests["outcome"] != "N0"]
    first = replies[replies[what] == 1].groupby("request")[clock].min()
    silent = reached.index.difference(first.index)
    # 28 May is the 30th working day after 14 April, for 30 April and 1 May are free; it ends 15.5 hours after 44 days.
    watched = {"hours": 44 * 24 + 15.5, "working_days": 30}[clock]
    curve = ecdf(CensoredData(uncensored=first.to_numpy(float), right=[watched] * len(silent))).sf
    row = next(row for row in run(db, "times") if (row["first_message"], row["clock"]) == (what, clock))
    assert (row["n"], row["events"], row["censored"], row["left_out"]) == (61, events, 61 - events, 2)
    assert row["median"] is None
    assert float(curve.probabilities.min()) > 0.5
    assert row["horizon"] == watched
    mean = (first.sum() + watched * len(silent)) / 61
    assert row["restricted_mean"] == pytest.approx(mean, abs=5e-5)
    spread = pd.concat([first, pd.Series([watched] * len(silent))]).std(ddof=0) / 61**0.5
    assert row["mean_high"] - row["restricted_mean"] == pytest.approx(1.959964 * spread, abs=2e-4)


def test_fates(db: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Nobody was lost from sight before day 30, so each figure is a plain share."""
    words = {"F1": "answered", "P1": "answered", "L1": "answered", "R1": "refused", "T2": "passed on",
             "Q1": "asks for more", "N0": "not delivered"}  # fmt: skip
    replies = tables["reply"].assign(fate=tables["reply"]["event"].map(words))
    for row in run(db, "fates"):
        k = ((replies["fate"] == row["fate"]) & (replies["working_days"] <= row["working_days"])).sum()
        assert (row["k"], row["n"], row["left_out"]) == (k, 63, 0)
        assert row["share"] == pytest.approx(k / 63, abs=5e-5)
        assert row["low"] <= row["share"] <= row["high"]
    told = sorted({row["working_days"] for row in run(db, "fates")})
    assert told == [3, 10, 15, 30]  # the three limits of the law of 2016, and the waiting time
    final = {row["fate"]: row["k"] for row in run(db, "fates") if row["working_days"] == 30}
    assert final == {"answered": 8, "refused": 1, "passed on": 1, "asks for more": 2, "not delivered": 2}


@pytest.mark.parametrize(("limits", "told"), [((20,), [20, 30]), ((), [30]), ((30, 40), [30])])
def test_fates_are_told_after_the_limits_of_the_law_in_the_waiting_time(
    limits: tuple[int, ...], told: list[int]
) -> None:
    asked = {"request": 1, "outcome": "silence", "delivered": "yes", "accepted_at": "2020-04-13T09:00:00+07:00",
             "watched_hours": 2000.0}  # fmt: skip
    rows = fates([asked], [], 30, POBI.calendar, limits)
    assert sorted({row["working_days"] for row in rows}) == told


def test_the_steps_of_a_curve(db: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Nobody is censored before the last answer: each step is a plain share of those reached."""
    answers = tables["reply"][tables["reply"]["substantive"] == 1].groupby("request")["hours"].min().sort_values()
    rows = [
        row for row in run(db, "times", "--steps") if (row["first_message"], row["clock"]) == ("substantive", "hours")
    ]
    assert [row["time"] for row in rows] == answers.tolist()
    assert [row["share"] for row in rows] == [pytest.approx(k / 61, abs=5e-5) for k in range(1, 9)]
    assert [row["at_risk"] for row in rows] == list(range(61, 53, -1))
    assert all(row["low"] < row["share"] < row["high"] for row in rows)


def test_the_steps_of_an_incidence_end_where_fates_does(db: Path) -> None:
    ends = {row["fate"]: row for row in run(db, "fates") if row["working_days"] == 30 and row["k"]}
    steps = {row["fate"]: row for row in run(db, "fates", "--steps")}  # the last of each
    assert steps.keys() == ends.keys()
    for fate, row in steps.items():
        assert [row[name] for name in ("share", "low", "high")] == [
            ends[fate][name] for name in ("share", "low", "high")
        ]


def test_merged(db: Path, tables: dict[str, pd.DataFrame]) -> None:
    into = {row.predecessor: row.successor for row in successions()}
    email = tables["verdict"][tables["verdict"]["kind"] == "email"].set_index("agency")["state"]
    present = (email == "found").groupby(email.index.map(into))
    rows = {row["not_seen"]: row for row in run(db, "merged") if row["indicator"] == "email"}
    assert {row["n"] for row in rows.values() if row["not_seen"] != "excluded"} == {34}
    assert rows["all not found"]["k"] == present.any().sum()
    units = [row for row in run(db, "merged", "--units") if row["indicator"] == "email"]
    assert (len(units), sum(len(row["parts"].split(", ")) for row in units)) == (34, 63)


def test_waves(db: Path) -> None:
    """The same wave once more, with five offices turned and one that was not reached."""
    connection = sqlite3.connect(db)
    answered = [row[0] for row in connection.execute("SELECT agency FROM request WHERE replied = 1 ORDER BY agency")]
    silent = [row[0] for row in connection.execute("SELECT agency FROM request WHERE outcome = 'silence'")]
    copy(connection, "campaign", "id", "'again'", "id = 'pobi-2019'")
    copy(connection, "request", "campaign", "'again'", "campaign = 'pobi-2019'", drop="id")
    marks = ", ".join("?" * 5)
    connection.execute(f"UPDATE request SET replied = 1 WHERE campaign = 'again' AND agency IN ({marks})", silent[:5])
    connection.execute(
        "UPDATE request SET delivered = 'no', replied = 0 WHERE campaign = 'again' AND agency = ?", [answered[0]]
    )
    connection.commit()
    connection.close()
    left_out, counted = run(db, "waves", "pobi-2019", "again")
    assert (left_out["n"], left_out["left_out"], left_out["gained"], left_out["lost"]) == (60, 3, 5, 0)
    assert (counted["n"], counted["left_out"], counted["gained"], counted["lost"]) == (63, 0, 5, 1)
    assert (left_out["p_mcnemar"], counted["p_mcnemar"]) == (0.0625, pytest.approx(binomtest(1, 6).pvalue, rel=5e-3))
    assert counted["who_gained"] == ", ".join(sorted(silent[:5]))


def copy(db: sqlite3.Connection, table: str, column: str, value: str, where: str, drop: str = "") -> None:
    names = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] != drop]
    picked = ", ".join(value if name == column else name for name in names)
    db.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {picked} FROM {table} WHERE {where}")


def test_waves_of_two_frames_are_compared_over_the_later_units() -> None:
    """63 offices asked before, one of each merged unit answering; 34 asked after, and all answer."""
    into = {row.predecessor: row.successor for row in successions() if row.predecessor.startswith("2019-stc-")}
    parts: dict[str, list[str]] = {}
    for office, unit in into.items():
        parts.setdefault(unit, []).append(office)
    before = {office: "found" if office == parts[unit][0] else "not_found" for office, unit in into.items()}
    left_out, counted = waves(before, dict.fromkeys(parts, "found"), into)
    assert [(row["n"], row["before"], row["gained"]) for row in (left_out, counted)] == [(34, 34, 0)] * 2


def test_a_campaign_that_reached_nobody_has_no_time(db: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(db, tmp_path / "results.db"))
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE request SET state = 'refused', accepted_at = NULL, delivered = 'no', outcome = 'silence'"
    )
    connection.execute("DELETE FROM request_event")
    connection.execute("DELETE FROM deadline")
    connection.execute("DELETE FROM reply")
    connection.commit()
    connection.close()
    assert {(row["n"], row["median"]) for row in run(path, "times", "pobi-2019")} == {(0, None)}
    final = {row["fate"]: row["k"] for row in run(path, "fates", "pobi-2019") if row["working_days"] == 30}
    assert final == {"answered": 0, "refused": 0, "passed on": 0, "asks for more": 0, "not delivered": 63}


# Arms


@pytest.mark.parametrize("seed", [1, 2, 2019, 77])
def test_a_replay_is_the_assignment(seed: int) -> None:
    arms, rows = drawn(replace(TWO, seed=seed), DrawFacts(QUALITY))
    draw = draw_of(seed, ("law", "plain"), rows)
    assert {f"2019-stc-{province}": arm for province, arm in replay(draw).items()} == arms
    another = replay(reseeded(draw, 0))
    assert another != replay(draw)
    assert abs(sum(arm == "law" for arm in another.values()) - 31.5) == 0.5


def test_a_replay_of_the_second_wave_swaps() -> None:
    before, first = drawn(replace(TWO, seed=5), DrawFacts(QUALITY))
    reached = dict(list(before.items())[:40])
    first = [row | {"accepted_at": "2020" if f"2019-stc-{row['province']}" in reached else None} for row in first]
    arms, rows = drawn(replace(TWO, seed=6, pairs_with="first"), DrawFacts(QUALITY, reached))
    draw = draw_of(6, ("law", "plain"), rows, (draw_of(5, ("law", "plain"), first), first))
    assert {f"2019-stc-{province}": arm for province, arm in replay(draw).items()} == arms
    assert all(arms[agency] != arm for agency, arm in reached.items())


@pytest.fixture
def two(db: Path, tmp_path: Path) -> Path:
    """The same survey as a campaign of two arms, in which only the arm "law" brought answers."""
    path = Path(shutil.copy(db, tmp_path / "results.db"))
    arms, rows = drawn(TWO, DrawFacts(QUALITY))
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE campaign SET seed = ?, arms = ? WHERE id = 'pobi-2019'", [TWO.seed, '{"law": "x", "plain": "y"}']
    )
    for row in rows:
        agency = f"2019-stc-{row['province']}"
        connection.execute(
            "UPDATE request SET arm = ?, block = ?, replied = ? WHERE agency = ? AND campaign = 'pobi-2019'",
            [arms[agency], row["block"], int(arms[agency] == "law" and QUALITY[row["province"]] == "high"), agency],
        )
    connection.commit()
    connection.close()
    return path


def test_arms_come_with_what_they_could_have_shown(two: Path) -> None:
    (row,) = run(two, "arms", "pobi-2019", "--redraws", "199")
    assert (row["second_k"], row["first_n"] + row["second_n"], row["units"]) == (0, 63, 63)
    table = [[row["first_k"], row["first_n"] - row["first_k"]], [0, row["second_n"]]]
    assert row["p_fisher"] == pytest.approx(fisher_exact(table).pvalue, rel=5e-3)
    assert row["p_redraws"] == 1 / 200
    assert row["difference"] == pytest.approx(-row["first_k"] / row["first_n"], abs=5e-5)
    assert row["detectable_points"] == 32
    assert "32 points" in row["reading"]
    assert run(two, "arms", "pobi-2019", "--redraws", "199") == [row]


def test_arms_that_the_seed_does_not_give_prove_nothing(two: Path) -> None:
    connection = sqlite3.connect(two)
    connection.execute(
        "UPDATE request SET arm = CASE arm WHEN 'law' THEN 'plain' ELSE 'law' END WHERE agency = '2019-stc-ca-mau'"
    )
    connection.commit()
    connection.close()
    said = run(two, "arms", "pobi-2019", code=2)
    assert "2019-stc-ca-mau" in said
    assert "prober mailbox reparse" in said


@pytest.mark.parametrize(
    ("sent", "said"),
    [("0", "no letter of campaign pobi-2019 was sent yet"), ("arm = 'law'", "letters of one arm only")],
)
def test_arms_of_which_not_both_were_asked(two: Path, sent: str, said: str) -> None:
    connection = sqlite3.connect(two)
    connection.execute(f"UPDATE request SET state = 'planned' WHERE NOT ({sent})")
    connection.commit()
    connection.close()
    assert said in run(two, "arms", "pobi-2019", code=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("arms", "pobi-2019"), "has no arms"),
        (("times", "wave-9"), "known campaigns: "),
        (("waves", "pobi-2019", "wave-9"), "known campaigns: "),
        (("waves", "one", "2", "--kind", "qa"), "'one' is no number"),
        (("waves", "1", "9", "--kind", "qa"), "newest scans: 1"),
        (("shares", "--frame", "1997"), "1997"),
    ],
)
def test_what_is_not_there_is_named(db: Path, words: tuple[str, ...], said: str) -> None:
    assert said in run(db, *words, code=2)


def test_without_results_nothing_is_made(tmp_path: Path) -> None:
    assert "does not exist" in run(tmp_path / "results.db", "shares", code=2)
    assert not (tmp_path / "results.db").exists()
