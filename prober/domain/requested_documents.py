"""Turn the documents that a request asks for into values, and find the documents that any text names.

A budget document is recognised by its kind (settlement, execution, estimate), its year, and the numbers of the forms
that it consists of; the words for them are data of the language packs. Any other document is recognised by the words of
its title, or by those that study.toml gives it. Source: docs/reference/wording.md#budget.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import ClassVar

from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import NamedDocument, TitleWord, Words, caught

SETTLEMENT, EXECUTION, ESTIMATE, OTHER = "settlement", "execution", "estimate", ""
_LEVELS = ("local", "province", "state")
_YEAR_ALONE = r"(?<!\d)(?P<year>20[0-4]\d)(?!\d)"
_YEAR = linear(r"(?<![\d/.-])(20[0-4]\d)(?![\d/-])")
_MONTH = 16  # characters before a year that may name a day or month
_WORD = linear(r"[a-z]{2,}")
_STEM = 6  # letters
_SUM = linear(r"(?<![\d.,/-])\d{3}(?![\d.,/-]*\d)")
_JOINS = linear(r"[-_.]+")
_APART = 90  # letters between the kind of a document and its year
_LISTED = 8  # letters between two years of one list

Named = tuple[str, int]  # kind and year


@dataclass(frozen=True, slots=True, eq=False)
class DocumentMarks:
    """Hold how documents are named, from the packs: patterns for folded text, and words."""

    TABLE: ClassVar = "named_documents"
    settlement: re.Pattern[str]
    execution: re.Pattern[str]
    estimate: re.Pattern[str]
    after_year: re.Pattern[str]  # what makes the year before it that of an estimate: "2020 approved budget"
    before_short_year: re.Pattern[str]  # what stands before a year of two digits: "QT18"
    executed: re.Pattern[str]  # the execution of an estimate, for which `executed_is` is read
    executed_is: tuple[str, ...]
    execution_of: re.Pattern[str]  # without it the word for an execution is an ordinary verb in a title
    local: re.Pattern[str]
    province: re.Pattern[str]
    state: re.Pattern[str]
    form: re.Pattern[str]  # catches the number of a form
    form_hint: re.Pattern[str]  # a cheap test: every form is named with it
    before_form: frozenset[str]  # in a heading
    official_form: re.Pattern[str]  # catches the number of a form that is named in full
    forms_between: re.Pattern[str]  # catches the first and the last number
    of_month: re.Pattern[str]  # what ends before a year that dates a day or month
    until: tuple[str, ...]  # what joins the two years of one that begins in one and ends in the next
    column: re.Pattern[str]  # the head of a column of a year
    undated_column: re.Pattern[str]
    expected: re.Pattern[str]  # the beginning of a head of what is expected: no document is of that
    sort_of_paper: re.Pattern[str]  # alone in its line above what a paper is about
    narrower: re.Pattern[str]  # a table of some months, or of a lower level
    narrowed: re.Pattern[str]  # what begins the part of a title that narrows it
    # Words in the title of a paper that make it another one: its sort, as a policy; and what it is about.
    other_sort: re.Pattern[str]
    other_topic: re.Pattern[str]
    sorts: frozenset[str]  # of papers: "register"
    any_title: frozenset[str]  # words of any title or name of a file
    common: frozenset[str]  # words of titles that tell no document from another


@lru_cache(maxsize=16)
def _tokens(said: Words) -> re.Pattern[str]:
    """Return the pattern of what names the kind or the year of a document."""
    marks = said.table(DocumentMarks)
    kinds = "|".join(f"(?P<{kind}>{getattr(marks, kind).pattern})" for kind in (SETTLEMENT, EXECUTION, ESTIMATE))
    early = rf"(?P<early>20[0-4]\d)(?:{marks.after_year.pattern})"
    return linear(rf"{kinds}|{early}|{_YEAR_ALONE}|(?:{marks.before_short_year.pattern})(?P<short>[0-4]\d)(?!\d)")


@lru_cache(maxsize=16)
def _span(said: Words) -> re.Pattern[str]:
    """Return the pattern of a year that begins in one and ends in the next.

    "2018-19", "2018/2019", "201819", "April 2019 to March 2020".
    """
    until = "|".join(("-", "–", *said.table(DocumentMarks).until))
    return linear(
        r"(?<!\d)20([0-4]\d)(?: ?[-/_–] ?|)(?:20)?([0-4]\d)(?!\d)|"
        rf"(?<!\d)20([0-4]\d)(?:-\d\d)?[ -]?(?:{until})[ -]?(?:\d{{1,2}} )?(?:[a-z]{{3,9}} )?20([0-4]\d)(?!\d)|"
        r"(?<![\d/.,£])(?<!(?<!\d)\d-)(?<!(?<!\d)\d\d-)([1-4]\d)[-/_]([1-4]\d)(?![\d/.,-]\d|\d)|(?:(?<=[a-z_])|(?<=[a-z]-)|(?<=\d00-))([1-4]\d)([1-4]\d)(?!\d)"
    )


@lru_cache(maxsize=64)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return linear("|".join(TitleWord(word).pattern for word in words))


@dataclass(frozen=True, slots=True)
class RequestedDocument:
    """One document of a request; 0 where its title names no year or no forms, "" where it names no kind or level."""

    title: str
    kind: str = OTHER
    year: int = 0
    level: str = ""
    first_form: int = 0
    last_form: int = 0
    stems: frozenset[str] = frozenset()  # of the words of a title that names no kind and no forms
    # Those of its first words, before what narrows it: "Statement of accounts" of "Statement of accounts for 2018-19".
    # Of a title with accents none: most of its words are syllables, which others have too.
    head: frozenset[str] = frozenset()
    span: int = 0  # the year in which a year of two begins, 2018 for 2018-19
    sums: frozenset[str] = frozenset()  # that its title names: 500 of "payments over £500"
    words: tuple[str, ...] = ()  # that the study gives it: each names it, beside no other year than its own

    def is_named(self, found: "Mentions") -> bool:
        """Return True if a text has one of its words, or names its kind and year, or a form of it.

        One of no kind is named by half the words of its title, by two of its first words, or by one of them or its sum
        beside its year; never beside other years.
        """
        if self.has_word_in(found):
            return not self.is_of_other_years(found)
        if self.stems:
            first, dated = self.head & found.stems, self.span in found.spans
            half = 2 * len(self.stems & found.stems) >= max(len(self.stems), 3)
            alone = dated and bool(first or self.sums & found.sums)
            return (half or len(first) > 1 or alone) and (dated or not self.is_of_other_years(found))
        if (self.kind, self.year) in found.pairs:
            return True
        # The forms are those of every year: a table of another year has them too.
        others = any(kind == self.kind for kind, _ in found.pairs)
        return not others and any(self.first_form <= form <= self.last_form for form in found.forms)

    def has_word_in(self, found: "Mentions") -> bool:
        """Return True if a text has one of the words that the study gives it."""
        return bool(self.words and _any_of(self.words).search(found.plain))

    def is_of_other_years(self, found: "Mentions") -> bool:
        """Return True if a text names years of two, or a document with words of its own any, and not its own."""
        if self.words and self.year and found.years and not self.span:
            return self.year not in found.years
        return bool(self.span and found.spans and self.span not in found.spans)


def requested(title: str, said: Words) -> RequestedDocument:
    """Return the document that `title`, of a protocol, asks for; what study.toml says of it goes before its words.

    A title such as "Quyết toán ngân sách địa phương năm 2018 (các biểu mẫu từ 62/CK-NSNN đến 68/CK-NSNN)" has a kind,
    a year, a level and forms.
    """
    own, plain, marks = said.documents.get(title, NamedDocument(title)), fold(title), said.table(DocumentMarks)
    kind, year = next(iter(pairs(title, said)), (next(iter(kinds(title, said)), OTHER), 0))
    numbers = tuple(sorted(forms(title, said)))
    if kind == EXECUTION and not numbers and not marks.execution_of.search(plain):
        kind = OTHER
    narrowed = next(iter(linear(rf"[,;:(]|{marks.narrowed.pattern}").split(plain)))  # what narrows it
    first, last = own.forms or numbers[:1] + numbers[-1:] or (0, 0)
    plainly = not kind and not numbers
    return RequestedDocument(
        title, kind, own.year or year or (title_year(title) if own.words else 0),
        own.level or _level(plain, marks), first, last,
        _stems(plain, marks) if plainly else frozenset(),
        _head(narrowed, marks) if plainly and not _is_accented(title) else frozenset(),
        next(iter(_spans(plain, said)), 0), frozenset(_SUM.findall(plain)) if plainly else frozenset(), own.words,
    )  # fmt: skip


def title_year(title: str) -> int:
    """Return the first year in a title that is no part of the number of a paper; 0 if there is none.

    >>> title_year("Quyết toán năm 2018 (Thông tư 343/2016/TT-BTC)"), title_year("Thông tư 343/2016/TT-BTC")
    (2018, 0)
    """
    found = _YEAR.search(title)
    return int(found[1]) if found else 0


def _level(plain: str, marks: DocumentMarks) -> str:
    """Return the level of government that a folded title names first."""
    found = {level: match.start() for level in _LEVELS if (match := getattr(marks, level).search(plain))}
    return min(found, key=found.__getitem__, default="")


def _spans(plain: str, said: Words) -> list[int]:
    """Return the years in which the years of two that a folded text names begin.

    Of "accounts 2018-19, payments from april 2019 to march 2020, spend_20-21.csv, on 11-12-2022": 2018, 2019, 2020.
    """
    found = (tuple(filter(None, match.groups())) for match in _span(said).finditer(plain))
    return [2000 + int(first) for first, second in found if int(second) == int(first) + 1]


def _is_accented(title: str) -> bool:
    return any(char.isalpha() and not char.isascii() for char in title)


def _stems(plain: str, marks: DocumentMarks) -> frozenset[str]:
    """Return the beginnings of the words of a folded text, so that "supplier" is like "suppliers".

    Of "register of payments to suppliers, 2019-20": "paymen", "regist", "suppli".
    """
    words = (word for word in _WORD.findall(plain) if word not in marks.common)
    return frozenset(word[:_STEM] for word in words) - marks.common


def _head(first: str, marks: DocumentMarks) -> frozenset[str]:
    """Return the beginnings of the first words of a title, and its initials: "SoA" is a "statement of accounts"."""
    initials = "".join(word[0] for word in _WORD.findall(first))
    return _stems(first, marks) | ({initials} if len(initials) > 2 else set())


@dataclass(frozen=True)
class Mentions:
    """Documents that a text names, each in its order: kinds with a year, kinds with or without one; forms and years."""

    pairs: tuple[Named, ...]
    kinds: tuple[str, ...]
    forms: frozenset[int]
    years: tuple[int, ...]
    plain: str
    said: Words = field(repr=False)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The beginnings of its words."""
        return _stems(self.plain, self.said.table(DocumentMarks))

    @cached_property
    def sums(self) -> frozenset[str]:
        """The sums of three digits that it names, as titles do."""
        return frozenset(_SUM.findall(self.plain))

    @cached_property
    def spans(self) -> frozenset[int]:
        """The years in which years of two begin."""
        return frozenset(_spans(self.plain, self.said))


