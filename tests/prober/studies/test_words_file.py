"""Words of a study's own: pages and letters are read by them too, each stands for itself, and a change is noticed."""

import asyncio
import hashlib
import re
import time
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from mailroom.intake import sync
from mailroom.intake.understand import reader_version
from prober.clock import SystemClock
from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.pages.page import Page
from prober.store import open_private
from prober.store.private import message_analysis, messages
from prober.store.private.messages import Arrival
from prober.studies import packs, words_file
from prober.studies.packs import phrases
from prober.text.words import LinkWords, OwnWord, OwnWords, Vocabulary, find, normal
from spiders.download.page_cache import PageCache
from spiders.reading.page_reading import PageSource
from spiders.reading.reading_processes import ReadingProcesses
from tests.growth import forms
from tests.office import START, Office, mail
from tests.pobi import POBI
from tests.spiders.web import Answer, Site, entry, page, visited

CORNER = """
[vi.links.qa.labels]
strong = ["Góc người dân"]
[vi.pages.obstacles]
soft_404 = ["trang này đã về quê"]
[vi.replies]
acknowledged = ["lá thư nằm trong ngăn kéo"]
"""
AT = datetime(2026, 11, 20, tzinfo=UTC)


def own(text: str = CORNER, *languages: str) -> Vocabulary:
    found, faults = words_file.read(text, languages or ("vi",))
    assert not faults
    return Vocabulary(languages or ("vi",), found)


FORM = (
    '<h1>Góc người dân</h1><form method="post" action="/gui"><label>Họ và tên <input name="ten"></label>'
    '<label>Email <input name="email"></label><label>Nội dung <textarea name="noidung"></textarea></label>'
    "<button>Gửi</button></form>"
)


def with_section(path: str, label: str, html: str) -> Site:
    """A site whose only section for questions is called `label`."""
    menu = entry(path, label) + entry("/lien-he", "Liên hệ")
    inner = {"/gioi-thieu": page("Giới thiệu", menu=menu), "/lien-he": page("Liên hệ", "<h1>Liên hệ</h1>", menu)}
    return {"/": page("Trang chủ", menu=menu), path: page(label, html, menu), **inner}


corner = partial(with_section, "/muc-9", "Góc người dân", FORM)


def test_a_label_of_ones_own_leads_the_crawl_to_the_page(tmp_path: Path) -> None:
    for vocabulary, state in ((POBI.vocabulary, "not_found"), (own(), "found")):
        with visited({"camau": corner}, tmp_path / state, vocabulary=vocabulary) as (_, bench):
            assert bench.verdicts("camau")["qa"] == state


KOTA = """
[id.links.qa.labels]
strong = ["tanya jawab"]
[id.pages.thread_split]
question = ["pertanyaan"]
answer = ["jawaban"]
"""
ASKED = (
    "<h1>Tanya Jawab</h1><p>Pertanyaan: Di mana saya mengurus akta kelahiran?</p><p>Tanggal: 02/03/2026</p>"
    "<p>Jawaban: Di kantor dinas kependudukan kota.</p><p>Tanggal jawaban: 04/03/2026</p>"
)


kota = partial(with_section, "/t", "Tanya Jawab", ASKED)


def test_a_language_without_a_pack_is_read_by_the_words_of_the_study(tmp_path: Path) -> None:
    with visited({"camau": kota}, tmp_path, vocabulary=own(KOTA, "id")) as (_, bench):
        assert bench.verdicts("camau")["qa"] == "found"
        (thread,) = bench.rows("SELECT asked_on, answered_on FROM qa_thread")
        assert thread == ("2026-03-02", "2026-03-04")


def test_a_word_of_a_page_is_found_with_and_without_accents_and_not_within_a_longer_one() -> None:
    said = packs.words(own()).tables["obstacles"]["soft_404"][-1]
    assert isinstance(said, OwnWord)
    found = re.compile(said.pattern).search
    assert found("Trang này đã về quê.") and found("xin loi, trang nay da ve que")
    assert not found("trang này đã về quên")


@pytest.mark.parametrize(("language", "word", "text"), [
    ("vi", "lá thư nằm trong ngăn kéo", "Lá thư nằm trong ngăn kéo."),
    ("vi", "lá thư nằm trong ngăn kéo", "La thu nam trong ngan keo."),
    ("en", "logged (ref. 5)", "Your letter was LOGGED (ref. 5) today."),
    ("th", "ได้รับหนังสือของท่านแล้ว", "เทศบาลได้รับหนังสือของท่านแล้วและจะดำเนินการ"),
])  # fmt: skip
def test_a_phrase_of_ones_own_stands_for_itself(language: str, word: str, text: str) -> None:
    vocabulary = own(f"[{language}.replies]\nacknowledged = [{word!r}]", language)
    plain, with_own = phrases(Vocabulary((language,))), phrases(vocabulary)
    assert find(with_own.of("acknowledged"), normal(text)) and not find(plain.of("acknowledged"), normal(text))
    assert not find(with_own.of("acknowledged"), normal("logged xref5"))
    both = phrases(Vocabulary(tuple(dict.fromkeys(("en", "vi", language))), vocabulary.own))
    assert find((*both.of("acknowledged"), *both.english("acknowledged")), normal(text))


