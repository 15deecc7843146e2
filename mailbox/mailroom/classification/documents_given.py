"""Say of each document that was asked for what a reply says: given, refused, promised, elsewhere, or nothing.

A document is given by a file, a link or figures that name its kind and year, or a form of it. A file or link that names
no document (a scan, "tai lieu.zip") is held to be what the giving sentences name, or everything if they name nothing.
A table of another year is none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailroom.classification.text_signals import TextSignals
from mailroom.classification.vocabulary import english, procedure, refusals, transfers
from prober.domain.correspondence import SUBSTANTIVE, DocumentState, Event, Said
from prober.domain.requested_documents import RequestedDocument, forms, kinds, pairs, titles
from prober.text.patterns import linear
from prober.text.phrases import find

_READ = 20_000  # characters of a file that are searched for names of documents
_CLAUSE = linear(r"[,;.\n?!]| (?:(?:còn|con)(?! (?:lại|lai)\b)|riêng|nhưng|rieng|nhung|but) ")
_REST = (
    r"\b(?:còn lại|kia|khác)\b",
    r"\b(?:the rest|others?|remaining)\b",
    r"\b(?:các|những|mấy|toàn bộ|tất cả|cả|0?[23]|hai|ba) (?:\w+ ){0,2}?(?:tài liệu|báo cáo|biểu|file|số liệu|văn bản)"
    r"(?: \w+){0,2} (?:này|đó|trên|ấy)\b",
)
# What a letter says of the documents that it does not name, by its class.
_BY_CLASS = {
    Event.REFUSAL: Said.REFUSED, Event.REFUSAL_REASONED: Said.REFUSED, Event.TRANSFER_AWAY: Said.ELSEWHERE,
    Event.TRANSFER_INSIDE: Said.PROMISED, Event.EXTENSION: Said.PROMISED, Event.OTHER: Said.NOTHING,
}  # fmt: skip
_LATER = (r"\bsẽ (?:\w+ )?(?:gửi|bổ sung|cung cấp)\b", r"(?:gửi|bổ sung) sau\b")
_LACKS = (
    r"\b(?:chưa|không) (?:được |có\b|công khai|phát hành|ban hành|phê chuẩn|lưu)", r"\bmật\b",
    r"\bnot (?:yet |been )*(?:available|issued|published|ready|approved|public|held)\b", r"\bcannot be\b",
)  # fmt: skip
_SAYS = (
    (Said.PROMISED, (*procedure.EXTENSION, procedure.TIME, *_LATER)),
    (Said.ELSEWHERE, (*transfers.AWAY, *transfers.HELD, *procedure.ELSEWHERE, r"\b(?:hỏi|xem|liên hệ)\b", r"https?://")),
    (Said.REFUSED, (*refusals.REFUSAL, *refusals.REGRET, *english.REFUSAL, *_LACKS)),
)  # fmt: skip


@dataclass
class _Given:
    """Collect what is given: `how` names by what and the file or address; `strange` names other documents."""

    asked: Sequence[RequestedDocument]
    how: dict[int, tuple[str, str]] = field(default_factory=dict)  # place in `asked`
    unnamed: list[tuple[str, str]] = field(default_factory=list)
    strange: bool = False

    def add(self, by: str, name: str, text: str) -> None:
        """Add the documents that `text`, of a file or beside a link, names."""
        found = _named(text, self.asked)
        for at in found:
            self.how.setdefault(at, (by, name))
        if not found and pairs(text):
            self.strange = True
        elif not found:
            self.unnamed.append((by, name))


def states(signals: TextSignals, event: Event, asked: Sequence[RequestedDocument]) -> tuple[DocumentState, ...]:
    """Return the state of each document of `asked` in a letter of class `event`, in their order."""
    how = _given(signals, asked).how if event in SUBSTANTIVE else {}
    clauses = [clause for part in signals.stated for clause in _CLAUSE.split(part) if clause]
    return tuple(
        DocumentState(at + 1, Said.GIVEN, *how[at])
        if at in how
        else DocumentState(at + 1, _said(document, clauses) or _BY_CLASS.get(event, Said.NOTHING))
        for at, document in enumerate(asked)
    )


def completeness(signals: TextSignals, event: Event, asked: Sequence[RequestedDocument]) -> Event:
    """Return the class of an answer `event`: full only if all of `asked` is given, unclear if other documents are."""
    if not asked or event not in (Event.FULL, Event.PARTIAL):
        return event
    given = _given(signals, asked)
    if not given.how and given.strange:
        return Event.UNCLEAR
    return event if event == Event.PARTIAL or len(given.how) == len(asked) else Event.PARTIAL


def _given(signals: TextSignals, asked: Sequence[RequestedDocument]) -> _Given:
    given = _Given(asked)
    for name, text in signals.enclosed:
        given.add("file", name, f"{name}\n{titles(text[:_READ])}")
    for url, line in signals.answering_links:
        given.add("link", url, f"{url.rpartition('/')[2]}\n{line}")
    for sentence in signals.sentences_with_figures:
        for at in _named(sentence, asked) or _of_kind(sentence, asked):
            given.how.setdefault(at, ("figures", ""))
    if given.unnamed:
        words = "\n".join(signals.giving_sentences)
        for at in _named(words, asked) or _of_kind(words, asked) or range(len(asked)):
            given.how.setdefault(at, given.unnamed[0])
    return given


def _named(text: str, asked: Sequence[RequestedDocument]) -> list[int]:
    named, numbers = frozenset(pairs(text)), forms(text)
    return [at for at, document in enumerate(asked) if document.is_named(named, numbers)]


def _of_kind(text: str, asked: Sequence[RequestedDocument]) -> list[int]:
    """Return the documents of a kind that `text` names without any year."""
    found = set(kinds(text)) - {kind for kind, _ in pairs(text)}
    return [at for at, document in enumerate(asked) if document.kind in found]


def _said(document: RequestedDocument, clauses: Sequence[str]) -> Said | None:
    """Return what the clauses that name `document`, or "the rest", say of it; a clause without a word ends a list."""
    about = False
    for clause in clauses:
        named = bool(_named(clause, (document,)) or _of_kind(clause, (document,))) or bool(find(_REST, clause))
        about = named or about and not kinds(clause)
        if about and (said := next((said for said, words in _SAYS if find(words, clause)), None)):
            return said
    return None