@lru_cache(maxsize=64)  # of the clauses of a letter, each of which is asked several times
def mentions(text: str, said: Words) -> Mentions:
    """Return all that `text` names, read once."""
    plain = _plain(text, said)
    tokens = list(_tokens(said).finditer(plain))
    numbers = _forms(plain, said.table(DocumentMarks))
    return Mentions(tuple(_pairs(tokens)), tuple(_kinds(tokens)), numbers, tuple(_years(plain, said)), plain, said)


def names_document(text: str, said: Words) -> bool:
    """Return True if `text` names a kind of document, a form or a year."""
    found = mentions(text, said)
    return bool(found.kinds or found.forms or found.years)


def pairs(text: str, said: Words) -> list[Named]:
    """Return the kinds of documents that `text` names with a year, in their order.

    "Dự toán 2019, 2020 và tình hình thực hiện dự toán năm 2018; QT18.xlsx" names the estimates of 2019 and 2020, the
    execution and the settlement of 2018.
    """
    return _pairs(_tokens(said).finditer(_plain(text, said)))


def _pairs(tokens: Iterable[re.Match[str]]) -> list[Named]:
    found: list[Named] = []
    kind, at = OTHER, 0
    alone: re.Match[str] | None = None  # a year of no kind, which may stand before its own: "năm 2019 thực hiện"
    for token in tokens:
        named = _kind(token)
        apart = token.start() - alone.end() if alone and named else -1
        if alone and 0 <= apart <= 2:
            found.append((named, int(alone["year"])))
        alone = None
        if token["early"]:
            found.append((ESTIMATE, int(token["early"])))
        elif named:  # in brackets behind its year, it is of no later one: "năm 2016 (quyết toán)"
            kind, at = (OTHER, 0) if apart == 2 else (named, token.end() + _APART)
        elif kind and token.start() <= at:
            found.append((kind, int(token["year"] or f"20{token['short']}")))
            at = token.end() + _LISTED
        elif token["year"]:
            alone = token
    return list(dict.fromkeys(found))


