"""Read a words.toml: labels and phrases of one's own, added to those of the language packs, or of a language without.

It is built like the files of a pack: `[LANGUAGE.links.INDICATOR]` as links.toml, `[LANGUAGE.pages.TABLE]` as
pages.toml, `[LANGUAGE.replies]` with the meanings of replies.toml. A study may come from a stranger, so it has words
and no patterns: each stands for itself, in any case, with or without accents.
"""

import difflib
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from prober.studies import packs
from prober.studies.folder_files import parsed
from prober.studies.study_indicators import LONGEST, is_path, is_word
from prober.text.vietnamese import fold
from prober.text.vietnamese import key as plain
from prober.text.words import WEIGHTS, LinkWords, OwnWord, OwnWords, literal, normal

MOST_WORDS, MOST_OF_A_LIST, MOST_PATHS = 500, 100, 10
LEAST_LETTERS = 3  # of a word in pages and letters: a shorter one is part of too many others
_FILES = ("links", "pages", "replies")
_OF_LINKS = ("labels", "slugs", "paths")
_OF_PATTERNS = frozenset("\\|*+^$[]{}")


def read(text: str, languages: Sequence[str]) -> tuple[OwnWords, list[str]]:
    """Return (the words in the text of a words.toml, no faults), or (no words, every fault as one line).

    `languages` are those of the study.
    """
    tables, wrong = parsed(text)
    if tables is None:
        return OwnWords(), wrong
    reader = _Reader()
    links: dict[str, Mapping[str, LinkWords]] = {}
    pages: dict[str, Mapping[str, Mapping[str, tuple[OwnWord, ...]]]] = {}
    replies: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for language, files in reader.known("", tables, languages):
        for file, table in reader.known(language, files, _FILES):
            if file == "links":
                links[language] = dict(reader.links(language, table))
            elif file == "pages":
                pages[language] = dict(reader.pages(language, table))
            else:
                replies[language] = dict(reader.replies(language, table))
    if reader.count > MOST_WORDS:
        reader.faults.append(f"{reader.count} words; at most {MOST_WORDS} fit in one study")
    if reader.faults or not reader.count:
        return OwnWords(), reader.faults
    told = json.dumps([_plain_values(links), pages, replies], sort_keys=True)
    return OwnWords(hashlib.sha256(told.encode()).hexdigest(), reader.count, links, pages, replies), []


def lacking(own: OwnWords, languages: Sequence[str], indicators: Sequence[str]) -> Iterator[str]:
    """Yield each indicator without a label in a language without a pack: nobody could look for it."""
    packed = packs.languages()
    for language, name in product(languages, packs.link_names()):
        held = own.links.get(language, {}).get(name, LinkWords())
        if name in indicators and language not in packed and not held.labels:
            yield (
                f"[{language}.links.{name}.labels] is missing: {language!r} has no pack of words ({', '.join(packed)} "
                f"have one), so the study gives those by which a person would look for {name}"
            )


