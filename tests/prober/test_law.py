"""Deadlines of the law as tables of dates."""

from datetime import date, datetime

import pytest

from prober.campaign.law import deadlines, received_on, regime_on
from prober.workdays import vietnam

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
}
RULES = ("notice", "late_strict", "late_lenient", "outside_any_extension")


@pytest.mark.parametrize("accepted", ATI_2016)
def test_deadlines_of_2016(accepted: str) -> None:
    received, *dates = ATI_2016[accepted]
    moment = datetime.fromisoformat(accepted)
    assert received_on(moment, vietnam()).isoformat() == received
    found = deadlines(moment, "ATI-2016", vietnam())
    assert {d.rule: str(d.due_on) for d in found} == dict(zip(RULES, dates, strict=True))
    assert {d.law for d in found} == {"Law on Access to Information 104/2016/QH13"}
    assert all(d.article for d in found)


def test_nobody_is_late_under_the_law_of_2026() -> None:
    found = deadlines(datetime.fromisoformat("2026-09-07T09:00:00+07:00"), "ATI-2026", vietnam())
    assert [(d.rule, d.due_on) for d in found] == [("late_lenient", None)]


def test_the_law_of_a_day() -> None:
    assert [regime_on(date.fromisoformat(d)) for d in ("2018-07-01", "2026-08-31", "2026-09-01")] == [
        "ATI-2016", "ATI-2016", "ATI-2026",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="2018-06-30"):
        regime_on(date(2018, 6, 30))
