"""Deadlines of the law as tables of dates."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from prober.domain.working_days import Calendar, Country
from prober.studies.folder import PACKS, packaged
from prober.studies.law import Law, read
from tests.pobi import HANOI, POBI

RULES_FILE = (PACKS / "vi/law.toml").read_text(encoding="utf-8")


def law_of(text: str) -> Law:
    law, faults = read(text)
    assert law, faults
    return law


# accepted: (received, notice, late_strict, late_lenient, outside_any_extension)
ATI_2016 = {
    "2020-04-13T08:31:00+07:00": ("2020-04-13", "2020-04-16", "2020-04-27", "2020-05-06", "2020-05-21"),
    "2020-04-13T17:00:00+07:00": ("2020-04-13", "2020-04-16", "2020-04-27", "2020-05-06", "2020-05-21"),
    "2020-04-13T17:00:01+07:00": ("2020-04-14", "2020-04-17", "2020-04-28", "2020-05-07", "2020-05-22"),
    "2020-04-13T10:00:01+00:00": ("2020-04-14", "2020-04-17", "2020-04-28", "2020-05-07", "2020-05-22"),
    "2020-04-29T17:30:00+07:00": ("2020-05-04", "2020-05-07", "2020-05-18", "2020-05-25", "2020-06-09"),
    "2020-04-18T09:00:00+07:00": ("2020-04-20", "2020-04-23", "2020-05-06", "2020-05-13", "2020-05-28"),
    "2020-01-22T09:00:00+07:00": ("2020-01-22", "2020-02-03", "2020-02-12", "2020-02-19", "2020-03-05"),
    "2025-12-31T09:00:00+07:00": ("2025-12-31", "2026-01-07", "2026-01-15", "2026-01-22", "2026-02-06"),
    "2019-12-31T09:00:00+07:00": ("2019-12-31", "2020-01-06", "2020-01-15", "2020-01-22", "2020-02-06"),
    # Accepted on Saturdays that were worked, and after 17:00 on the evenings before them.
    "2019-01-05T09:00:00+07:00": ("2019-01-05", "2019-01-09", "2019-01-18", "2019-01-25", "2019-02-11"),
    "2019-01-04T17:00:01+07:00": ("2019-01-05", "2019-01-09", "2019-01-18", "2019-01-25", "2019-02-11"),
    "2025-04-26T16:59:59+07:00": ("2025-04-26", "2025-05-05", "2025-05-14", "2025-05-21", "2025-06-05"),
    "2026-01-09T17:00:01+07:00": ("2026-01-10", "2026-01-14", "2026-01-23", "2026-01-30", "2026-02-23"),
    # Before and inside the week of Tết.
    "2026-02-13T17:00:01+07:00": ("2026-02-23", "2026-02-26", "2026-03-09", "2026-03-16", "2026-03-31"),
    "2021-02-09T09:00:00+07:00": ("2021-02-09", "2021-02-19", "2021-03-02", "2021-03-09", "2021-03-24"),
    # Ends of months, of a leap February, and days between 1 and 3 September.
    "2024-01-31T17:00:00+07:00": ("2024-01-31", "2024-02-05", "2024-02-21", "2024-02-28", "2024-03-14"),
    "2024-02-29T09:00:00+07:00": ("2024-02-29", "2024-03-05", "2024-03-14", "2024-03-21", "2024-04-05"),
    "2020-08-31T23:59:59+07:00": ("2020-09-01", "2020-09-07", "2020-09-16", "2020-09-23", "2020-10-08"),
    # Received before the new law, due after it: the law of the day of receipt holds, over 2 September.
    "2026-08-22T09:00:00+07:00": ("2026-08-22", "2026-08-26", "2026-09-09", "2026-09-16", "2026-10-01"),
}
RULES = ("notice", "late_strict", "late_lenient", "outside_any_extension")


@pytest.mark.parametrize("accepted", ATI_2016)
def test_deadlines_of_2016(accepted: str) -> None:
    received, *dates = ATI_2016[accepted]
    moment = datetime.fromisoformat(accepted)
    assert POBI.law.received_on(moment, POBI.calendar).isoformat() == received
    found = POBI.law.deadlines(moment, POBI.calendar)
    assert {d.rule: str(d.due_on) for d in found} == dict(zip(RULES, dates, strict=True))
    assert {d.law for d in found} == {"Law on Access to Information 104/2016/QH13"}
    assert all(d.article for d in found)


UNKNOWN = [("notice", None), ("late_strict", None), ("late_lenient", None)]


@pytest.mark.parametrize("accepted", ["2026-09-07T09:00:00+07:00", "2026-08-28T17:00:01+07:00"])
def test_nobody_is_late_under_the_law_of_2026(accepted: str) -> None:
    """The second one was accepted under the old law and counts as received under the new one."""
    assert [(d.rule, d.due_on) for d in POBI.law.deadlines(datetime.fromisoformat(accepted), POBI.calendar)] == UNKNOWN


# What somebody who has read the law of 2026 would enter: (value, unit) → last day of a request of 20 November 2026.
# Tuesday 24 November 2026 is free; 25 November is the first working day after Monday.
ENTERED = {
    (1, "working days"): "2026-11-23",
    (2, "working days"): "2026-11-25",
    (4, "calendar days"): "2026-11-25",
    (8, "calendar days"): "2026-11-30",
}


@pytest.mark.parametrize(("value", "unit"), ENTERED)
def test_a_number_that_a_person_enters_gives_a_day_at_once(value: int, unit: str) -> None:
    row = 'regime = "ATI-2026"\nrule = "late_lenient"\narticle = ""\nconfidence = "?"\n'
    assert row in RULES_FILE
    entered = row.replace('""', '"20"').replace('"?"', '"H"')
    law = law_of(RULES_FILE.replace(row, f'{entered}value = {value}\nunit = "{unit}"\nsource = "read by nv"\n'))
    found = {d.rule: d for d in law.deadlines(datetime(2026, 11, 20, 9, tzinfo=HANOI), POBI.calendar)}
    assert str(found["late_lenient"].due_on) == ENTERED[value, unit]
    assert found["late_lenient"].confidence == "H" and found["notice"].due_on is None
    assert law.version != POBI.law.version


STRICT = "law 104/2016/QH13, article 29.2"
FAULTS = {
    "no source": (f'source = "{STRICT}', '# "', "rule late_strict of ATI-2016: a number needs its article"),
    "unit": (
        'value = 10\nunit = "working days"',
        'value = 10\nunit = "weeks"',
        "unit: must be one of working days, calendar days or empty, not 'weeks'",
    ),
    "none": ("value = 10", "value = 0", "[rule 2] value: must be 1 to 3650, not 0"),
    "confidence": (f'confidence = "H"\nsource = "{STRICT}', 'source = "', "missing key [rule 2] confidence"),
    "after": ('after = "late_lenient"', 'after = "later"', "after 'later', which does not stand above it"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_faulty_row_is_named(case: str) -> None:
    old, new, message = FAULTS[case]
    assert old in RULES_FILE
    law, faults = read(RULES_FILE.replace(old, new))
    assert law is None and any(message in fault for fault in faults), faults


def test_a_rule_holds_for_its_own_days() -> None:
    dated = 'value = 10\nunit = "working days"\nto = 2020-06-30\n'
    law = law_of(RULES_FILE.replace('value = 10\nunit = "working days"\n', dated))
    assert [rule.rule for rule in law.rules_on(date(2020, 6, 30))] == list(RULES)
    assert "late_strict" not in [rule.rule for rule in law.rules_on(date(2020, 7, 1))]


def test_every_row_says_where_it_was_read() -> None:
    assert [r.rule for r in POBI.law.rules if not r.about or (r.value and not r.source)] == []
    assert {r.confidence for r in POBI.law.rules if r.value is None} == {"?"}


def test_the_law_of_a_day() -> None:
    assert [POBI.law.regime_on(date.fromisoformat(d)) for d in ("2018-07-01", "2026-08-31", "2026-09-01")] == [
        "ATI-2016", "ATI-2016", "ATI-2026",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="2018-06-30"):
        POBI.law.regime_on(date(2018, 6, 30))


ENGLISH = """
[[regime]]
name = "FOI"
law = "Freedom of Information Act 2000"
from = 2005-01-01
cited_as = "the Freedom of Information Act 2000"

