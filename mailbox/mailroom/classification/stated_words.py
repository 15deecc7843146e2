"""Read what a letter states: its sentences, without what it only recites, denies, puts off or asks."""

from functools import cached_property

from mailroom.classification import budget_content
from mailroom.classification.budget_content import MAX_READ, BudgetFile, Sort
from mailroom.classification.sentences import (
    TurnWords,
    between_quoted,
    by_accents,
    given_now,
    not_put_off,
    sentences,
    stated,
    up_to,
)
from mailroom.mime import body_text
from prober.domain.correspondence import Attachment, Reply
from prober.domain.hostnames import mail_domain
from prober.studies.packs import PhraseTable
from prober.text.words import compiled, find, without

Meanings = tuple[str, ...]  # of the packs


class StatedWords:
    """Hold what one letter states; each part is read once. `plain` reads the letter without its accents."""

    def __init__(self, reply: Reply, files: tuple[Attachment, ...], table: PhraseTable, plain: bool = False):
        self.phrases = table
        self.plain = plain
        self.reply = reply
        self.attached = files
        self._turns = table.words.table(TurnWords)
        self._outside: dict[Meanings, tuple[str, ...]] = {}

    @cached_property
    def files(self) -> tuple[BudgetFile, ...]:
        sorted_out = (budget_content.sort_out(attached, self.phrases, self.plain) for attached in self.attached)
        both = zip(sorted_out, self.attached, strict=True)
        return tuple(budget_content.of_others(f.name) if self._is_anothers(f, a) else f for f, a in both)

    def _is_anothers(self, file: BudgetFile, attached: Attachment) -> bool:
        """Return True for a paper of an office of another place."""
        if file.sort not in (Sort.DATA, Sort.TITLED, Sort.OTHER):
            return False
        domain = mail_domain(self.reply.from_address)
        return budget_content.is_of_another_place(attached.text, self._places, domain, self.phrases.words)

    @cached_property
    def _places(self) -> frozenset[str]:
        return budget_content.own_places(self.reply, self.phrases.words)

    @cached_property
    def _said(self) -> tuple[str, ...]:
        """Return the words of the letter, and of each letter among its files."""
        own = (
            sentences(part, self.phrases, self.plain) for part in by_accents(self.reply.text[:MAX_READ], self.phrases)
        )
        return tuple(part for part in (*own, *(f.words for f in self.files)) if part)

    @cached_property
    def _searched(self) -> tuple[str, ...]:
        """Return what is said, and a subject of the office's own."""
        subject = (
            "" if body_text.repeats(self.reply.subject) else sentences(self.reply.subject, self.phrases, self.plain)
        )
        return (*self._said, subject) if subject else self._said

    def find(self, *meanings: str, outside: Meanings = ()) -> str:
        """Return the first words of `meanings`, outside of the recital and in clauses before any words of `outside`."""
        return self._first(self.before(outside), *meanings)

    def before(self, outside: Meanings) -> tuple[str, ...]:
        """Return what is stated, in each sentence only the clauses before any words of `outside`."""
        if not outside:
            return self.stated
        if outside not in self._outside:
            self._outside[outside] = tuple(self._without(part, *outside) for part in self.stated)
        return self._outside[outside]

    @cached_property
    def stated(self) -> tuple[str, ...]:
        """Return what the letter says, without its recital of the request."""
        return tuple(stated(part, self.phrases) for part in self._searched)

    @cached_property
    def below_quoted(self) -> tuple[tuple[str, str], ...]:
        """Return each line of an answer between the lines of our letter, with the quoted line above it."""
        return tuple(between_quoted(self.reply.full_text[:MAX_READ], self.phrases, self.plain))

    @cached_property
    def _told(self) -> tuple[str, ...]:
        """Return the clauses that give something now, without questions and the request that the letter recites."""
        parts = self.stated[: len(self._said)]
        kept = ("\n".join(not_put_off(line, self.phrases) for line in part.split("\n")) for part in parts)
        return tuple(without(self.phrases.of("asked"), given_now(part, self.phrases)) for part in kept)

    @cached_property
    def _now(self) -> tuple[str, ...]:
        return tuple(given_now(part, self.phrases) for part in self.stated[: len(self._said)])

    def _first(self, parts: tuple[str, ...], *meanings: str) -> str:
        """Return the first words of `meanings` in `parts`; English ones only in a part without any accent."""
        written, foreign = self.phrases.of(*meanings), self.phrases.english(*meanings)
        for part in parts:
            in_english = foreign and (part.isascii() or self._turns.foreign.search(part))
            if words := find(written, part) or (in_english and find(foreign, part)):
                return words
        return ""

    def _words(self, parts: tuple[str, ...], meaning: str) -> set[str]:
        tried = ((pattern, part) for part in parts for pattern in compiled(self.phrases.of(meaning), part.isascii()))
        return {words for pattern, part in tried for words in pattern.findall(part)}

    def _without(self, text: str, *meanings: str) -> str:
        lists, plain = [self.phrases.of(meaning) for meaning in meanings], text.isascii()
        return "\n".join(up_to(lists, plain, sentence) for sentence in text.split("\n"))
