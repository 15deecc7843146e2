"""Make the figures of requests and of published questions: outcomes, times, curves, fates, two waves.

A curve is computed in SQL as prober.reporting.statistics does it, one factor after the other, so that both give the
same digits. Days that are worked stand in the query as a list: results.db has no calendar.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from prober.domain.correspondence import NEVER_SENT, Event
from prober.reporting.figures.printed_figure import Behind, FrameRows, PrintedFigure, Unit, ends, listed, quoted, slug
from prober.reporting.statistics.proportions import wilson
from prober.reporting.tables import question_times, reply_tables
from prober.reporting.tables.indicators import rounded
from prober.reporting.tables.waits import HOURS, HUMAN
from prober.reporting.words import figure_texts as texts
from prober.reporting.words import labels, translations
from prober.reporting.words.labels import Text
from prober.store.reading.queries import rows

_SENT = f"state NOT IN {listed(sorted(NEVER_SENT))}"
_TIMES = {"median": (texts.MEDIAN, texts.NO_MEAN), "mean": (texts.MEAN,), "reached": (texts.OF_REACHED,),
          "left-out": (texts.NOT_SEEN,), "events": (texts.OF_REACHED,), "curve": (texts.OF_REACHED,),
          "first": (texts.OF_ONE,), "last": (texts.OF_ONE,)}  # fmt: skip
_CLOCKS = {"hours": Unit.HOURS, "working_days": Unit.WORKING_DAYS}
# The curve of the table `waited` (time, event): survival after each step.
_CURVE = """steps AS (
  SELECT ROW_NUMBER() OVER (ORDER BY e.time) AS place, e.time, e.events,
    (SELECT COUNT(*) FROM waited w WHERE w.time >= e.time) AS at_risk
  FROM (SELECT time, SUM(event) AS events FROM waited WHERE event GROUP BY time) e
), curve(place, time, survival) AS (
  SELECT 0, 0.0, 1.0
  UNION ALL
  SELECT s.place, s.time, c.survival * (1 - 1.0 * s.events / s.at_risk)
  FROM curve c JOIN steps s ON s.place = c.place + 1
)"""
_WROTE = "(SELECT SUM(event) FROM waited) AS k, (SELECT COUNT(*) FROM waited) AS n"
_MEDIAN = "SELECT MIN(time) AS value FROM curve WHERE survival <= 0.5 AND place > 0"
_MEAN = """SELECT ROUND(SUM(survival * (MIN(next, horizon) - MIN(time, horizon))), 6) AS value FROM (
  SELECT time, survival, LEAD(time, 1, 1e9) OVER (ORDER BY place) AS next,
    COALESCE((SELECT MIN(time) FROM waited WHERE NOT event), (SELECT MAX(time) FROM waited), 0.0) AS horizon
  FROM curve)"""


def of_outcomes(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield how many of those asked met each outcome, and how many of the answers have every document."""
    groups = [labels.group(row["outcome"], bool(row["replied"]), row["delivered"]) for row in basis.asked]
    name = f"{basis.frame}.{basis.offices}.outcome"
    asked = f"FROM reply_times WHERE campaign = {quoted(basis.campaign)} AND {_SENT}"
    for group in (one for one in labels.GROUPS if one != "unasked" and groups):
        k, is_it = groups.count(group), f"SUM({_group()} = {quoted(group)})"
        yield PrintedFigure(
            id=f"{name}.{group}", label=labels.GROUPS[group], unit=Unit.COUNT, value=k, k=k, n=len(groups),
            as_of=basis.survey.as_of, sql=f"SELECT {is_it} AS value, {is_it} AS k, COUNT(*) AS n {asked}",
            behind=Behind("reply_times", {"campaign": basis.campaign}), never=_OUTCOMES.get(group, (texts.ASKED,)),
        )  # fmt: skip
    answers = [row for row in basis.asked if row["replied"]]
    if answers and all(row["complete"] is not None for row in answers):
        k, of = sum(row["complete"] for row in answers), f"WHERE campaign = {quoted(basis.campaign)} AND replied = 1"
        yield PrintedFigure(
            id=f"{name}.complete", label=texts.COMPLETE, unit=Unit.COUNT, value=k, k=k, n=len(answers),
            as_of=basis.survey.as_of,
            sql=f"SELECT SUM(complete) AS value, SUM(complete) AS k, COUNT(*) AS n FROM request {of}",
            behind=Behind("request", {"campaign": basis.campaign, "replied": "1"}), never=(texts.OF_ANSWERS,),
        )  # fmt: skip