def test_the_weight_of_a_study_goes_before_that_of_a_pack() -> None:
    label, held = next(iter(packs.words(POBI.vocabulary).links["qa"].labels.items()))
    assert held == 1.0
    changed = packs.words(own(f"[vi.links.qa.labels]\nfaint = [{label!r}]"))
    assert changed.links["qa"].labels[label] < 0.2


def test_words_of_one_language_are_those_of_that_language() -> None:
    vocabulary = own("[en.links.qa.labels]\nstrong = ['have your say']", "en", "vi")
    assert "have your say" in packs.words(vocabulary).links["qa"].labels
    assert packs.words(Vocabulary(("vi",), vocabulary.own)).links == packs.words(Vocabulary(("vi",))).links


def test_comments_alone_change_nothing_and_a_word_changes_every_mark() -> None:
    assert own("# nothing") == Vocabulary(("vi",)) == POBI.vocabulary
    first, same, other = own(), own(CORNER.replace("\n[", "\n# a word\n[")), own(CORNER.replace("ngăn kéo", "tủ"))
    assert first == same != other
    assert len({packs.words_mark(each) for each in (POBI.vocabulary, first, same, other)}) == 3
    assert len({reader_version(each) for each in (POBI.vocabulary, first, same, other)}) == 3


def test_a_page_is_read_again_with_other_words(tmp_path: Path) -> None:
    """The words reach the child process, and the reading that was kept without them does not count."""
    html = "<html><body><p>Xin lỗi, trang này đã về quê.</p></body></html>"
    source = PageSource(html, "http://x.gov.test/a", 200, {}, AT)
    readers = ReadingProcesses(cache=PageCache(tmp_path / "cache.db", 0))
    try:
        for vocabulary, missing in ((POBI.vocabulary, False), (own(), True), (POBI.vocabulary, False)):
            reading, _ = asyncio.run(readers.page(source, Body("Tỉnh Cà Mau", vocabulary=vocabulary), 10.0))
            assert reading.soft_404 is missing
    finally:
        readers.stop()


def test_letters_are_read_again_with_other_words(office: Office) -> None:
    private = open_private(office.folder / "var/private.db")
    try:
        letter = mail("ca-mau", "Lá thư nằm trong ngăn kéo.")
        messages.keep(private, "me", "INBOX", 7, [Arrival(1, START + timedelta(hours=2), letter)], START)
        said, sha256 = [], hashlib.sha256(letter).hexdigest()
        for vocabulary in (POBI.vocabulary, own(), own(), POBI.vocabulary):
            message_analysis.understand_in_other_words(private, reader_version(vocabulary))
            again = sync.process(private, SystemClock(), vocabulary=vocabulary)
            said.append(
                (again, *private.execute("SELECT event, parser FROM message WHERE sha256 = ?", [sha256]).fetchone())
            )
        assert [again for again, _, _ in said] == [1, 4, 0, 4]  # three others are there
        assert [event for _, event, _ in said] == ["UN", "A2", "A2", "UN"]
        assert said[1][2] == reader_version(own()) and said[0][2] == said[3][2] == reader_version(POBI.vocabulary)
    finally:
        private.close()


def test_every_entry_that_takes_words_can_be_read_with_one(tmp_path: Path) -> None:
    """Whatever a study adds, the detectors read a page with it."""
    added = {
        name: {entry: (OwnWord("góc người dân"),) for entry, open_ in entries.items() if open_}
        for name, entries in packs.page_entries().items()
    }
    vocabulary = Vocabulary(("vi",), OwnWords("x", pages={"vi": added}))
    words = packs.words(vocabulary)
    for form in forms():
        made = words.table(form)
        assert all(hasattr(made, entry.name) for entry in fields(form))
    shown = corner()["/muc-9"]
    assert isinstance(shown, Answer) and isinstance(shown.body, str)
    body = Body("Tỉnh Cà Mau", vocabulary=vocabulary)
    detect(Page("http://ca-mau.gov.test/muc-9", 200, shown.body, AT, False, words), body)


def test_the_most_words_that_a_file_can_have_are_read_in_time() -> None:
    listed = ", ".join(repr(f"aaaa {'b' * (n % 60)} aa{n}") for n in range(words_file.MOST_OF_A_LIST))
    words = packs.words(own(f"[vi.pages.obstacles]\nsoft_404 = [{listed}]\n"))
    pattern = re.compile("|".join(w.pattern for w in words.tables["obstacles"]["soft_404"] if isinstance(w, OwnWord)))
    began = time.process_time()
    assert not pattern.search("aaaa bbbb " * 10_000)
    assert time.process_time() - began < 5.0
    assert isinstance(words.links["qa"], LinkWords)
