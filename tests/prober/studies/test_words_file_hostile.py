"""A words.toml of a stranger: every fault is told with file and key, within limits, and a word is never a pattern."""

import os
import shutil
import time
from pathlib import Path

import pytest

from prober.errors import StudyError
from prober.studies.folder import BLANK, named, read

SECONDS = 20.0  # for any file, on a busy machine
MANY = ", ".join(f'"word {number} here"' for number in range(3_000))
FAULTY = {
    # What the file says, and what must be told of it: the key, and what is wrong.
    "no table at all": ("language = 'en'", "language"),
    "language that the study has not": ("[de.links.qa.labels]\nstrong = ['Fragen']", "de"),
    "language that is no name": ("['../vi'.links.qa.labels]\nstrong = ['Fragen']", "../vi"),
    "file that packs have not": ("[en.letters]\nreceived = ['we have it']", "letters"),
    "indicator that POBI has not": ("[en.links.budgets.labels]\nstrong = ['Budget']", "budgets"),
    "weight that there is not": ("[en.links.qa.labels]\nstrongest = ['Ask us']", "strongest"),
    "part of links that there is not": ("[en.links.qa.label]\nstrong = ['Ask us']", "label"),
    "labels without a weight": ("[en.links.qa]\nlabels = ['Ask us']", "labels"),
    "table of pages that packs have not": ("[en.pages.nonsense]\ntitles = ['Question']", "nonsense"),
    "entry of pages that packs have not": ("[en.pages.threads]\nnonsense = ['Question']", "nonsense"),
    "number of a page table": ("[en.pages.link_promises]\nlongest_slug = ['nine']", "longest_slug"),
    "entry of pages that catches what follows": ("[en.pages.access]\ntelephone = ['call us']", "telephone"),
    "meaning that replies have not": ("[en.replies]\nnonsense = ['we have it']", "nonsense"),
    "pieces of replies": ("[en.replies]\npieces = ['we have it']", "pieces"),
    "number for a list": ("[en.replies]\nreceived = 5", "received"),
    "text for a list": ("[en.replies]\nreceived = 'we have it'", "received"),
    "table for a list": ("[en.replies.received]\nphrases = ['we have it']", "received"),
    "number in a list": ("[en.replies]\nreceived = ['we have it', 5]", "received"),
    "list in a list": ("[en.replies]\nreceived = [['we have it']]", "received"),
    "number for a language": ("en = 5", "en"),
    "number for a file": ("[en]\nlinks = 5", "links"),
    "empty word": ("[en.replies]\nreceived = ['']", "received"),
    "blank word": ("[en.links.qa.labels]\nstrong = ['   ']", "strong"),
    "word of marks only": ("[en.links.qa.labels]\nstrong = ['---']", "strong"),
    "short word for letters": ("[en.replies]\nreceived = ['a']", "received"),
    "long word": (f"[en.replies]\nreceived = ['{'we ' * 40}']", "received"),
    "bell": ('[en.replies]\nreceived = ["we have\\u0007 it"]', "received"),
    "line break": ('[en.replies]\nreceived = ["we have\\nit"]', "received"),
    "writing turned round": ('[en.links.qa.labels]\nstrong = ["ask\\u202e us"]', "strong"),
    "invisible blank": ('[en.links.qa.labels]\nstrong = ["ask\\u200b us"]', "strong"),
    "pattern that takes for ever": ("[en.replies]\nreceived = ['(a+)+$']", "received"),
    "pattern for a label": ("[en.links.qa.labels]\nstrong = ['ask.*']", "strong"),
    "pattern with a class": ("[en.pages.obstacles]\nsoft_404 = ['[^x] not found']", "soft_404"),
    "pattern of two": ("[en.pages.obstacles]\nsoft_404 = ['gone|']", "soft_404"),
    "pattern with an escape": ("[en.replies]\nreceived = ['\\bhave\\b']", "received"),
    "piece of a pattern": ("[en.replies]\nreceived = ['{READER} have it']", "received"),
    "word that is there twice": ("[en.replies]\nreceived = ['we have it', 'We  have it']", "received"),
    "word under two weights": ("[en.links.qa.labels]\nstrong = ['ask us']\nweak = ['Ask us']", "ask us"),
    "path without a slash": ("[en.links.qa]\npaths = ['ask']", "paths"),
    "path to another site": ("[en.links.qa]\npaths = ['//evil.test/x']", "paths"),
    "path up": ("[en.links.qa]\npaths = ['/../../etc']", "paths"),
    "path with a query": ("[en.links.qa]\npaths = ['/delete?all=1']", "paths"),
    "too many words": (f"[en.replies]\nreceived = [{MANY[:7_000].rpartition(',')[0]}]", "received"),
    "too many words in all": (
        "\n".join(
            f"[en.links.{name}.labels]\nstrong = [{', '.join(repr(f'{name} {n}') for n in range(199))}]"
            for name in ("qa", "email", "social", "access", "web_form", "budget")
        ),
        "words",
    ),
    "ten million bytes": ("[en.replies]\nreceived = [" + "'we have it',\n" * 700_000 + "]", "bytes"),
    "deep tables": ("[" + ".".join("a" for _ in range(3_000)) + "]\nx = 1", "words.toml"),
    "deep list": ("x = " + "[" * 3_000 + "]" * 3_000, "words.toml"),
    "no TOML": ("received we have it", "words.toml"),
    "name that begins a line": ('["en\\n/etc/passwd: ok"]\nx = 1', "en"),
    "many faults": ("\n".join(f"x{number} = 1" for number in range(5_000)), "more faults"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(BLANK, tmp_path / "study", ignore=shutil.ignore_patterns("words.toml"))
    return tmp_path / "study"


def told(folder: Path) -> list[str]:
    """Return the faults of a study; [] if it has none."""
    began = time.monotonic()
    try:
        read(folder)
    except StudyError as error:
        return str(error).splitlines()
    finally:
        assert time.monotonic() - began < SECONDS
    return []


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_told_with_file_and_key(folder: Path, name: str) -> None:
    text, key = FAULTY[name]
    (folder / "words.toml").write_text(text, encoding="utf-8")
    faults = told(folder)
    assert faults and all(f"{folder / 'words.toml'}: " in fault or "more faults" in fault for fault in faults), faults
    assert any(key in fault.split("words.toml", 1)[-1] for fault in faults) or key == "words.toml", faults
    assert all(len(fault) <= 500 and fault.isprintable() for fault in faults)


def linked(folder: Path) -> None:
    (folder / "words.toml").symlink_to("/etc/passwd")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "words.toml")


def of_other_letters(folder: Path) -> None:
    (folder / "words.toml").write_bytes("[en.links.qa.labels]\nstrong = ['Café']".encode("latin-1"))


def with_zeros(folder: Path) -> None:
    (folder / "words.toml").write_bytes(b"[en.links.qa.labels]\0strong = ['Ask']")


@pytest.mark.parametrize("planted", [linked, pipe, of_other_letters, with_zeros], ids=lambda plant: plant.__name__)
def test_only_a_regular_text_file_is_read(folder: Path, planted: object) -> None:
    planted(folder)  # type: ignore[operator]
    (fault,) = told(folder)
    assert fault.startswith(f"{folder / 'words.toml'}: ")


def test_every_fault_is_told_at_once(folder: Path) -> None:
    (folder / "words.toml").write_text(
        "[en.links.qa.labels]\nstrongest = ['a b']\n[en.replies]\nreceived = ['.*', 'x' , 5]\nnonsense = ['a b c']\n"
        "[de.replies]\nreceived = ['haben wir']\n",
        encoding="utf-8",
    )
    faults = told(folder)
    for key in ("strongest", "'.*'", "'x'", "5", "nonsense", "de"):
        assert any(key in fault for fault in faults), (key, faults)


def test_words_that_the_pack_has_already_are_no_fault(folder: Path) -> None:
    """A later version of a pack may have them: then a study that was good would stop every night."""
    (folder / "words.toml").write_text(
        "[en.links.access.labels]\nstrong = ['Freedom of Information']\n", encoding="utf-8"
    )
    assert told(folder) == [] and named("study", folder.parent).name == "blank"