def _kind(token: re.Match[str]) -> str:
    """Return the kind that a token of `_tokens` names; "" for a year."""
    return token.lastgroup if token.lastgroup in (SETTLEMENT, EXECUTION, ESTIMATE) else OTHER


def kinds(text: str, said: Words) -> list[str]:
    """Return the kinds of documents that `text` names, with or without a year."""
    return _kinds(_tokens(said).finditer(_plain(text, said)))


def _kinds(tokens: Iterable[re.Match[str]]) -> list[str]:
    found = (ESTIMATE if token["early"] else _kind(token) for token in tokens)
    return list(dict.fromkeys(filter(None, found)))


def is_narrower(text: str, said: Words) -> bool:
    """Return True for a table of some months, or of a lower level of government: nobody asked for one.

    The report of the fourth quarter is that of the year.
    """
    return bool(said.table(DocumentMarks).narrower.search(_plain(text, said)))


def is_other_paper(title: str, asked: Iterable[RequestedDocument], said: Words) -> bool:
    """Return True if a title names another sort of paper; or what none of `asked` is about, beside one word of theirs.

    For "Register of payments to suppliers": "Supplier payment policy", "Payments to councillors 2019-20"; but not
    "Payments to suppliers and councillors".
    """
    documents, found, marks = tuple(asked), mentions(title, said), said.table(DocumentMarks)
    own = " ".join(fold(document.title) for document in documents)
    firmly = any(document.has_word_in(found) or len(document.head & found.stems) > 1 for document in documents)
    patterns = (marks.other_sort,) if firmly else (marks.other_sort, marks.other_topic)
    return any(match[0] not in own for pattern in patterns for match in pattern.finditer(_spaced(found.plain)))


