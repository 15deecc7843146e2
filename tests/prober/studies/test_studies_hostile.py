"""A study folder of a stranger: it is read within limits, nothing outside it is, and a letter only says something."""

import os
import random
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.sending import approval
from prober.campaign.letters.compose import Requester
from prober.campaign.protocol import parse
from prober.domain.correspondence import Step
from prober.errors import ProtocolError, StudyError
from prober.studies.folder import BLANK, read
from prober.studies.folder_files import MOST_FAULTS
from prober.studies.study import Study

SECONDS = 20.0  # for any folder, on a busy machine
CODE = "abcdefghijkmnpqr"
ASKS = Requester("Tester", "tester@prober.test", "Institute")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(BLANK, tmp_path / "study")
    return tmp_path / "study"


def attach(folder: Path, name: str) -> None:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace("attachments = []", f"attachments = [{name!r}]"), encoding="utf-8")


def linked_file(folder: Path) -> None:
    (folder / "list.pdf").symlink_to("/etc/passwd")
    attach(folder, "list.pdf")


def linked_folder(folder: Path) -> None:
    (folder / "files").symlink_to("/etc")
    attach(folder, "files/list.pdf")


def linked_letters(folder: Path) -> None:
    (folder / "letters").rename(folder.parent / "elsewhere")
    (folder / "letters").symlink_to(folder.parent / "elsewhere")


def linked_list(folder: Path) -> None:
    (folder / "agencies/more.csv").symlink_to("/etc/passwd")


def linked_study(folder: Path) -> None:
    (folder / "study.toml").rename(folder.parent / "study.toml")
    (folder / "study.toml").symlink_to(folder.parent / "study.toml")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "list.pdf")
    attach(folder, "list.pdf")


def pipe_for_a_letter(folder: Path) -> None:
    os.mkfifo(folder / "letters/follow-up.en.txt")


def plug(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(folder)  # the path of a socket is short
        try:
            listening.bind("list.pdf")
        finally:
            os.chdir(before)
    attach(folder, "list.pdf")


def folder_for_a_file(folder: Path) -> None:
    (folder / "list.pdf").mkdir()
    attach(folder, "list.pdf")


def huge(folder: Path) -> None:
    with (folder / "list.pdf").open("wb") as file:
        file.truncate(20_000_000_000)
    attach(folder, "list.pdf")


def huge_letter(folder: Path) -> None:
    with (folder / "letters/request.en.txt").open("r+b") as file:
        file.truncate(20_000_000_000)


def huge_list(folder: Path) -> None:
    with (folder / "agencies/more.csv").open("wb") as file:
        file.truncate(20_000_000_000)


def above(folder: Path) -> None:
    (folder.parent / "list.pdf").write_bytes(b"secret")
    attach(folder, "../list.pdf")


def absolute(folder: Path) -> None:
    (folder.parent / "list.pdf").write_bytes(b"secret")
    attach(folder, str(folder.parent / "list.pdf"))


def name_with_a_line(folder: Path) -> None:
    (folder / "a\nX-Evil: 1.pdf").write_bytes(b"x")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    changed = text.replace("attachments = []", 'attachments = ["a\\nX-Evil: 1.pdf"]')
    (folder / "study.toml").write_text(changed, encoding="utf-8")


def name_with_a_quote(folder: Path) -> None:
    (folder / 'a"; x="1.pdf').write_bytes(b"x")
    attach(folder, 'a"; x="1.pdf')


def program(folder: Path) -> None:
    (folder / "run.exe").write_bytes(b"MZ")
    attach(folder, "run.exe")


def many_files(folder: Path) -> None:
    for number in range(2_000):
        (folder / f"letters/{number}.txt").touch()


def dots(folder: Path) -> None:
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{'.'.join('a' * 120_000)} = 1\n")


def nested(folder: Path) -> None:
    (folder / "law.toml").write_text(f"x = {'[' * 7_000}", encoding="utf-8")


def nested_tables(folder: Path) -> None:
    lines = [f"[{'.'.join('a' * 3_000)}.b{n}]" for n in range(30)]
    (folder / "law.toml").write_text("\n".join(lines), encoding="utf-8")


def not_text(folder: Path) -> None:
    (folder / "law.toml").write_bytes(random.Random(1).randbytes(50_000))


def endless_days(folder: Path) -> None:
    text = (folder / "law.toml").read_text(encoding="utf-8")
    (folder / "law.toml").write_text(text.replace("value = 20", "value = 999999999999999999"), encoding="utf-8")


def zone_of_a_path(folder: Path) -> None:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace("Europe/London", "../../../etc/passwd"), encoding="utf-8")


def law_of_a_path(folder: Path) -> None:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace('"law.toml"', '"../vi/law.toml"'), encoding="utf-8")


def moving_cursor(folder: Path) -> None:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    changed = text.replace('zone = "Europe/London"', 'zone = "\\u001b[2J\\u202eHello"\n"a\\u001b[1A" = 1')
    (folder / "study.toml").write_text(changed, encoding="utf-8")


def thousands_of_faults(folder: Path) -> None:
    rows = "".join(f"X {n},nobody,,=cmd\n" for n in range(9_990))
    (folder / "agencies/more.csv").write_text(f"slug,kind,name_en,url\n{rows}", encoding="utf-8")
    with (folder / "law.toml").open("a", encoding="utf-8") as file:
        file.write('[[rule]]\nregime = "NONE"\n' * 3_000)