class _Reader:
    """Take the words out of the tables of a file, and keep every fault."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.count = 0

    def known(self, where: str, table: Any, names: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Yield (name, value) of a table whose names must be among `names`."""
        if not isinstance(table, Mapping):
            self.faults.append(f"{where}: must be a table; write [{where}] on a line of its own")
            return
        for name, value in table.items():
            if name in names:
                yield name, value
                continue
            near = difflib.get_close_matches(name[:LONGEST], names, n=1)
            may = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            self.faults.append(f"{f'[{where}] ' if where else ''}unknown name {name}; {may}")

    def links(self, language: str, tables: Any) -> Iterator[tuple[str, LinkWords]]:
        """Yield (indicator, its words)."""
        where = f"{language}.links"
        for indicator, table in self.known(where, tables, packs.link_names()):
            parts: dict[str, dict[str, float]] = {"labels": {}, "slugs": {}}
            paths: tuple[str, ...] = ()
            for part, value in self.known(f"{where}.{indicator}", table, _OF_LINKS):
                if part == "paths":
                    paths = self._paths(f"[{where}.{indicator}] paths", value)
                else:
                    parts[part] = self._weighted(f"{where}.{indicator}.{part}", value)
            slugs = {"-".join(plain(fold(word)).split()): weight for word, weight in parts["slugs"].items()}
            yield indicator, LinkWords(parts["labels"], slugs, paths)

    def _weighted(self, where: str, table: Any) -> dict[str, float]:
        found: dict[str, float] = {}
        for weight, listed in self.known(where, table, WEIGHTS):
            for word in map(plain, self._words(f"[{where}] {weight}", listed, 1)):
                if word in found:
                    self.faults.append(f"[{where}] {weight}: {word!r} has another weight already")
                found[word] = WEIGHTS[weight]
        return found

    def pages(self, language: str, tables: Any) -> Iterator[tuple[str, Mapping[str, tuple[OwnWord, ...]]]]:
        """Yield (table, entry → words)."""
        known = packs.page_entries()
        for name, table in self.known(f"{language}.pages", tables, known):
            where, found = f"{language}.pages.{name}", {}
            for entry, listed in self.known(where, table, known[name]):
                if not known[name][entry]:
                    self.faults.append(f"[{where}] {entry}: is a number, or catches what follows; no words fit there")
                else:
                    found[entry] = tuple(map(OwnWord, self._words(f"[{where}] {entry}", listed)))
            yield name, found

    def replies(self, language: str, table: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield (meaning, its phrases as patterns)."""
        where = f"{language}.replies"
        for meaning, listed in self.known(where, table, packs.reply_meanings()):
            words = self._words(f"[{where}] {meaning}", listed)
            yield meaning, tuple(literal(normal(word)) for word in words)

    def _words(self, where: str, listed: Any, least: int = LEAST_LETTERS) -> list[str]:
        """Return the words of a list, with single blanks; one that is at fault is left out."""
        found: dict[str, str] = {}
        for word in self._listed(where, listed, MOST_OF_A_LIST):
            if fault := _fault(word, least):
                self.faults.append(f"{where}: {fault}, not {word!r}")
            elif (same := plain(word)) in found:
                self.faults.append(f"{where}: {word!r} is there twice")
            else:
                found[same] = " ".join(word.split())
        return list(found.values())

    def _paths(self, where: str, listed: Any) -> tuple[str, ...]:
        paths = list(self._listed(where, listed, MOST_PATHS))
        wrong = [path for path in paths if not isinstance(path, str) or len(path) > LONGEST or not is_path(path)]
        self.faults += [f"{where}: must be a path such as /ask-us, not {path!r}" for path in wrong]
        return tuple(path for path in paths if path not in wrong)

    def _listed(self, where: str, listed: Any, most: int) -> Iterator[Any]:
        if not isinstance(listed, list):
            self.faults.append(f"{where}: must be a list of words in brackets, not {listed!r}")
        elif len(listed) > most:
            self.faults.append(f"{where}: {len(listed)} words; at most {most} fit in one list")
        else:
            self.count += len(listed)
            yield from listed


def _fault(word: Any, least: int) -> str:
    """Return what a word must be and is not; "" for a good one."""
    if not isinstance(word, str) or not is_word(word) or not plain(word):
        return f"must be words of 1 to {LONGEST} characters with a letter or digit"
    if _OF_PATTERNS & set(word):
        return "must be words that stand for themselves, without the signs of patterns \\ | * + ^ $ [ ] { }"
    if sum(map(str.isalnum, word)) < least:
        return f"must have at least {least} letters"
    return ""


def _plain_values(links: Mapping[str, Mapping[str, LinkWords]]) -> dict[str, Any]:
    return {
        language: {name: [dict(its.labels), dict(its.slugs), its.paths] for name, its in table.items()}
        for language, table in links.items()
    }
