"""Say of each document that was asked for what a reply says: given, refused, promised, elsewhere, or nothing.

A document is given by a file, a link or figures that name its kind and year, or a form of it. A file or link that names
no document (a scan, "tai lieu.zip") is held to be what the giving sentences name, or everything if they name nothing.
A table of another year is none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from mailroom.classification import budget_content, document_clauses, links_in_reply
from mailroom.classification.document_clauses import Asked
from mailroom.classification.text_signals import TextSignals
from prober.documents.notes import MARK
from prober.domain.correspondence import SUBSTANTIVE, DocumentState, Event, Said
from prober.domain.requested_documents import (
    Mentions,
    RequestedDocument,
    is_narrower,
    is_of_like_sort,
    is_other_paper,
    mentions,
    official_forms,
)
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words, find, normal

_HEAD = 2_000  # characters that are searched for the number of its form
_WORD = linear(r"(?<![\w/.-])[^\W\d_]{2,}(?![\w/-])")
_LETTERS = linear(r"[^\\W\\d_]{2,}")  # the words of a name
_TITLE = 4  # lines of a title
_FEW = 1  # words beside a link, besides those that only point at it, that need not say what it is
_END = linear(r"(?<=[.;?!])\s+")
_LISTED = linear(r";(?=[^()\n]{0,200}\))")  # in brackets
# What a letter that names no document by its year says of all of them, by its class.
_BY_CLASS = {
    Event.REFUSAL: Said.REFUSED, Event.REFUSAL_REASONED: Said.REFUSED, Event.TRANSFER_AWAY: Said.ELSEWHERE,
    Event.EXTENSION: Said.PROMISED,
}  # fmt: skip
# Letters of these classes say nothing of a document, whatever they name,
_SAYS_NOTHING = frozenset(
    (Event.ASKS_FORM, Event.ASKS_PURPOSE, Event.OBJECTION, Event.UNCLEAR, Event.OTHER, Event.SPAM)
)
_ASKS = frozenset((Event.ASKS_FORM, Event.ASKS_PURPOSE))  # but these may by name
_AMOUNT = linear(r"(?<![\d/.])(?!(?:19|20)\d\d(?!\d))[1-9](?:\d{0,2}(?:[.,]\d{3})+|\d{3,})(?![\d/])")


@dataclass
class _Given:
    """Collect what is given: `how` names by what and the file or address; `strange` names other documents."""

    asked: Sequence[RequestedDocument]
    said: Words
    items: document_clauses.ItemWords
    how: dict[int, tuple[str, str]] = field(default_factory=dict)  # place in `asked`
    named: set[int] = field(default_factory=set)  # those that a file or link of its own names
    unnamed: list[tuple[str, str]] = field(default_factory=list)
    strange: bool = False
    of_others: bool = False  # a file, link or sum is of another year or another level of government

    def add_file(self, file: str, text: str, numbers: bool) -> None:
        """Add the documents that a file names.

        One that can be read gives nothing if it is of no kind of document, or shows no amount, as a list of forms.
        """
        read = text[: budget_content.MAX_READ]
        if all(document.head for document in self.asked):
            self._add_titled(file, read, numbers)
            return
        words = f"{file}\n{budget_content.titles(read, self.said)}"
        named = mentions(words, self.said)
        other = is_narrower(words, self.said) or self._of_other_forms(read)
        if not numbers and _is_read(read) and all(document.kind for document in self.asked):
            if not self._has_amount(read) and "://" in read:  # it says where the documents stand
                return
            self.of_others = self.of_others or other
            other = other or not (named.kinds or named.forms) or not self._has_amount(read)
        self._add("file", file, named, other)

    def _add_titled(self, file: str, read: str, numbers: bool) -> None:
        """Add the documents whose first words the name and title of a file, or of those in an archive, have."""
        openings = [budget_content.opening(part) for part in budget_content.members(read)]
        told = [(text, _title(file, text)) for text in openings]
        others = [title for _, title in told if is_other_paper(title, self.asked, self.said)]
        if told and len(others) == len(told):  # each says that it is another paper
            self.strange = self.of_others = True
            return
        parts = [
            mentions(f"{file}\n{text}", self.said)
            for text, title in told
            if title not in others and not is_of_like_sort(_title(file, text, lines=_TITLE), self.asked, self.said)
        ]
        self.strange = self.strange or bool(told and not parts)
        known = [named for named in parts if any(d.head & named.stems or d.is_named(named) for d in self.asked)]
        for named in known or parts[:1]:
            self._add("file", file, named, not known and not numbers and _is_read(read))

    def add_link(self, url: str, line: str, answered: str = "") -> None:
        """Add the documents that a link names, else its sentence, else the line of our letter that it answers."""
        name, sentence = links_in_reply.file_name(url), _sentence_with(url, line)
        own = mentions(name, self.said)
        if not document_clauses.named_in(own, self.asked):
            own = mentions(f"{sentence}\n{name}", self.said)
        below = mentions(answered, self.said)
        if answered and not own.pairs and document_clauses.named_in(below, self.asked):
            sentence, own = f"{answered}\n{sentence}", below
        self._add("link", url, own, other=self._is_anothers(name, sentence, own))

    def _is_anothers(self, name: str, sentence: str, named: Mentions) -> bool:
        """Return True if what a link is said to be is another paper, or nothing that was asked for."""
        both = f"{sentence}\n{name}"
        other = is_other_paper(name if len(_LETTERS.findall(name)) > 2 else both, self.asked, self.said)
        if not all(document.head for document in self.asked):
            known = self.said.table(budget_content.DocumentWords)
            other = other or bool(known.unasked.search(fold(both)) and not known.asked.search(fold(both)))
        self.of_others = self.of_others or other
        if other or is_of_like_sort(both, self.asked, self.said):
            return True
        plain = fold(sentence)
        words = [word for word in _WORD.findall(plain) if word not in self.items.pointing]
        if len(words) <= _FEW or named.kinds or named.forms:
            return False
        told = document_clauses.by_head(named, self.asked) or document_clauses.named_in(named, self.asked)
        return not told and not self.items.asked_for.search(plain)

    def add_labelled(self, url: str, label: str) -> None:
        """Add the documents that an address or the label before it names; else it may be any page."""
        named = mentions(url.partition("://")[2].partition("/")[2], self.said)
        if document_clauses.named_in(named, self.asked):
            self._add("link", url, named)
        elif label:
            meant = document_clauses.surely_meant(label, self.asked, self.said)
            for at in meant:
                self.how.setdefault(at, ("link", url))
                self.named.add(at)
            self.of_others = self.of_others or not meant and bool(mentions(label, self.said).years)

    def add_page(self, url: str) -> None:
        """Add all documents: a page of budgets is said to have them all."""
        for at in range(len(self.asked)):
            self.how.setdefault(at, ("link", url))
            self.named.add(at)

    def add_figures(self, sentence: str, heading: str) -> None:
        """Add the documents of which a sentence, or the one above its sums, gives figures."""
        sentence = self.items.compared.sub("", sentence)
        named = mentions(sentence, self.said)
        if heading and not (named.kinds or named.years or named.forms or document_clauses.by_head(named, self.asked)):
            sentence = f"{heading} {sentence}"
            named = mentions(sentence, self.said)
        narrower = is_narrower(sentence, self.said)
        meant = [] if narrower else document_clauses.meant(sentence, self.asked, self.said)
        self.named.update(document_clauses.named_in(named, self.asked) if meant else ())
        for at in meant:
            self.how.setdefault(at, ("figures", ""))
        self.strange = self.strange or (not meant and (narrower or bool(named.pairs or named.years)))
        self.of_others = self.of_others or narrower

    def _add(self, by: str, name: str, named: Mentions, other: bool = False) -> None:
        found = [] if other else document_clauses.named_in(named, self.asked)
        for at in found:
            self.how.setdefault(at, (by, name))
        self.named.update(found)
        meant = [] if found else document_clauses.by_head(named, self.asked)
        of_other_years = all(self.asked[at].is_of_other_years(named) for at in meant or range(len(self.asked)))
        if other or (not found and (named.pairs or of_other_years)):
            self.strange = True
            self.of_others = self.of_others or not found and bool(named.pairs or of_other_years)
        elif not found:
            self.unnamed.append((by, name))

    def match_list(self, listed: list[int]) -> None:
        """Hold files that name nothing to be the documents that the letter lists, if there are as many of both."""
        if len(listed) == len(self.unnamed):
            self.how.update(zip(listed, self.unnamed, strict=True))
            self.named.update(listed)
            self.unnamed.clear()

    def _has_amount(self, text: str) -> bool:
        return bool(_AMOUNT.search(text) or self.items.amount.search(text))

    def _of_other_forms(self, text: str) -> bool:
        """Return True if every form that the beginning of a file names is another than those of the documents."""
        found = official_forms(text[:_HEAD], self.said)
        known = [document for document in self.asked if document.first_form]
        return bool(found and known) and not any(d.first_form <= form <= d.last_form for d in known for form in found)


def states(signals: TextSignals, event: Event, asked: Asked) -> tuple[DocumentState, ...]:
    """Return the state of each document of `asked` in a letter of class `event`, in their order."""
    how = _given(signals, asked).how if event in SUBSTANTIVE else {}
    otherwise = _otherwise(signals, event, asked)
    clauses = document_clauses.clauses(signals, asked)
    if event in _SAYS_NOTHING:
        return _told_by_name(clauses, event, asked, otherwise)
    named = {at for clause in clauses if clause.meant and clause.names_year for at in clause.meant}
    all_named = not named or any(c.names_others or (c.names_all and c.said == otherwise) for c in clauses)
    rest = otherwise if all_named else Said.NOTHING
    # Who refuses by law what is published already refuses; only another body that has it is elsewhere.
    firm = event == Event.REFUSAL_REASONED and not (signals.elsewhere or signals.accessible)
    firm = firm and not any(document_clauses.said_by_name(at, clauses) == Said.REFUSED for at in range(len(asked)))

    def said(at: int) -> Said:
        found = document_clauses.said_of(at, clauses) or (otherwise if at in named else rest)
        if event == Event.LINK and found == Said.ELSEWHERE and not document_clauses.said_by_name(at, clauses):
            return Said.NOTHING  # the links are those of what is given
        if found == Said.NOTHING and document_clauses.is_offered(at, clauses):
            return Said.PROMISED
        if event == Event.TRANSFER_AWAY and found == Said.REFUSED:  # not held here: it is to be had there
            return Said.ELSEWHERE
        if event == Event.EXTENSION and found == Said.REFUSED and not signals.refusal:  # not there yet
            return Said.PROMISED
        return Said.REFUSED if firm and found == Said.ELSEWHERE else found

    return tuple(
        DocumentState(at + 1, Said.GIVEN, *how[at]) if at in how else DocumentState(at + 1, said(at))
        for at in range(len(asked))
    )


def _told_by_name(
    clauses: Sequence[document_clauses.Clause], event: Event, asked: Asked, otherwise: Said
) -> tuple[DocumentState, ...]:
    """Return the states of a letter that asks, objects or has another matter: what it says by name, else `otherwise`.

    Who asks for a form or a purpose may promise a document, or say where it is; questions and bare days say nothing.
    """
    asks = event in _ASKS
    counts = (Said.ELSEWHERE, Said.PROMISED) if asks else (otherwise,)
    names = any(clause.meant for clause in clauses)
    tells = [clause for clause in clauses if names and not (asks and (clause.asks or clause.only_dated))]
    said = [document_clauses.said_by_name(at, tells) for at in range(len(asked))]
    told = [
        here if here in counts else Said.PROMISED if asks and document_clauses.is_offered(at, tells) else None
        for at, here in enumerate(said)
    ]
    rest = Said.NOTHING if any(told) else otherwise
    return tuple(DocumentState(at, here or rest) for at, here in enumerate(told, 1))


def _otherwise(signals: TextSignals, event: Event, asked: Asked) -> Said:
    """Return what a letter of class `event` says of a document of which no clause says anything."""
    asks = event in _ASKS
    if (asks or event == Event.OTHER and not _is_of_others(signals, asked)) and signals.is_published:
        return Said.ELSEWHERE  # published somewhere, and the letter names no document's address
    if asks and signals.find("ready"):
        return Said.PROMISED
    if event == Event.EXTENSION and (signals.find("undecided") or not _promises_some(signals, asked)):
        return Said.NOTHING
    if event == Event.OBJECTION and _refuses_beside(signals, asked):
        return Said.REFUSED
    if event in (Event.HUMAN_ACK, Event.TRANSFER_INSIDE) and signals.find("document_later"):
        return Said.PROMISED
    if event == Event.TRANSFER_AWAY and signals.find("wrong_address"):
        return Said.NOTHING  # who is no office of finance says nothing of its documents
    return _BY_CLASS.get(event, Said.NOTHING)


def _refuses_beside(signals: TextSignals, asked: Asked) -> bool:
    """Return True if a letter that objects to ours also refuses something: "send me nothing more" is of our letters."""
    objects = signals.phrases.of("objection")
    clauses = document_clauses.clauses(signals, asked) if signals.refusal else []
    return any(clause.said == Said.REFUSED and not find(objects, clause.text) for clause in clauses)


def _promises_some(signals: TextSignals, asked: Asked) -> bool:
    """Return True if a letter that puts the answer off says that something will be given, or speaks of documents."""
    named = (clause.meant or clause.names_all for clause in document_clauses.clauses(signals, asked))
    return any(named) or bool(signals.find("document_later", "to_prepare"))


def _is_of_others(signals: TextSignals, asked: Asked) -> bool:
    """Return True if a letter encloses other papers: where their like is published says nothing of what was asked."""
    return bool(signals.attached) and bool(_given(signals, asked).of_others or signals.find("leaflet"))


def completeness(signals: TextSignals, event: Event, asked: Asked) -> Event:
    """Return the class of an answer `event`: full only if all of `asked` is given, unclear if other documents are.

    Where each document is given by a file or link of its own, no word about what is missing makes the answer partial,
    but a plain refusal does.
    """
    if not asked or event not in SUBSTANTIVE:
        return event
    given = _given(signals, asked)
    if not given.how:  # other documents, or figures of nothing that was asked for
        return Event.OTHER if given.of_others else Event.UNCLEAR
    if event == Event.LINK:
        clauses = document_clauses.clauses(signals, asked) if len(given.how) < len(asked) else []
        missing = {document_clauses.said_of(at, clauses) for at in range(len(asked)) if at not in given.how}
        return Event.PARTIAL if missing & {Said.REFUSED, Said.PROMISED} else event
    if len(given.named) == len(asked) and not (event == Event.PARTIAL and signals.withholds):
        return Event.LINK if all(by == "link" for by, _ in given.how.values()) else Event.FULL
    return event if event == Event.PARTIAL or len(given.how) == len(asked) else Event.PARTIAL


def refuses_some(signals: TextSignals, asked: Asked) -> bool:
    """Return True if one document is refused, and of another the letter says something else."""
    clauses = document_clauses.clauses(signals, asked)
    said = {document_clauses.said_of(at, clauses) for at in range(len(asked))}
    return Said.REFUSED in said and bool(said & {Said.PROMISED, Said.ELSEWHERE})


def extends_some(signals: TextSignals, asked: Asked) -> bool:
    """Return True if one document is to be had elsewhere, and another one is promised or not mentioned."""
    clauses = document_clauses.clauses(signals, asked)
    said = {document_clauses.said_of(at, clauses) for at in range(len(asked))}
    return Said.ELSEWHERE in said and bool(said & {Said.PROMISED, None})


def only_others(signals: TextSignals, asked: Asked) -> bool:
    """Return True if what is enclosed is of another level of government."""
    given = _given(signals, asked)
    return given.of_others and not given.how


def gives_the_rest(signals: TextSignals, asked: Asked) -> bool:
    """Return True if some documents have a file or link of their own, and what is refused are others.

    Those are refused by name and nothing else is said of what is given; or the letter says of each what becomes of it.
    """
    given = _given(signals, asked).named
    if not given or len(given) == len(asked):
        return False
    clauses = document_clauses.clauses(signals, asked)
    rest = [document_clauses.said_by_name(at, clauses) for at in range(len(asked)) if at not in given]
    if Said.REFUSED in rest and not any(document_clauses.said_by_name(at, clauses) for at in given):
        return True
    others = [document_clauses.said_of(at, clauses) for at in range(len(asked)) if at not in given]
    return Said.REFUSED in others and all(
        said == Said.REFUSED or by_name for said, by_name in zip(others, rest, strict=True)
    )


def names_each(signals: TextSignals, asked: Asked) -> bool:
    """Return True if each document that was asked for has a file, link or figures that name it."""
    return bool(asked) and len(_given(signals, asked).named) == len(asked)


def shown(signals: TextSignals, asked: Asked) -> tuple[str, str, str]:
    """Return the file, the link and the table of the letter that name a document that was asked for, or ""."""
    if not asked or not (
        signals.enclosed
        or signals.answering_links
        or signals.labelled_links
        or signals.budget_pages
        or signals.told_table
    ):
        return "", "", ""
    given = _given(signals, asked)
    by = {
        how: name for how, name in reversed(given.how.values()) if how == "figures" or (how, name) not in given.unnamed
    }
    return by.get("file", ""), by.get("link", ""), signals.told_table if "figures" in by else ""


@lru_cache(maxsize=2)
def _given(signals: TextSignals, asked: Asked) -> _Given:
    """Return what is given; the same question is asked for the class and for each document."""
    said = signals.phrases.words
    given = _Given(asked, said, document_clauses.says(signals.phrases).items)
    for name, text, numbers in signals.enclosed:
        given.add_file(name, text, numbers)
    if len(given.unnamed) > 1 and not given.how:
        given.match_list(_listed(signals, asked))
    for url, line in signals.answering_links:
        if (answered := _answered(line, signals)) is not None:
            given.add_link(url, line, answered)
    for url, label in signals.labelled_links:
        given.add_labelled(url, label)
    for url, line in signals.budget_pages:
        if find(document_clauses.says(signals.phrases).everything, _sentence_with(url, line)):
            given.add_page(url)
    for sentence, heading in signals.sentences_with_figures:
        given.add_figures(sentence, heading)
    if given.unnamed:
        words = "\n".join(_listed_after(signals.giving_sentences, signals, asked))
        clauses = document_clauses.clauses(signals, asked)
        denied = {
            at for at in range(len(asked)) if document_clauses.said_of(at, clauses) in (Said.REFUSED, Said.PROMISED)
        }
        unsaid = [at for at in range(len(asked)) if at not in denied]
        meant = document_clauses.meant(words, asked, said) or unsaid or range(len(asked))
        for by, name in given.unnamed:
            for at in document_clauses.by_head(mentions(name.rpartition("/")[2], said), asked) or meant:
                given.how.setdefault(at, (by, name))
        if given.named.issuperset(meant):  # it is of what no file names
            for at in unsaid:
                given.how.setdefault(at, given.unnamed[0])
    weak = [at for at, (by, _) in given.how.items() if by == "figures" and at not in given.named]
    clauses = document_clauses.clauses(signals, asked) if weak else []
    for at in weak:  # a sum beside the kind of a document, of which the letter says something else
        if document_clauses.said_by_name(at, clauses):
            del given.how[at]
    return given


def _listed(signals: TextSignals, asked: Asked) -> list[int]:
    """Return the documents that a letter names, if it says nothing else of any."""
    clauses = document_clauses.clauses(signals, asked)
    if any(clause.said or clause.lacks for clause in clauses):
        return []
    return list(dict.fromkeys(at for clause in clauses if clause.names_year for at in clause.meant))


def _listed_after(sentences: tuple[str, ...], signals: TextSignals, asked: Asked) -> list[str]:
    """Return `sentences` that give something, each with those after it that only name documents, as a list does."""
    kept, gives = [], False
    said = document_clauses.says(signals.phrases)
    for sentence in (line for part in signals.stated for line in part.split("\n")):
        clause = document_clauses.Clause(sentence, asked, said)
        gives = sentence in sentences or (gives and bool(clause.meant) and not clause.said and not clause.lacks)
        if gives:
            kept.append(sentence)
    return kept or list(sentences)


def _answered(line: str, signals: TextSignals) -> str | None:
    """Return the line of our letter below which a line with a link stands; "" if that refuses or puts off.

    None if it asks something: "Which version? https://…" gives nothing yet.
    """
    said, start = document_clauses.says(signals.phrases), normal(line.partition("http")[0]).strip()
    rows = ((text, above) for text, above in signals.below_quoted if start and text.strip().startswith(start))
    text, above = next(rows, ("", ""))
    if "?" in text:
        return None
    return "" if document_clauses.Clause(text, (), said).said in (Said.REFUSED, Said.PROMISED) else above


def _is_read(text: str) -> bool:
    return bool(text.strip()) and not text.startswith(MARK)


def _sentence_with(url: str, line: str) -> str:
    """Return the sentence of `line` that has the link."""
    line = _LISTED.sub(",", line)
    before, _, after = line.partition(url if url in line else url.partition("://")[2])
    return f"{_END.split(before)[-1]} {_END.split(after)[0]}"


def _title(file: str, text: str, lines: int = 1) -> str:
    """Return the name of a file, and its first `lines` that are no rows."""
    said = [line for line in text.split("\n") if line.strip() and not budget_content.is_row(line)]
    return "\n".join((file, *said[:lines]))