REFUSED: tuple[Callable[[Path], None], ...] = (
    linked_file, linked_folder, linked_letters, linked_list, linked_study, pipe, pipe_for_a_letter, plug,
    folder_for_a_file, huge, huge_letter, huge_list, above, absolute, name_with_a_line, name_with_a_quote, program,
    many_files, dots, nested, nested_tables, not_text, endless_days, zone_of_a_path, law_of_a_path, moving_cursor,
    thousands_of_faults,
)  # fmt: skip


def test_the_folder_itself_is_good(folder: Path) -> None:
    assert read(folder).name == "blank"


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.__name__)
def test_it_is_refused_within_limits_and_says_why(attack: Callable[[Path], None], folder: Path) -> None:
    attack(folder)
    began = time.monotonic()
    with pytest.raises(StudyError) as found:
        read(folder)
    assert time.monotonic() - began < SECONDS
    lines = str(found.value).split("\n")
    assert 0 < len(lines) <= MOST_FAULTS + 1
    assert all(line.isprintable() and len(line) < 1_000 for line in lines)
    assert "root:" not in str(found.value) and "secret" not in str(found.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="mknod needs root")
def test_a_device_is_not_opened(folder: Path) -> None:
    os.mknod(folder / "list.pdf", 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero
    attach(folder, "list.pdf")
    with pytest.raises(StudyError, match="is no regular file"):
        read(folder)


LETTERS = {
    "a class": "{{ ''.__class__.__mro__ }}",
    "a class by a filter": "{{ ''|attr('__class__') }}",
    "globals": "{{ agency.__init__.__globals__ }}",
    "globals of a helper": "{{ cycler.__init__.__globals__.os.system('true') }}",
    "a method of a format": "{{ '{0.__class__}'.format(agency) }}",
    "a format": "{{ '%099999999999d'|format(1) }}",
    "another file": "{% include '/etc/passwd' %}",
    "a module": "{% import 'os' as os %}{{ os }}",
    "a name that is none": "{{ config }}",
    "silent loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "loud loops": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "memory": "{{ 'x' * 10 ** 11 }}",
    "a large number": "{{ 9 ** (9 ** 9) }}",
    "a constant that is large": "{{ 'x'|center(10 ** 11) }}",
    "a text that is wide": "{{ 'x'.ljust(10 ** 11) }}",
    "memory step by step": "{% set x = namespace(v='x') %}{% for a in range(99) %}{% set x.v = x.v * 2 %}{% endfor %}",
    "a list that grows": "{% set x = [] %}{% for a in range(99999) %}{% set _ = x.append(x) %}{% endfor %}",
    "itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "parentheses": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "a control character": "{{ '\\x1b[2J' }}",
    "a direction mark": "{{ '\\u202e' }}",
    "not closed": "{{ agency.name_en",
}  # fmt: skip


def letter(study: Study) -> str:
    """Read and fill in a request, as an approval does."""
    protocol = parse(study.protocol, "protocol.toml", study)
    (agency,) = study.agencies
    asked = [type(agency)(**{name: getattr(agency, name) for name in agency.__slots__} | {"request_email": "a@b.test"})]
    (planned,) = approval.planned(protocol, "w", "5e" * 32, asked, ASKS, study)
    return planned.letter.text


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_does_nothing_but_say(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval, "SECONDS", 1.0)
    (folder / "letters/request.en.txt").write_text(f"Subject: x\n\n{LETTERS[name]}\n", encoding="utf-8")
    began = time.monotonic()
    with pytest.raises((StudyError, ProtocolError)):
        letter(read(folder))
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize(
    "subject",
    [
        "a{{ '\\n' }}Bcc: all@b.test",
        "a\rBcc: all@b.test",
        "a{{ '\\r\\n\\r\\n' }}x",
        "{{ '\\u2028' }}x",
        "x\x00y",
        "{{ '' }}",
    ],
)
def test_a_subject_is_one_line(subject: str, folder: Path) -> None:
    path = folder / "letters/request.en.txt"
    text = path.read_text(encoding="utf-8").partition("\n")[2]
    path.write_bytes(f"Subject: {subject}\n{text}".encode())
    with pytest.raises((StudyError, ProtocolError)):
        letter(read(folder))


def test_an_attached_file_goes_with_the_request_as_it_is(folder: Path) -> None:
    data = b"%PDF-1.7\n" + bytes(range(256)) * 400
    (folder / "files").mkdir()
    (folder / "files/list.pdf").write_bytes(data)
    (folder / "files/list.csv").write_bytes("a;b\r\nạ;ộ\r\n".encode())
    text = (folder / "study.toml").read_text(encoding="utf-8")
    changed = text.replace("attachments = []", 'attachments = ["files/list.pdf", "files/list.csv"]')
    (folder / "study.toml").write_text(changed, encoding="utf-8")
    study = read(folder)
    assert [(one.name, one.data) for one in study.attachments][0] == ("list.pdf", data)
    assert "Enclosed: list.pdf, list.csv." in letter(study)
    study_request = parse(study.protocol, "protocol.toml", study)
    assert study_request.languages == ("en",) and Step.REQUEST == "request"