_OUTCOMES = {
    "silence": (Text("từ chối", "a refusal"), Text("thư không tới", "letters that did not arrive")),
    "undelivered": (Text("im lặng", "silence"),),
    "automatic": (Text("trả lời: chưa có người nào viết", "answers: no person wrote"),),
    "contact": (Text("trả lời: chưa có thông tin nào được cung cấp", "answers: no information was given"),),
    "late": (Text("im lặng", "silence"), Text("trả lời trong thời gian chờ", "answers inside the waiting time")),
    "refused": (Text("im lặng", "silence"),),
}


def _group() -> str:
    """Return labels.group as an expression of SQL over a row of `reply_times`."""
    one_of = {group: [event for event in Event if labels.group(event, False, "yes") == group]
              for group in ("late", "refused", "automatic")}  # fmt: skip
    bounced = (
        f"outcome = '{Event.BOUNCE}' OR (delivered = 'no' AND outcome IN {listed(['silence', *one_of['automatic']])})"
    )
    return (
        f"CASE WHEN replied THEN 'answered' WHEN outcome IN {listed(one_of['late'])} THEN 'late' "
        f"WHEN outcome IN {listed(one_of['refused'])} THEN 'refused' WHEN {bounced} THEN 'undelivered' "
        f"WHEN outcome = 'silence' THEN 'silence' WHEN outcome IN {listed(one_of['automatic'])} THEN 'automatic' "
        "ELSE 'contact' END"
    )


