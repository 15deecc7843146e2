"""Classify a published budget document by its title and form number.

State Budget Law 83/2015/QH13, article 15, and Circular 343/2016/TT-BTC: a province publishes seven documents a year.
Forms 33–45/CK-NSNN belong to the draft, 46–58 to the approved estimate, 59–61 to its execution, 62–68 to the
settlement; higher numbers are those of districts and communes.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from prober.text.vietnamese import fold
from prober.text.words import caught

OWN_OFFICE = "own_office"

_FORMS = ((33, 45, "draft"), (46, 58, "approved"), (59, 61, "execution"), (62, 68, "settlement"))


@dataclass(frozen=True, slots=True, eq=False)
class BudgetWords:
    """Hold the words of budgets and of their documents, from the packs; if nothing else is said, for folded text."""

    TABLE: ClassVar = "budget"
    trigger: re.Pattern[str]  # without it a page says nothing of budgets
    not_a_section: re.Pattern[str]  # in a headline that mentions the budget
    publication: re.Pattern[str]  # begins the title of what is published
    alone: re.Pattern[str]  # begins a title that counts outside a section
    titled: re.Pattern[str]  # the name of a page that is one document
    told: re.Pattern[str]  # in a headline about it
    attached: re.Pattern[str]  # words beside the file of such a page, which name nothing else
    whose: re.Pattern[str]  # in a title that says that the budget is the province's
    link: re.Pattern[str]  # in the label of a link, in lower case with its accents
    number: re.Pattern[str]  # of the decision that publishes it, as written
    document: re.Pattern[str]  # without it a title names no budget document
    form: re.Pattern[str]  # its number is caught
    # The department's own office (Circulars 61/2017 and 90/2018), and single units that spend: not the province's.
    office: re.Pattern[str]
    # Before a proper name these words mean a level below the province; "chi ngân sách từng huyện" is a provincial form.
    lower_named: re.Pattern[str]
    city: re.Pattern[str]  # its name is caught
    central_cities: tuple[str, ...]
    settlement: re.Pattern[str]
    execution: re.Pattern[str]
    estimate: re.Pattern[str]
    draft: re.Pattern[str]
    changed: re.Pattern[str]
    nine_months: re.Pattern[str]
    half_year: re.Pattern[str]
    first_quarter: re.Pattern[str]
    other_period: re.Pattern[str]
    # The year is caught; the first that is found counts.
    year_named: re.Pattern[str]
    year_of_period: re.Pattern[str]
    year_alone: re.Pattern[str]

    @property
    def periods(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """The parts of a year after which a report of execution is published, by their names."""
        names = ("nine_months", "half_year", "first_quarter")
        return (*((name, getattr(self, name)) for name in names), ("other", self.other_period))

    @property
    def years(self) -> tuple[re.Pattern[str], ...]:
        return self.year_named, self.year_of_period, self.year_alone


@dataclass(frozen=True, slots=True)
class Paper:
    """Describe a budget document. `type` is one of BUDGET_TYPES, OWN_OFFICE, or "" for another one; `year` may be 0."""

    type: str
    year: int
    form: str


@lru_cache(maxsize=32768)
def paper(title: str, said: BudgetWords, province: str = "") -> Paper | None:
    """Return the budget document that `title` names, or None if it names none of the province.

    `province` distinguishes the budget of a centrally run city from that of a city within a province.
    """
    words = fold(title)
    if not said.document.search(words):
        return None
    form = said.form.search(words)
    number = int(caught(form)) if form else 0
    family = next((name for low, high, name in _FORMS if low <= number <= high), "")
    if (form and not family) or (not family and _below_province(title, words, said, province)):
        return None
    year = next((int(caught(found)) for found in (pattern.search(words) for pattern in said.years) if found), 0)
    written = f"{number}/CK-NSNN" if form else ""
    if not family and said.office.search(words):
        return Paper(OWN_OFFICE, year, written)
    return Paper(_type(words, said, family), year, written)


def _below_province(title: str, words: str, said: BudgetWords, province: str) -> bool:
    if said.lower_named.search(title):
        return True
    city, own = said.city.search(words), fold(province)
    if city is None:
        return False
    named = next((name for name in said.central_cities if words.startswith(name, city.start(city.lastindex or 0))), "")
    return bool(own) and (not named or named not in own)


def _type(words: str, said: BudgetWords, family: str) -> str:
    """Return the type by the title, or by the form (`family`) if the title does not say it ("Biểu số 62/CK-NSNN")."""
    if said.settlement.search(words):
        return "settlement"
    if said.execution.search(words):
        period = next((name for name, pattern in said.periods if pattern.search(words)), "year")
        return "" if period == "other" else period
    if said.estimate.search(words) and not said.changed.search(words):
        return "draft" if said.draft.search(words) else "approved"
    return {"execution": "year"}.get(family, family)
