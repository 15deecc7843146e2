"""Find the signals in the words and files of a person's letter; each is searched only when a rule asks for it."""

from functools import cached_property

from mailroom.classification import budget_content, links_in_reply
from mailroom.classification.budget_content import MAX_READ, BudgetFile, DocumentWords, Sort
from mailroom.classification.kept_facts import new_addresses
from mailroom.classification.links_in_reply import Target
from mailroom.classification.sentences import (
    above_signature,
    is_below_signature_mark,
    is_names_alone,
    is_only_signed,
    lines_without,
    sentences,
    signature_lines,
    undated,
)
from mailroom.classification.stated_words import Meanings, StatedWords
from mailroom.mime import body_text
from prober.domain.hostnames import governmental, host_of, mail_domain, registrable
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import find, normal, without

_ADVERTS = 2  # so many different words of advertising make an advertisement; one more if it mentions our matter
_BARE = 8  # words around a link that need not say what it is
_ASKS_OR_COUNTS = linear(r"\?|\d{3}")
_SENTENCE_ENDS = linear(r"[.!\n]+\s*")
_SENTENCE = linear(r"\n|(?<=[.?!])\s+")


class TextSignals(StatedWords):
    """Find signals in one letter; each is the words found, or "". `plain` reads the letter without its accents."""

    @cached_property
    def enclosed(self) -> tuple[tuple[str, str, bool], ...]:
        """Return name and text of each file that may be a document of the budget, and whether it has a table.

        Of a letter that is what is appended to it: its own words are read as words.
        """
        both = zip(self.files, self.attached, strict=True)
        texts = ((file, file.appended if file.sort == Sort.LETTER else a.text) for file, a in both)
        kept = (Sort.DATA, Sort.TITLED, Sort.OTHER)
        return tuple(
            (file.name, text, file.numbers) for file, text in texts if file.sort in kept or (file.numbers and text)
        )

    @cached_property
    def answering_links(self) -> tuple[tuple[str, str], ...]:
        """Return each link to a document, with the line of the letter or file that names it."""
        texts = (links_in_reply.answers_in(self.reply, self._turns), *(a.text for a in self.attached))
        found = self._answering
        lines = [line for text in texts if found for line in links_in_reply.labelled(text[:MAX_READ])]
        return tuple((url, links_in_reply.line_of(url, lines, self.phrases.words)) for url in found)

    @cached_property
    def _answering(self) -> tuple[str, ...]:
        return tuple(url for url in self._links if links_in_reply.may_answer(url, self.phrases.words))

    @cached_property
    def labelled_links(self) -> tuple[tuple[str, str], ...]:
        """Return each link to a page that may be a document, with its label.

        That are the words before a colon, or behind it in brackets or behind a dash.
        """
        words = self.phrases.words
        urls = [url for url in self._links if url not in self._answering and links_in_reply.may_lead(url, words)]
        lines = links_in_reply.labelled(links_in_reply.answers_in(self.reply, self._turns)[:MAX_READ]) if urls else []
        rows = (
            (url, line.partition(links_in_reply.as_written(url)))
            for url in urls
            for line in lines
            if links_in_reply.as_written(url) in line
        )
        return tuple((url, links_in_reply.label(url, before, after, words)) for url, (before, _, after) in rows)

    @cached_property
    def budget_pages(self) -> tuple[tuple[str, str], ...]:
        """Return each link to a page on which a body publishes budgets, by its address, with the line that has it."""
        urls = [url for url in self._links if links_in_reply.publishes(url, self.phrases.words)]
        lines = links_in_reply.labelled(self.reply.text[:MAX_READ]) if urls else []
        return tuple((url, normal(line)) for url in urls for line in lines if links_in_reply.as_written(url) in line)

    @cached_property
    def told_table(self) -> str:
        """Return the first row of a table of numbers in the letter itself."""
        words = self.phrases.words
        if not budget_content.table_in(self.reply.text[:MAX_READ], words) and not any(
            file.words for file in self.files
        ):
            return ""
        return next((found for part in self._told if (found := budget_content.table_in(part, words))), "")

    @cached_property
    def giving_sentences(self) -> tuple[str, ...]:
        patterns = self.phrases.of("gives", "points_at_file", "all_given")
        lines, english = (line for part in self._now for line in part.split("\n")), self.phrases.english("gives")
        return tuple(line for line in lines if find(patterns, line) or (line.isascii() and find(english, line)))

    @cached_property
    def sentences_with_figures(self) -> tuple[tuple[str, str], ...]:
        """Return each sentence with sums, and the last one above it that has none; else what names the rows."""
        if not self._figures and not self.told_table:
            return ()
        lines = [line for part in self._told for line in part.split("\n")]
        sums = budget_content.sums_below(lines, self.phrases)
        return sums or budget_content.rows_below(lines, self.phrases.words) or (("\n".join(lines), ""),)

    @cached_property
    def acknowledged(self) -> str:
        parts = tuple(self._without(part, "question") for part in self._searched)
        return self._first(parts, "acknowledged")

    @cached_property
    def refusal(self) -> str:
        return self.find("refusal", outside=("trouble", "if_refused"))

    @cached_property
    def accessible(self) -> str:
        """Return words that refuse only because what was asked for is published."""
        return self.find("accessible")

    @cached_property
    def refuses_again(self) -> str:
        return self.find("refusal_again")

    @property
    def refuses_firmly(self) -> bool:
        """Return True for a plain refusal: a polite inability may last only until a form is sent or time has passed."""
        return bool(self._turns.firmly.match(self.refusal))

    @property
    def withholds(self) -> bool:
        """Return True for a plain refusal of more than the names of persons, by those who give something."""
        refused = self.refuses_firmly and self.find("refusal", outside=("trouble", "if_refused", "redacted"))
        return bool(refused and self._turns.firmly.match(refused)) and not self.accessible

    def with_reason(self, refusal: str) -> str:
        """Return `refusal` with its legal ground, or "" if none is named."""
        reason = self.find("reason") if refusal else ""
        return f"{refusal} / {reason}" if reason else ""

    @cached_property
    def objection(self) -> str:
        """Return words that ask us to write no more; who promises an answer only wants no reminders."""
        return "" if self.find("will_answer") else self.find("objection", outside=("repeated",))

    @cached_property
    def asks_beside(self) -> str:
        """Return words that ask for a form in a sentence that gives nothing, sends nowhere, and asks no question."""
        gives = self.phrases.of("gives", "gives_by_name", "away")
        parts = self.before(("contact", "own_paper"))
        beside = ("\n".join(line for line in part.split("\n") if not find(gives, line)) for part in parts)
        return self._first(tuple(beside), "form")

    @cached_property
    def purpose(self) -> str:
        return self.find("purpose")

    @cached_property
    def form(self) -> str:
        return self.find("form", outside=("own_paper", "leaflet", "prescribed"))

    @cached_property
    def away(self) -> str:
        """Return words that name another body to be asked, or that our letter was passed to."""
        named = self._body and self.find("away", outside=("complaint",))
        return named or self.find("misdirected")

    @cached_property
    def elsewhere(self) -> str:
        """Return words that name another body to be asked, or that has the documents."""
        return self.away or (self._body and self.find("held_elsewhere", outside=("complaint",)))

    @cached_property
    def _body(self) -> str:
        """Return words that name any other body; without one, a dozen phrases need not be searched."""
        return self.find("other_body")

    @cached_property
    def extension(self) -> str:
        return self.puts_off("extension")

    def puts_off(self, meaning: str, outside: Meanings = ()) -> str:
        """Return words that put the answer off; in a receipt the time that the law allows puts nothing off."""
        said = self.before(outside)  # weak words put off an answer to a letter of a day too
        parts = tuple(undated(part, self.phrases) for part in said) if meaning == "extension" else said
        if self._first(self._searched, "received"):
            parts = tuple(
                without(self.phrases.of("legal_time") + self.phrases.english("legal_time"), part) for part in parts
            )
        return self._first(parts, meaning)

    @cached_property
    def given(self) -> str:
        """Return the words that give budget figures or a budget document, or "attached" for a table without words."""
        shown = any(budget_content.figures(part, self.phrases) for part in self._said)
        if not shown and not self.files:
            return ""
        gives = self._first(now := self._now, "gives")
        if shown and (figures := self._figures):
            says = gives or self._first(now, "says_figures") or self._first(now, "has_figures")
            if says:
                return f"{says} / {figures}"
        return next((f"{words} / {f.name}" for f in self.files if (words := self._hands_over(f, gives))), "")

    @cached_property
    def _figures(self) -> str:
        """Return budget figures that the office states, not those of a question or of the request that it recites."""
        return next((found for part in self._told if (found := budget_content.figures(part, self.phrases))), "")

    def _hands_over(self, file: BudgetFile, gives: str) -> str:
        """Return the words by which `file` is given: the less it shows of the budget, the plainer they must be."""
        if file.numbers or file.sort == Sort.DATA:
            pointing = gives or self._first(self._now, "points_at_file")
            return pointing or ("attached" if file.numbers and not self._contrary else "")
        if file.sort == Sort.TITLED:
            return gives
        if file.sort == Sort.OTHER and gives:
            return self._first(self._now, "gives_by_name")
        return ""

    @cached_property
    def _contrary(self) -> str:
        """Return words of any class that contradicts an answer."""
        return self.refusal or self.elsewhere or self.form or self.extension or self.purpose or self.objection

    @cached_property
    def short(self) -> str:
        """Return words that say that a part of the documents is missing."""
        beside = ("contact",)
        return self.find("partial", outside=(*beside, "trouble", "if_refused", "greeting")) or (
            "" if self._all else self._rest(beside)
        )

    def _rest(self, beside: Meanings) -> str:
        """Return words that refuse, put off or refer to another body something beside what is given."""
        away = self._body and self.find("away", "held_elsewhere", outside=(*beside, "if_refused"))
        return ("" if self.accessible else self.refusal) or away or self.puts_off("extension", outside=beside)

    @cached_property
    def _all(self) -> str:
        """Return words that say that all that was asked is given."""
        return self._first(self._now, "all_given")

    @cached_property
    def law(self) -> str:
        """Return the name of the text of a law, if the letter encloses nothing else."""
        return self.files[0].name if self.files and all(file.sort == Sort.LAW for file in self.files) else ""

    @cached_property
    def unjudged(self) -> str:
        """Return words for an enclosure that the rules cannot judge, or that is missing."""
        if not self.files:
            return ""
        dark = next((f for f in self.files if f.sort not in (Sort.LETTER, Sort.FORM, Sort.LAW)), None)
        if not dark and all(f.sort != Sort.LETTER for f in self.files):  # a form, a slip: the letter speaks of these
            return ""
        words = self._first(self._now, "gives")
        if dark and not words:
            words = self._first(self._now, "points_at_file")
        return f"{words} / {(dark or self.files[0]).name}" if words else ""

    @cached_property
    def slip(self) -> str:
        """Return the name of the form for requests that the letter encloses, if it encloses nothing else."""
        return self.files[0].name if self.files and all(file.slip for file in self.files) else ""

    @cached_property
    def guide(self) -> str:
        """Return the name of a guide that the letter encloses, if it encloses nothing else."""
        return self.files[0].name if self.files and all(f.guide and not f.slip for f in self.files) else ""

    @cached_property
    def only_signed(self) -> bool:
        """Return True if the text is nothing but a signature: below its mark, or names, titles and a contact."""
        return not self.files and is_only_signed(self.reply.text, self.phrases.words)

    @cached_property
    def below_mark(self) -> bool:
        """Return True if all of the text stands below the mark of a signature."""
        return not self.files and is_below_signature_mark(self.reply.text, self.phrases.words)

    @cached_property
    def cited_law(self) -> str:
        """Return the beginning of the text of a law that a letter consists of."""
        found = self._turns.article.match(normal(self.reply.text)) if not self.files else None
        return found[0] if found else ""

    @cached_property
    def is_published(self) -> bool:
        """Return True if the letter says that the documents stand somewhere, and is about no other matter."""
        beside = self.find("other_business", "call_instead", "wrong_address", "law_recited")
        if self.cited_law or self.encloses_others or beside:
            return False
        lines = (lines_without(self.phrases.of("of_requests"), part) for part in self.stated)
        told = tuple(without(self.phrases.of("asked"), part) for part in lines)
        return bool(self._refers_to("of_state", "of_requests") or self._first(told, "elsewhere"))

    @cached_property
    def encloses_others(self) -> bool:
        """Return True if all that is enclosed, a letter apart, is of another matter or another budget."""
        rest = [file for file in self.files if file.sort not in (Sort.LETTER, Sort.FORM, Sort.LAW)]
        return bool(rest) and all(file.sort == Sort.UNASKED for file in rest)

    @cached_property
    def table(self) -> str:
        """Return the name of the file with a budget table, whatever the words of the letter."""
        return next((f.name for f in self.files if f.numbers and f.sort != Sort.UNASKED), "")

    @cached_property
    def _links(self) -> tuple[str, ...]:
        """Return the addresses that the letter names, but those of our own site, a signature, questions, and rules."""
        rules = self.phrases.words.table(DocumentWords).rules_link
        ours = {mail_domain(address) for address in self.reply.to}
        if not (found := links_in_reply.named(links_in_reply.answers_in(self.reply, self._turns), self.attached)):
            return ()
        beside = [line for line in _SENTENCE.split(self.reply.text[:MAX_READ]) if "?" in line and "/" in line]
        asked = "\n".join(line for line in beside if find(self.phrases.of("weak_which"), normal(line)))
        signed = "" if self.giving_sentences else signature_lines(self.reply.text, self.phrases.words)
        return tuple(
            url
            for url in found
            if registrable(host_of(url)) not in ours
            and links_in_reply.as_written(url) not in f"{signed}\n{asked}"
            and not rules.search(url)
        )

    @cached_property
    def link(self) -> str:
        """Return the first link to a document that is neither form nor rules."""
        if not self._answering:
            return ""
        said = " ".join(line for line in self._unsigned.split("\n") if not self._turns.polite.match(fold(line)))
        bare = len(said.split()) - said.count("://") <= _BARE
        return self._answering[0] if bare or self.find("published") else ""

    @cached_property
    def vague_link(self) -> str:
        """Return the first link to a section or home page, with the words that refer to it."""
        return self._refers_to("of_state", "of_requests")

    @cached_property
    def link_about_requests(self) -> str:
        return self._refers_to("of_state")

    def _refers_to(self, *apart: str) -> str:
        """Return the first link to a section or home page, with words that refer to it in a line without `apart`."""
        vague = (Target.HOME, Target.SECTION)
        url = next((u for u in self._links if links_in_reply.target(u, self.phrases.words) in vague), "")
        if not url:
            return ""
        beside = (links_in_reply.beside(part, self.phrases.words) for part in self.stated)
        words = self._first(tuple(lines_without(self.phrases.of(*apart), part) for part in beside), "published")
        return f"{words} / {url}" if words else ""

    def advert(self, given: str) -> str:
        """Return words of advertising in a message that answers no letter of ours and is from no public body.

        Twice as many outweigh a file with the name of what was asked for.
        """
        reply = self.reply
        if reply.references or "[yc-" in reply.subject.lower() or governmental(reply.from_address.rpartition("@")[2]):
            return ""
        parts = (*self._said[:1], sentences(reply.subject, self.phrases))
        found = self._words(parts, "advert")
        to_us = any("+" in address for address in reply.to)  # an address that only a request has
        enough = _ADVERTS * (2 if given else 1) + bool(self._first(parts, "our_matter")) + to_us
        if not found or len(found | self._words(parts, "offered")) < enough:
            return ""
        return ", ".join(sorted(found)[:3])

    @cached_property
    def to_others(self) -> str:
        """Return the addressees of a letter that is to other offices, such as an order or an invitation."""
        found = self._turns.to_others.search(normal(self.reply.text[:600]))
        return found[0] if found and not self._turns.to_us.search(found[0]) else ""

    @cached_property
    def unread(self) -> frozenset[str]:
        """Return the names of the files of which only the name is known."""
        return frozenset(file.name for file in self.files if file.sort in (Sort.TITLED, Sort.OTHER))

    @cached_property
    def own_subject(self) -> str:
        """Return the subject of a letter that has one of its own, and no word of our matter or of a correspondence."""
        subject = self.reply.subject
        ours = self.phrases.of("our_matter", "of_letters")
        if not subject or self.files or body_text.repeats(subject) or "[yc-" in subject.lower():
            return ""
        if find(ours, normal(subject)) or self.find("our_matter", "of_letters"):
            return ""
        return subject if len(self.reply.text.split()) > _BARE else ""

    @cached_property
    def _unsigned(self) -> str:
        return above_signature(self.reply.text, self.phrases.words)

    @cached_property
    def handed_on(self) -> str:
        """Return the first words of our letter forwarded to a colleague, who is addressed by name."""
        if not self._turns.forwarded.match(self.reply.subject):
            return ""
        found = self._turns.colleague.match(self.reply.text)
        return found[0] if found else ""

    @cached_property
    def moved(self) -> str:
        """Return the new address that the letter announces."""
        return ", ".join(new_addresses(self.reply, self.phrases.words))

    @cached_property
    def polite(self) -> str:
        """Return the text of a letter that has only greetings, thanks and wishes."""
        if self.files or _ASKS_OR_COUNTS.search(self._unsigned):
            return ""
        pieces = list(filter(None, (piece.strip(" /") for piece in _SENTENCE_ENDS.split(self._unsigned))))
        if not pieces or any(
            not self._turns.polite.match(fold(piece)) and not is_names_alone(piece, self.phrases.words)
            for piece in pieces
        ):
            return ""
        return self.reply.text
