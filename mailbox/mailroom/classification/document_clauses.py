"""Read the clauses of a letter: which of the documents that were asked for each means, and what it says of them.

Years and days such as "last year" and "before 20/3" are counted from the letter's own date.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache, partial
from itertools import pairwise, takewhile
from typing import ClassVar

from mailroom.classification.text_signals import TextSignals
from prober.domain.correspondence import Reply, Said
from prober.domain.requested_documents import Mentions, RequestedDocument, mentions, official_forms
from prober.studies.packs import Phrases, PhraseTable
from prober.text.patterns import linear
from prober.text.words import Words, caught, find

_DAY = linear(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})(?:[/.-](20\d\d))?(?![\d/-]|\.\d)")
_SOON = timedelta(days=200)  # a later day than that dates something else


@dataclass(frozen=True, slots=True, eq=False)
class YearWords:
    """Hold how letters tell the year of a document without its number, from the packs: patterns for text as written."""

    TABLE: ClassVar = "told_years"
    hint: re.Pattern[str]  # a cheap test in lower case: every such year has it
    short: re.Pattern[str]  # what stands for "20" before the last two digits: nothing in "năm 18", 2k in "2k18"
    spoken: re.Pattern[str]  # catches a numeral of `numerals`
    numerals: tuple[str, ...]  # "18 mười tám"
    # The year of the letter, the last one, and the one before, each catches the words before it that name a document.
    this: re.Pattern[str]
    last: re.Pattern[str]
    before_last: re.Pattern[str]


def with_years(reply: Reply, words: Words) -> Reply:
    """Return `reply` with the number of each year that its words tell otherwise."""
    known = words.table(YearWords)
    if not known.hint.search(reply.text.lower()):
        return reply
    numerals = {numeral: number for number, numeral in (entry.split(" ", 1) for entry in known.numerals)}
    text = known.short.sub("20", reply.text)
    text = known.spoken.sub(lambda found: f"20{numerals[caught(found).lower()]}", text)
    year = reply.date.year if reply.date else 0
    for pattern, before in ((known.before_last, 2), (known.last, 1), (known.this, 0)) if year else ():
        text = pattern.sub(partial(_with_number, year - before), text)
    return replace(reply, text=text) if text != reply.text else reply


def _with_number(year: int, found: re.Match[str]) -> str:
    return f"{caught(found)}{year}"


def names_later_day(text: str, written: date) -> bool:
    """Return True if a text names a day after `written`, day before month.

    >>> names_later_day("sẽ chuyển trước 20/3", date(2020, 3, 12)), names_later_day("thư ngày 2/3", date(2020, 3, 12))
    (True, False)
    """
    return any(_is_soon(found, written) for found in _DAY.finditer(text))


def _is_soon(found: re.Match[str], written: date) -> bool:
    day, mark, month, year = found.groups()
    if not year and mark != "/":  # a range, or an amount
        return False
    try:
        named = date(int(year or written.year), int(month), int(day))
    except ValueError:
        return False
    return written < named <= written + _SOON


Asked = tuple[RequestedDocument, ...]

_NUMBER_OF_LIST = r"(?<=\d,) \d{1,2}(?:,| ?[-–] ?\d| \w{1,4} \d{1,2}\b)"  # "1, 2 and 3"; not "1, 2 others"
_BETWEEN = rf"[;\n?!]|\.(?!\w)|,(?! (?:\w{{1,3}} )?20\d\d\b|\d|{_NUMBER_OF_LIST})"  # clauses, in every language
_YEAR = linear(r"\b20[0-4]\d\b")
_OF_YEAR = linear(r"\((?:[^\W\d_]+ ){0,2}(20[0-4]\d)\)")
_HEADING_WORDS = 8
_DIGITS = linear(r"\d+")
_FORM = linear(r"(?<![\d/.,:])\d{2}(?![\d/:]|[.,]\d)")
_ITEM = linear(r"[^\w\n]{0,4}([1-9]\d?)(?:[.)/:]|\s*$)|(?:[-=]{1,3}>|[-+*•→])")


@dataclass(frozen=True, slots=True, eq=False)
class ItemWords:
    """Hold how letters name documents without their titles, from the packs: patterns for prepared text."""

    TABLE: ClassVar = "items"
    clause: re.Pattern[str]  # what parts two clauses, besides marks
    numbered: re.Pattern[str]  # documents by their numbers in the list of our letter: "item 1 and item 2", "(3)"
    until: re.Pattern[str]  # between two of these numbers, with which those between are meant: "items 1 to 4"
    report_of: re.Pattern[str]  # catches the year of "the report of 2019"
    first: Phrases
    second: Phrases
    third: Phrases
    fourth: Phrases
    later: re.Pattern[str]  # catches the numeral of a document after the fourth
    numerals: tuple[str, ...]  # "5 fifth", "5 five": what `later` catches, behind its number
    last: Phrases
    giving: re.Pattern[str]
    offers: re.Pattern[str]  # the office itself gives: of a document that is not there, a promise
    asked_for: re.Pattern[str]  # in folded text: what was asked for, by no title: "both documents"
    pointing: frozenset[str]  # folded words that only point at a link: "you can see it here"
    turns: re.Pattern[str]  # the beginning of a sentence that sets another document apart: "as for the accounts"
    refers: re.Pattern[str]  # a pronoun, by which a sentence goes on about the documents of the one before it
    amount: re.Pattern[str]  # one in words: "3 million"
    compared: re.Pattern[str]  # a document with which sums are compared: "108 % of the estimate"

    @property
    def ordinals(self) -> tuple[Phrases, ...]:
        """The phrases for the first document, the second, and so on."""
        return self.first, self.second, self.third, self.fourth

    def later_numbers(self, text: str) -> frozenset[int]:
        """Return the numbers of the documents after the fourth that a text names by numerals."""
        said = {caught(found) for found in self.later.finditer(text)}
        known = (numeral.split(" ", 1) for numeral in self.numerals)
        return frozenset(int(number) for number, numeral in known if numeral in said)


@dataclass(frozen=True, slots=True)
class Says:
    """Phrases of a table that say something about a document."""

    everything: Phrases
    others: Phrases
    lacks: Phrases
    not_held: Phrases
    reason: Phrases
    by_said: tuple[tuple[Said, Phrases], ...]
    dated: Phrases
    words: Words
    items: ItemWords
    clause_end: re.Pattern[str]


@cache
def says(table: PhraseTable) -> Says:
    def both(*meanings: str) -> Phrases:
        return table.of(*meanings) + table.english(*meanings)

    elsewhere = table.of("away", "held_elsewhere", "elsewhere", "document_elsewhere")
    later = table.of("extension", "document_later")
    refused = table.of("refusal", "regret")
    items = table.words.table(ItemWords)
    return Says(
        both("everything"),
        both("other_documents"),
        both("document_lacking"),
        both("not_held"),
        both("reason"),
        (
            (Said.PROMISED, later + table.english("document_later")),
            (Said.ELSEWHERE, elsewhere + table.english("document_elsewhere")),
            (Said.REFUSED, refused + table.english("refusal")),
        ),
        table.of("time"),
        table.words,
        items,
        linear(f"{_BETWEEN}|{items.clause.pattern}"),
    )


def named_in(found: Mentions, asked: Sequence[RequestedDocument]) -> list[int]:
    return [at for at, document in enumerate(asked) if document.is_named(found)]


def _of_kind(named: Mentions, asked: Sequence[RequestedDocument]) -> list[int]:
    """Return the documents of a kind that a text names without any year."""
    found = set(named.kinds) - {kind for kind, _ in named.pairs}
    return [at for at, document in enumerate(asked) if document.kind in found]


def meant(text: str, asked: Sequence[RequestedDocument], words: Words) -> list[int]:
    """Return the documents that a text means, surely or by one of the first words of their titles."""
    return list(dict.fromkeys((*surely_meant(text, asked, words), *by_head(mentions(text, words), asked))))


def surely_meant(text: str, asked: Sequence[RequestedDocument], words: Words) -> list[int]:
    """Return the documents that a text means: by kind and year or form, else by kind, number in the list, or year."""
    found, items = mentions(text, words), words.table(ItemWords)
    if named := list(dict.fromkeys((*named_in(found, asked), *_of_forms(text, asked, items)))):
        of_years = (int(caught(report)) for report in items.report_of.finditer(text))
        reports = _of_years(of_years, asked) if len(found.years) > len(named) else []
        return list(dict.fromkeys((*named, *reports)))
    dated = (int(caught(year)) for year in _OF_YEAR.finditer(text))  # "the third file (2020)": files have other numbers
    return (
        _of_years(dated, asked)
        or _numbered(text, asked, items)
        or _of_kind(found, asked)
        or ([] if found.kinds else _of_years(found.years, asked))
    )


def _of_forms(text: str, asked: Sequence[RequestedDocument], items: ItemWords) -> list[int]:
    """Return the documents whose forms a text names by two bare numbers: "62 to 68", "59-60-61"."""
    numbers = list(_FORM.finditer(text))
    between = [
        (int(first[0]), int(second[0]))
        for first, second in pairwise(numbers)
        if items.until.fullmatch(text[first.end() : second.start()].strip())
    ]
    return [
        at
        for at, document in enumerate(asked)
        if any(document.first_form <= low < high <= document.last_form for low, high in between)
    ]


def by_head(found: Mentions, asked: Sequence[RequestedDocument]) -> list[int]:
    """Return the documents with a word in a text: of the study's, or of the title's first that no other title has."""
    others = [frozenset().union(*(d.stems for d in asked if d is not document)) for document in asked]
    return [at for at, d in enumerate(asked) if d.has_word_in(found) or (d.head - others[at]) & found.stems]


def _numbered(text: str, asked: Sequence[RequestedDocument], items: ItemWords) -> list[int]:
    listed = (number for found in items.numbered.finditer(text) for number in _numbers(found[0], items))
    numbers = [number - 1 for number in dict.fromkeys(listed) if number <= len(asked)]
    later = items.later_numbers(text) if len(asked) > len(items.ordinals) else frozenset()
    return numbers or [
        at
        for at, words in enumerate((*items.ordinals, *((),) * len(asked))[: len(asked)])
        if find(words, text) or at + 1 in later or (at + 1 == len(asked) and find(items.last, text))
    ]


def _numbers(listed: str, items: ItemWords) -> Iterator[int]:
    """Yield the numbers of a list: 1, 2, 3 and 5 of "items 1 to 3 and 5"."""
    before, end = 0, 0
    for found in _DIGITS.finditer(listed):
        number = int(found[0])
        if before and items.until.search(listed[end : found.start()]):
            yield from range(before + 1, number)
        yield number
        before, end = number, found.end()


def _of_years(years: Iterable[int], asked: Sequence[RequestedDocument]) -> list[int]:
    """Return the documents of a year that a text names, where no other document is of that year."""
    found = set(years)
    all_years = [document.year for document in asked]
    return [at for at, year in enumerate(all_years) if year in found and all_years.count(year) == 1]


class Clause:
    """A clause of a letter, in which each thing is searched once, for whichever document asks first."""

    def __init__(
        self,
        text: str,
        asked: Asked,
        says: Says,
        answered: str = "",
        line: int = 0,
        whole: str = "",
        asks: bool = False,
        written: date | None = None,
    ):
        self.text, self._asked, self._says, self._answered = text, asked, says, answered
        self.line, self._whole = line, whole  # its sentence, counted
        self._written = written  # the day of the letter
        self.asks = asks or whole.rstrip().endswith("?")

    @cached_property
    def meant(self) -> list[int]:
        """Return the documents that it names, or the line of our letter that it answers."""
        text, said = self._says.items.compared.sub("", self.text), self._says.words
        return meant(text, self._asked, said) or named_in(mentions(self._answered, said), self._asked)

    @cached_property
    def heads(self) -> bool:
        """Return True if its line is the heading of what a letter says of one document: "Response to (2)"."""
        line = self._whole.strip()
        if len(self.meant) != 1 or line.endswith((".", ";", ",", "?", "!")):
            return False
        document = self._asked[self.meant[0]]
        return bool(document.head) and len(line.split()) <= max(_HEADING_WORDS, len(document.title.split()) + 1)

    @cached_property
    def names_year(self) -> bool:
        """Return True if it names a document by its year, form or number."""
        named = _YEAR.search(self.text) or official_forms(self.text, self._says.words)
        return bool(named or _numbered(self.text, self._asked, self._says.items))

    @cached_property
    def names_others(self) -> bool:
        """Return True if it names "the rest"."""
        return bool(find(self._says.others, self.text))

    @cached_property
    def names_all(self) -> bool:
        """Return True if it names "both" or "everything", and no document."""
        return not self.meant and bool(find(self._says.everything, self.text))

    @cached_property
    def said(self) -> Said | None:
        return self._plainly or (Said.PROMISED if self._is_dated else None)

    @cached_property
    def _plainly(self) -> Said | None:
        """Return what it says in words that need no later day."""
        if self.refuses_by_law:
            return Said.REFUSED
        return next((said for said, words in self._says.by_said if find(words, self.text)), None)

    @property
    def _is_dated(self) -> bool:
        """Return True if it names a later time, in words or by its date."""
        later = self._written and names_later_day(self.text, self._written)
        return bool(later or find(self._says.dated, self.text))

    @property
    def only_dated(self) -> bool:
        """Return True if nothing but a later day promises something: it may be any other thing's, or in a name."""
        return self.said == Said.PROMISED and not self._plainly

    @cached_property
    def refuses_by_law(self) -> bool:
        """Return True if it refuses and names the ground: what is being done meanwhile, or who has it, weighs less."""
        refused = dict(self._says.by_said)[Said.REFUSED]
        return bool(find(self._says.reason, self.text) and find(refused, self.text))

    def refuses_in(self, line: int) -> bool:
        """Return True if it goes on in sentence `line` to refuse, not only for want of the document."""
        return self.line == line and self.said == Said.REFUSED and not (self.lacks or self.is_not_held or self.meant)

    @cached_property
    def lacks(self) -> bool:
        return bool(find(self._says.lacks, self.text))

    @cached_property
    def is_not_held(self) -> bool:
        return bool(find(self._says.not_held, self.text))

    @cached_property
    def refers(self) -> bool:
        """Return True if it goes on about what the sentence before it names."""
        return bool(self._says.items.refers.search(self.text))

    @property
    def speaks(self) -> bool:
        """Return True if it says more than the names of documents."""
        return bool(self.said or self.lacks or self.gives)

    @cached_property
    def turns(self) -> bool:
        """Return True if it begins by setting another document apart from those before."""
        return bool(self._says.items.turns.match(self.text))

    @cached_property
    def gives(self) -> bool:
        items = self._says.items
        return bool(items.giving.search(self.text) or items.amount.search(self.text))

    @cached_property
    def offers(self) -> bool:
        """Return True if it says of the office itself that it gives something."""
        return not self.said and bool(self._says.items.offers.search(self.text))