[counting]
received_on_free_days = true

[[rule]]
regime = "FOI"
rule = "late_lenient"
article = "10(1)"
value = 20
unit = "working days"
confidence = "H"
source = "section 10(1): not later than the twentieth working day following the date of receipt"
about = "The deadline of the law."
"""
# The bank holidays are those that the government lists; each date was counted on a paper calendar.
TWENTY = {
    "2020-03-16T09:00:00+00:00": "2020-04-15",  # over Good Friday and Easter Monday
    "2020-03-16T23:30:00+00:00": "2020-04-15",  # an office has no closing hour
    "2020-04-11T12:00:00+01:00": "2020-05-12",  # received on the Saturday of Easter: Tuesday is the first day
    "2020-08-03T09:00:00+01:00": "2020-09-01",  # over the bank holiday of August
    "2020-08-10T09:00:00+01:00": "2020-09-08",
    "2020-12-07T09:00:00+00:00": "2021-01-07",  # over Christmas, Boxing Day (observed on Monday) and New Year
    "2020-03-28T23:30:00+00:00": "2020-04-28",  # a Saturday evening before summer time
}


@pytest.mark.parametrize("accepted", TWENTY)
def test_twenty_working_days_in_england(accepted: str) -> None:
    calendar = Calendar("", ZoneInfo("Europe/London"), Country("GB", "ENG"))
    study = replace(POBI, law=law_of(ENGLISH), calendar=calendar)
    (due,) = study.law.deadlines(datetime.fromisoformat(accepted), study.calendar)
    assert str(due.due_on) == TWENTY[accepted]


def test_the_limits_of_a_law_are_its_working_days_from_receipt() -> None:
    assert POBI.law.limits_of("ATI-2016") == (3, 10, 15)
    assert POBI.law.limits_of("ATI-2026") == ()  # its numbers are not known
    assert packaged("foi-en").law.limits_of("FOIA-2000") == (20,)