def of_times(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the figures of both first messages by both clocks, and every step of their curves."""
    given = (basis.asked, basis.received, basis.waiting, basis.study.calendar)
    steps = reply_tables.curves(*given) if basis.asked else []
    for row in reply_tables.times(*given) if basis.asked else ():
        yield from _times(basis, row)
        yield from _ends(basis, row, steps)
    for row in steps:
        time = _written(row["time"])
        yield _of_time(
            basis, row, f"curve.{time.replace('.', '_')}", "curve", Unit.SHARE, row["share"],
            f"SELECT ROUND(1 - survival, 6) AS value FROM curve WHERE time <= {time} + 1e-9\n"
            "ORDER BY place DESC LIMIT 1",
            (row["low"], row["high"]),
        )  # fmt: skip


def _times(basis: FrameRows, row: Mapping[str, Any]) -> Iterator[PrintedFigure]:
    clock = _CLOCKS[row["clock"]]
    if row["clock"] == HOURS:  # the same by both clocks
        yield _of_time(basis, row, "events", "events", Unit.COUNT, row["events"],
                       f"SELECT k AS value, k, n FROM (SELECT {_WROTE})", counts=(row["events"], row["n"]))  # fmt: skip
        yield _of_time(basis, row, "reached", "reached", Unit.COUNT, row["n"],
                       f"SELECT n AS value, n AS k, (SELECT COUNT(*) FROM asked) AS n FROM (SELECT {_WROTE})",
                       counts=(row["n"], row["n"] + row["left_out"]))  # fmt: skip
        yield _of_time(basis, row, "left-out", "left-out", Unit.COUNT, row["left_out"],
                       "SELECT COUNT(*) - (SELECT COUNT(*) FROM waited) AS value FROM asked")  # fmt: skip
    between = (row["median_low"], row["median_high"])
    yield _of_time(basis, row, "median", "median", clock, row["median"], _MEDIAN, between)
    yield _of_time(
        basis, row, "mean", "mean", clock, row["restricted_mean"], _MEAN, (row["mean_low"], row["mean_high"])
    )


def _ends(basis: FrameRows, row: Mapping[str, Any], steps: Iterable[Mapping[str, Any]]) -> Iterator[PrintedFigure]:
    """Yield the times of the first and the last office that wrote; none where nobody did."""
    same = ("first_message", "clock")
    times = [step["time"] for step in steps if all(step[name] == row[name] for name in same)]
    for name, value, of_all in (("first", min, "MIN"), ("last", max, "MAX")) if times else ():
        yield _of_time(basis, row, name, name, _CLOCKS[row["clock"]], value(times),
                       f"SELECT {of_all}(time) AS value FROM waited WHERE event")  # fmt: skip


def _of_time(
    basis: FrameRows, row: Mapping[str, Any], name: str, measure: str, unit: Unit, value: float | None, select: str,
    between: tuple[float | None, float | None] = (None, None), counts: tuple[int | None, int | None] = (None, None),
) -> PrintedFigure:  # fmt: skip
    what, clock = row["first_message"], row["clock"]
    title = Text(
        f"Thư đầu tiên {translations.FIRST_MESSAGES[what].vi}", f"First message {translations.FIRST_MESSAGES[what].en}"
    )
    words, shown = texts.MEASURES[measure], translations.CLOCKS[clock]
    return PrintedFigure(
        id=f"{basis.frame}.{basis.offices}.{'human' if what == HUMAN else 'answer'}.{clock.replace('_', '-')}.{name}",
        label=Text(f"{title.vi}: {words.vi} ({shown.vi})", f"{title.en}: {words.en} ({shown.en})"),
        unit=unit, value=value, low=between[0], high=between[1], k=counts[0], n=counts[1], as_of=basis.survey.as_of,
        sql=f"WITH RECURSIVE {_waited(basis, what, clock)}, {_CURVE}\n{select}",
        behind=Behind("reply_times", {"campaign": basis.campaign}), never=_TIMES[measure],
    )  # fmt: skip


def _written(number: float) -> str:
    """Return a number as it is written in SQL and in an id.

    >>> _written(26.5), _written(3)
    ('26.5', '3')
    """
    return repr(float(number)).removesuffix(".0")


def _waited(basis: FrameRows, what: str, clock: str) -> str:
    """Return the tables `asked` and `waited` (time, event) of the first message `what`."""
    watched = "MAX(0.0, COALESCE(a.watched_hours, 0.0))" if clock == HOURS else _worked(basis, "a")
    return f"""{_days(basis) if clock != HOURS else ""}asked AS (
  SELECT * FROM reply_times WHERE campaign = {quoted(basis.campaign)} AND {_SENT}
), came AS (
  SELECT request, MIN(MAX(0, {clock})) AS time FROM reply WHERE {what} = 1 AND inside_window = 1 GROUP BY request
), waited AS (
  SELECT COALESCE(c.time, {watched}) AS time, c.time IS NOT NULL AS event
  FROM asked a LEFT JOIN came c ON c.request = a.request
  WHERE COALESCE(a.accepted_at, '') != '' AND a.delivered != 'no' AND a.outcome != '{Event.BOUNCE}'
)"""


def _days(basis: FrameRows) -> str:
    """Return the table `worked` of the working days in which letters were out."""
    sent = [datetime.fromisoformat(row["accepted_at"]) for row in basis.asked if row["accepted_at"]]
    if not sent:
        return "worked AS (SELECT NULL AS day WHERE 0), "
    hours = max(row["watched_hours"] or 0.0 for row in basis.asked)
    first, last = min(sent).date(), (max(sent) + timedelta(hours=hours)).date()
    days = (first + timedelta(days=day) for day in range((last - first).days + 2))
    worked = json.dumps([day.isoformat() for day in days if basis.study.calendar.is_working_day(day)])
    return f"worked AS (SELECT value AS day FROM json_each('{worked}')), "


def _worked(basis: FrameRows, row: str) -> str:
    """Return the working days through which a row of `reply_times` was watched, at most the waiting time."""
    began = f"SUBSTR({row}.accepted_at, 1, 19)"
    end = f"date(julianday({began}) + MAX(0.0, COALESCE({row}.watched_hours, 0.0)) / 24)"
    return f"MIN({basis.waiting}, (SELECT COUNT(*) FROM worked WHERE day > date({began}) AND day <= {end}))"


def of_fates(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the share of requests that had met each fate after so many working days."""
    given = (basis.asked, basis.received, basis.waiting, basis.study.calendar, basis.limits)
    for row in reply_tables.fates(*given) if basis.asked else ():
        fate, days = translations.FATES[row["fate"]], row["working_days"]
        yield PrintedFigure(
            id=f"{basis.frame}.{basis.offices}.fate.{slug(row['fate'])}.after-{days}-working-days",
            label=Text(f"{fate.vi}, sau {days} ngày làm việc", f"{fate.en}, after {days} working days"),
            unit=Unit.SHARE, value=row["share"], k=row["k"], n=row["n"], low=row["low"], high=row["high"],
            as_of=basis.survey.as_of, sql=_fate(basis, row["fate"], days),
            behind=Behind("reply_times", {"campaign": basis.campaign}), never=(texts.OF_ACCEPTED, texts.FATE),
        )  # fmt: skip


def _fate(basis: FrameRows, fate: str, days: int) -> str:
    kinds = {one: [event for event, found in reply_tables.FATE.items() if found == one] for one in reply_tables.FATES}
    when = " ".join(f"WHEN {{}} IN {listed(events)} THEN '{one}'" for one, events in kinds.items())
    return f"""WITH RECURSIVE {_days(basis)}fated AS (
  SELECT t.*, CASE {when.replace("{}", "t.outcome")}
    ELSE CASE WHEN t.delivered = 'no' THEN '{reply_tables.UNDELIVERED}' ELSE '' END END AS fate
  FROM reply_times t WHERE campaign = {quoted(basis.campaign)} AND {_SENT}
), came AS (
  SELECT request, CASE {when.replace("{}", "event")} END AS fate, MIN(MAX(0, working_days)) AS time
  FROM reply WHERE inside_window = 1 OR event = '{Event.BOUNCE}' GROUP BY 1, 2
), waited AS (
  SELECT f.fate, CASE WHEN f.fate = '' THEN {_worked(basis, "f")} ELSE COALESCE(c.time, 0) END AS time
  FROM fated f LEFT JOIN came c ON c.request = f.request AND c.fate = f.fate
  WHERE f.fate != '' OR COALESCE(f.accepted_at, '') != ''
), steps AS (
  SELECT ROW_NUMBER() OVER (ORDER BY time) AS place, time, COUNT(*) AS events, SUM(fate = '{fate}') AS ours,
    (SELECT COUNT(*) FROM waited w WHERE w.time >= e.time) AS at_risk
  FROM waited e WHERE fate != '' GROUP BY time
), curve(place, time, free, share) AS (
  SELECT 0, 0, 1.0, 0.0
  UNION ALL
  SELECT s.place, s.time, c.free * (1 - 1.0 * s.events / s.at_risk), c.share + c.free * s.ours / s.at_risk
  FROM curve c JOIN steps s ON s.place = c.place + 1
)
SELECT ROUND(share, 6) AS value, (SELECT COUNT(*) FROM waited WHERE fate = '{fate}' AND time <= {days}) AS k,
  (SELECT COUNT(*) FROM waited) AS n
FROM curve WHERE place = 0 OR time <= {days} ORDER BY place DESC LIMIT 1"""


def of_waves(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the comparison with the campaign that this one repeats: those not seen left out, and as not found."""
    name, before = basis.earlier
    if not before or not basis.asked:
        return
    first, second = ({row["agency"]: row["answered"] for row in wave} for wave in (before, basis.asked))
    for row in reply_tables.waves(first, second):
        yield from _wave(basis, name, row)


def _wave(basis: FrameRows, earlier: str, row: Mapping[str, Any]) -> Iterator[PrintedFigure]:
    n, all_of_them = row["n"], row["not_seen"] == "all not found"
    if not n:
        return
    state = "CASE answered WHEN 'not_seen' THEN 'not_found' ELSE answered END" if all_of_them else "answered"
    one, two = (
        f"SELECT agency, {state} AS state FROM reply_times WHERE campaign = {quoted(name)} AND {_SENT}"
        for name in (earlier, basis.campaign)
    )
    pairs = (
        f"WITH pair AS (SELECT a.state AS before, b.state AS after FROM ({one}) a\n"
        f"  JOIN ({two}) b ON b.agency = a.agency WHERE a.state != 'not_seen' AND b.state != 'not_seen')\nSELECT "
    )
    gained, lost = "SUM(before != 'found' AND after = 'found')", "SUM(before = 'found' AND after != 'found')"
    counts = {
        "wave-before": (row["before"], "SUM(before = 'found')"),
        "wave-after": (row["after"], "SUM(after = 'found')"),
        "gained": (row["gained"], gained), "lost": (row["lost"], lost),
    }  # fmt: skip
    reading = "not-seen-as-not-found" if all_of_them else "seen"
    shown = translations.TREATMENTS[row["not_seen"]]
    for measure, (k, counted) in counts.items():
        words, is_share = texts.MEASURES[measure], measure.startswith("wave")
        value = f"ROUND(1.0 * {counted} / COUNT(*), 6)" if is_share else counted
        yield PrintedFigure(
            id=f"{basis.frame}.{basis.offices}.replied.{reading}.{measure}", as_of=basis.survey.as_of,
            label=_of_wave(words, shown), unit=Unit.SHARE if is_share else Unit.COUNT,
            value=rounded(k / n) if is_share else k, k=k, n=n,
            sql=f"{pairs}{value} AS value, {counted} AS k, COUNT(*) AS n FROM pair",
            behind=Behind("reply_times", {"campaign": basis.campaign}), never=(texts.PAIRED,),
        )  # fmt: skip
    words = texts.MEASURES["points-to-wave-before"]
    yield PrintedFigure(
        id=f"{basis.frame}.{basis.offices}.replied.{reading}.points-to-wave-before", as_of=basis.survey.as_of,
        label=_of_wave(words, shown),
        unit=Unit.POINTS, value=row["difference"], low=row["low"], high=row["high"],
        sql=f"{pairs}ROUND(1.0 * ({gained} - {lost}) / COUNT(*), 6) AS value FROM pair",
        behind=Behind("reply_times", {"campaign": basis.campaign}), never=(texts.POINTS, texts.PAIRED),
    )  # fmt: skip


def _of_wave(what: Text, read: Text) -> Text:
    return Text(f"Trả lời, {what.vi} (chưa xem được: {read.vi})", f"Answered, {what.en} (not seen: {read.en})")


def of_arms(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the share answered in each arm of the campaign, and their difference; p stands on the page of the report.

    The difference is that of prober.reporting.tables.reply_tables.arms, whose repeated draws take seconds.
    """
    names = tuple(json.loads(basis.survey.campaign["arms"])) if basis.survey.campaign else ()
    counts = [[row["replied"] for row in basis.asked if row["arm"] == name] for name in names]
    if len(names) != 2 or not all(counts):
        return
    of = f"FROM request WHERE campaign = {quoted(basis.campaign)} AND {_SENT}"
    shares = [sum(answers) / len(answers) for answers in counts]
    for name, answers, share in zip(names, counts, shares, strict=True):
        yield PrintedFigure(
            id=f"{basis.frame}.{basis.offices}.replied.arm.{slug(name)}.share", unit=Unit.SHARE, value=rounded(share),
            label=Text(f"Trả lời, nhóm thư {name}", f"Answered, arm {name}"), k=sum(answers), n=len(answers),
            **ends(wilson(sum(answers), len(answers))), as_of=basis.survey.as_of,
            sql="SELECT ROUND(1.0 * SUM(replied) / COUNT(*), 6) AS value, SUM(replied) AS k, COUNT(*) AS n "
            f"{of} AND arm = {quoted(name)}",
            behind=Behind("request", {"campaign": basis.campaign, "arm": name}), never=(texts.ARM,),
        )  # fmt: skip
    first, second = (f"SUM(replied * (arm = {quoted(name)})) * 1.0 / SUM(arm = {quoted(name)})" for name in names)
    yield PrintedFigure(
        id=f"{basis.frame}.{basis.offices}.replied.arm.points-between-arms", unit=Unit.POINTS,
        label=Text(f"Trả lời, {names[0]} trừ {names[1]}", f"Answered, {names[0]} less {names[1]}"),
        value=rounded(shares[0] - shares[1]), as_of=basis.survey.as_of,
        sql=f"SELECT ROUND({first} - {second}, 6) AS value {of}",
        behind=Behind("request", {"campaign": basis.campaign}), never=(texts.POINTS, texts.ARM),
    )  # fmt: skip


def of_questions(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield how long published questions waited, and the share answered of those read, in all and by section."""
    waits = rows(basis.db, "question_waits", frame=basis.frame)
    for row in question_times.question_times(waits):
        everyone = row["agency"] == question_times.ALL
        agency = "" if everyone else f" AND agency = {quoted(str(row['agency']))}"
        waited = f"""WITH RECURSIVE waited AS (
  SELECT COALESCE(days, watched_days) AS time, days IS NOT NULL AS event FROM question_waits
  WHERE frame = {quoted(basis.frame)}{agency} AND COALESCE(days, watched_days) IS NOT NULL
), {_CURVE}
"""
        where = {"frame": basis.frame} | ({} if everyone else {"agency": str(row["agency"])})
        name = Text("mọi chuyên mục", "all sections") if everyone else _name(basis, str(row["agency"]))
        yield PrintedFigure(
            id=f"{basis.frame}.questions.{'all' if everyone else row['agency']}.median",
            label=Text(
                f"Câu hỏi đã đăng, {name.vi}: trung vị, tính cả câu còn chờ",
                f"Published questions, {name.en}: median, those that still wait counted",
            ),
            unit=Unit.DAYS, value=_number(row["median_days"]), low=_number(row["median_low"]),
            high=_number(row["median_high"]), as_of=basis.survey.as_of, sql=waited + _MEDIAN,
            behind=Behind("question_waits", where), never=(texts.PUBLISHED, texts.NO_MEAN),
        )  # fmt: skip
    yield from _sections(basis)


def _sections(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield the share answered of the questions that were read, and how long those took, section by section."""
    for row in rows(basis.db, "activity", frame=basis.frame):
        if row["sampled"]:
            name = _name(basis, row["agency"])
            yield PrintedFigure(
                id=f"{basis.frame}.questions.{row['agency']}.share",
                label=Text(f"{name.vi}: câu hỏi có trả lời", f"{name.en}: questions answered"),
                unit=Unit.SHARE, value=rounded((row["answered"] or 0) / row["sampled"]), k=row["answered"] or 0,
                n=row["sampled"], as_of=basis.survey.as_of,
                sql="SELECT ROUND(1.0 * COALESCE(answered, 0) / sampled, 6) AS value, COALESCE(answered, 0) AS k, "
                f"sampled AS n FROM qa_activity WHERE agency = {quoted(row['agency'])}",
                behind=Behind("qa_activity", {"agency": row["agency"]}), never=(texts.SAMPLE,),
            )  # fmt: skip
            yield PrintedFigure(
                id=f"{basis.frame}.questions.{row['agency']}.median-answered",
                label=Text(f"{name.vi}: trung vị của các câu đã trả lời", f"{name.en}: median of those answered"),
                unit=Unit.DAYS, value=_number(row["median_days"]), as_of=basis.survey.as_of,
                sql=f"SELECT median_days AS value FROM qa_activity WHERE agency = {quoted(row['agency'])}",
                behind=Behind("qa_activity", {"agency": row["agency"]}), never=(texts.ANSWERED, texts.NO_MEAN),
            )  # fmt: skip


def _name(basis: FrameRows, agency: str) -> Text:
    row = basis.agencies[agency]
    return Text(row["name_vi"], row["name_en"] or row["name_vi"])


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