@lru_cache(maxsize=2)
def clauses(signals: TextSignals, asked: Asked) -> list[Clause]:
    """Return the clauses of a letter; its class and its documents ask for them."""
    said = says(signals.phrases)
    between = [
        Clause(text, asked, said, above, asks="?" in line)
        for line, above in signals.below_quoted
        for text in said.clause_end.split(line)
        if text
    ]
    lines = [line for part in signals.before(("contact",)) for line in part.split("\n") if line.strip()]
    pieces = ((text, at) for at, line in enumerate(lines) for text in said.clause_end.split(line) if text)
    day = signals.reply.date.date() if signals.reply.date else None
    found = between + [Clause(text, asked, said, line=at, whole=lines[at], written=day) for text, at in pieces]
    return found if any(clause.meant for clause in found) else _by_number(lines, asked, said) or found


def _by_number(lines: list[str], asked: Asked, said: Says) -> list[Clause]:
    """Return the clauses of a list with as many items as documents were asked for, each with the document it answers.

    Only a letter that names no document answers so: "1. Attached. 2. Not yet approved. 3. Ask the council".
    """
    found: list[Clause] = []
    number = 0
    for at, line in enumerate(lines):
        item = _ITEM.match(line)
        number += bool(item and int(item[1] or number + 1) == number + 1)
        title = asked[number - 1].title if 0 < number <= len(asked) else ""
        found += [Clause(text, asked, said, title, at) for text in said.clause_end.split(line) if text]
    return found if number == len(asked) else []