def is_of_like_sort(title: str, asked: Iterable[RequestedDocument], said: Words) -> bool:
    """Return True if a title has only the sort of paper in common with `asked`, and words of its own.

    For "Statement of accounts": "Modern slavery statement 2018-19", but not "Statement 2018-19, final".
    """
    documents, found, marks = tuple(asked), mentions(title, said), said.table(DocumentMarks)
    sorts = frozenset(word[:_STEM] for word in marks.sorts)
    shared = found.stems & frozenset().union(*(document.head for document in documents))
    known = frozenset().union(*(document.stems for document in documents)) | sorts
    words = (word for word in _WORD.findall(_spaced(found.plain)) if word not in marks.any_title | marks.common)
    return bool(shared) and shared <= sorts and any(word[:_STEM] not in known for word in words)


def _spaced(name: str) -> str:
    """Return a name with blanks for what joins its words: "supplier_policy.pdf" ends with the word "policy"."""
    return _JOINS.sub(" ", name)


def years(text: str, said: Words) -> list[int]:
    """Return the years that `text` names, without those of days and months."""
    return _years(_plain(text, said), said)


def _years(plain: str, said: Words) -> list[int]:
    """Return the years that a text of `_plain` names, without those of days and months.

    Of "so lieu nam 2018 va 2020, thu ngay 13/4/2019, thang 5 nam 2021": 2018 and 2020.
    """
    if "20" not in plain:
        return []
    of_month = said.table(DocumentMarks).of_month
    found = (match for match in _YEAR.finditer(plain))
    return [int(m[1]) for m in found if not of_month.search(plain, max(0, m.start() - _MONTH), m.start())]


def forms(text: str, said: Words) -> frozenset[int]:
    """Return the numbers of forms that `text` names, with those between two that it joins.

    Of "biểu 59 đến 61, Biểu số 46/CK-NSNN": 46, 59, 60, 61.
    """
    return _forms(_plain(text, said), said.table(DocumentMarks))


def official_forms(text: str, said: Words) -> frozenset[int]:
    """Return the numbers of forms that `text` names in full.

    Of "Biểu số 81/CK-NSNN, biểu 3, biểu 103/CK-NSNN": 81 and 103.
    """
    found = said.table(DocumentMarks).official_form.finditer(fold(text)) if "/" in text else ()
    return frozenset(int(caught(form)) for form in found)


def _forms(plain: str, marks: DocumentMarks) -> frozenset[int]:
    if not marks.form_hint.search(plain):
        return frozenset()
    ranges = (map(int, filter(None, found.groups())) for found in marks.forms_between.finditer(plain))
    between = {form for low, high in ranges if low < high for form in range(low, high + 1)}
    return frozenset(between | {int(caught(found)) for found in marks.form.finditer(plain)})


def _plain(text: str, said: Words) -> str:
    plain, marks = " ".join(fold(text).split()), said.table(DocumentMarks)
    return marks.executed.sub("".join(marks.executed_is), plain)