def said_of(at: int, clauses: Sequence[Clause]) -> Said | None:
    """Return what the clauses that name the document at `at`, else those that name "the rest", say of it."""
    return said_by_name(at, clauses) or _said_of(at, clauses, others=True)


def said_by_name(at: int, clauses: Sequence[Clause]) -> Said | None:
    """Return what the clauses that name the document at `at` say of it."""
    return _said_of(at, clauses, others=False) or _said_of_list(at, clauses)


def is_offered(at: int, clauses: Sequence[Clause]) -> bool:
    """Return True if the office gives the document at `at`, in a clause that names it or the next of its sentence."""
    about = -1  # the sentence that names it last
    for clause in clauses:
        about = clause.line if at in clause.meant else -1 if clause.meant else about
        if about == clause.line and clause.offers and not clause.asks:
            return True
    return False


def _said_of_list(at: int, clauses: Sequence[Clause]) -> Said | None:
    """Return what a clause says that begins a list of documents: "we send the accounts later, the budget and …"."""
    head: Clause | None = None
    for clause in clauses:
        if not head or clause.line != head.line or clause.speaks:
            head = clause if clause.meant else None
        elif head.said and at in clause.meant:
            return head.said
    return None


def _said_of(at: int, clauses: Sequence[Clause], others: bool) -> Said | None:
    """Return what clauses say of a document.

    A clause that only names it belongs to a list, which ends with the first clause that says something, or with the
    sentence if that has more than names; what is said stands in the same sentence or in the next one, or below a
    heading. What an office does not have, or another body
    has, counts unless the office goes on to promise it.
    """
    about = listed = headed = lacked = False
    last = gives = tells = -1  # the sentences that were last about it, that last gave something, or had more than names
    found: Said | None = None
    for number, clause in enumerate(clauses):
        named = at in clause.meant or (others and clause.names_others)
        about = named or (
            about
            and ((listed and not clause.turns and tells in (-1, clause.line)) or not clause.meant)
            and (headed or clause.line <= last + 1)
        )
        headed = named and (clause.heads or headed) if clause.meant else headed
        if about and (named or clause.meant or clause.refers):
            last = clause.line
        if found and clause.only_dated and (found == Said.ELSEWHERE or clause.line != last):
            continue
        if found == Said.ELSEWHERE and clause.said == Said.PROMISED and clause.line > last and not clause.gives:
            continue  # another sentence, about something else
        if about and clause.said == Said.PROMISED:
            return Said.REFUSED if _refuses_after_all(clauses[number + 1 :], clause.line) else clause.said
        if about and clause.said:
            lacked = lacked or (not found and clause.said == Said.REFUSED and clause.is_not_held)
            if found == Said.ELSEWHERE and (clause.refuses_by_law or clause.refuses_in(last)):
                found = Said.REFUSED  # the refusal also says who has it
            found = clause.said if lacked and clause.said == Said.ELSEWHERE else found or clause.said
        elif about and clause.lacks:
            lacked = lacked or not found
            found = found or Said.REFUSED
        elif found and not about:
            return found
        gives = clause.line if about and (clause.gives or clause.offers) else gives
        tells = clause.line if about and not clause.meant and " " in clause.text.strip() else tells
        listed = about and not found and clause.line != gives
    return found


def _refuses_after_all(rest: Sequence[Clause], line: int) -> bool:
    """Return True if the same sentence, without naming another document, goes on to refuse by law."""
    goes_on = takewhile(lambda clause: clause.line == line and not clause.meant, rest)
    return any(clause.refuses_by_law for clause in goes_on)
