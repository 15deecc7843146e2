"""Count the files of the product through which one page, one letter and one reply pass: `python -m tests.walks`.

Three things are planted in a world on loopback: a page that names an e-mail address, a letter to one department, and
its answer with a file. Every function of the product that is called on the way is traced, in child processes too
(tests/tracing). What is on the way of each walk says WALKS.
"""

import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from click.testing import CliRunner
from reportlab.pdfgen.canvas import Canvas

from mailroom.intake import sync
from prober.cli import cli
from prober.sandbox import client
from prober.store import open_private, open_results
from prober.store.results import registry
from tests.spiders.web import Bench, Web, agency, page
from tests.tracing import sitecustomize as tracing

ROOT = Path(__file__).parents[1]
CONFIG = 'world = "sandbox"\n\n[sandbox]\nsmall = true\n'
DEPARTMENT = "stc-ca-mau"
ANSWERED = "2020-04-13T09:50:00+07:00"
ANSWER = """Kính gửi Nhóm khảo sát,

Sở Tài chính tỉnh Cà Mau cung cấp dự toán ngân sách năm 2020: tổng thu 5.186 tỷ đồng, tổng chi 10.924 tỷ đồng.
Văn bản đính kèm.

Vào 9:00, ngày 13 tháng 4, nhóm khảo sát đã viết:
> Kính gửi: Sở Tài chính tỉnh Cà Mau
"""
# Reading the configuration and opening a database, with the look through its file, come before every walk: they count
# as one step each.
OPENING = (
    "prober/config/load.py:load", "prober/config/simulated.py:embedded", "prober/store/__init__.py:open_results",
    "prober/store/__init__.py:open_private", "prober/store/__init__.py:only_read",
    "prober/store/integrity.py:look_through",
)  # fmt: skip
# Reading the mailbox before a letter leaves is the walk of a reply, and what is public of it that reply's end.
OF_A_REPLY = (
    "mailbox/mailroom/intake/sync.py:sync_all", "mailbox/mailroom/outcomes/projection.py:project",
)  # fmt: skip


END = "end"  # of what is written into the pipe of a trace

# Rooms of one file per kind: all of them look at a page, and one of them finds what was planted.
KINDS = ("prober/detectors/", "spiders/reading/platforms.py", "spiders/visit/steps/")
OF_THE_ADDRESS = (
    "prober/detectors/detection.py", "prober/detectors/email/", "prober/detectors/link_",
    "prober/detectors/page_state/",
)  # fmt: skip
# What stands around every command: it is counted, and left out of the second number.
FRAME = (
    "prober/cli/__init__.py", "prober/cli/arguments.py", "prober/cli/output.py", "prober/config/",
    "prober/services/context.py", "prober/services/progress.py", "prober/store/__init__.py", "prober/validation.py",
)  # fmt: skip


@dataclass(frozen=True)
class Walk:
    """What is walked, and how many files a reader should have to open for it."""

    title: str
    limit: int


WALKS = {
    "page": Walk("A page, from the request for it to the row in `finding`, in the process of the crawl", 30),
    "letter": Walk("A letter, from the protocol to the wire: campaign new, approve, send", 24),
    "reply": Walk("A reply, from IMAP to the row in `reply`: mailbox sync", 40),
}


@contextmanager
def traced(
    record: Path, aside: Sequence[str] = (), first: str = "", last: str = "", here: bool = True
) -> Iterator[None]:
    """Record the files that execute in child processes, and in this one if `here`."""
    folder = str(Path(tracing.__file__).parent)
    kept = dict(os.environ)
    search = os.pathsep.join(filter(None, (folder, kept.get("PYTHONPATH"))))
    pipe = record.with_suffix(".pipe")  # what is sealed may write no file, but into a pipe
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR)
    copying = threading.Thread(target=_copy, args=(reader, record))
    copying.start()
    words = {"TRACE_FILE": str(pipe), "TRACE_ASIDE": " ".join(aside), "TRACE_FIRST": first, "TRACE_LAST": last}
    os.environ.update(words, PYTHONPATH=search)
    sys.path.insert(0, folder)  # a crawl hands its own search path on
    if here:
        tracing.start(*words.values())
    try:
        yield
    finally:
        tracing.stop()
        sys.path.remove(folder)
        os.environ.clear()
        os.environ.update(kept)
        os.write(reader, f"{END}\n".encode())
        copying.join()


def lost(places: Iterable[str]) -> list[str]:
    """Return those of `places`, functions as "folder/module.py:function", that the code does not have."""
    parts = ((place, *place.split(":")) for place in places)
    return [place for place, path, name in parts if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")]


def _copy(pipe: int, record: Path) -> None:
    """Copy lines from the pipe into the file until the line END."""
    with open(pipe, encoding="utf-8") as lines:
        record.write_text("".join(takewhile(f"{END}\n".__ne__, lines)), encoding="utf-8")


def walk_of_a_page(folder: Path, record: Path) -> None:
    """Crawl a site whose only page names an address."""
    web = Web()
    web.sites["camau.gov.test"] = {"/": page("Trang chủ", email="vanphong@camau.gov.test")}
    bench = Bench.at(folder, web)
    try:
        with traced(record, first="download_request", last="process_item", here=False):
            bench.run(agency("camau"))
    finally:
        web.close()
    assert bench.rows("SELECT value FROM finding WHERE kind = 'email'") == [("vanphong@camau.gov.test",)]


def walks_of_mail(folder: Path, letter: Path, reply: Path) -> None:
    """Write to one department, and take its answer in."""
    (folder / "prober.toml").write_text(CONFIG, encoding="utf-8")
    with client.running(folder / "var/world", 2019, small=True) as endpoint:
        _prober(folder, "agencies", "list", "--frame", "2019")
        _accept(folder, _address(folder))
        with traced(letter, (*OPENING, *OF_A_REPLY)):
            _prober(folder, "campaign", "new", "wave", "--template", "pobi-2019", "--without-address")
            _prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
            _prober(folder, "campaign", "send", "wave", "--until", "2020-04-13T20:00")
        _prober(folder, "mailbox", "sync")  # what we wrote lies there too
        client.WorldClock(endpoint).advance(datetime.fromisoformat(ANSWERED))
        _deliver(endpoint, _answer(folder))
        sync._child.stop()  # the next one is traced from its beginning
        with traced(reply, OPENING):
            _prober(folder, "mailbox", "sync")
    events = _rows(folder / "results.db", "SELECT event FROM reply")
    assert events == [("P1",)], events  # one of the three documents


def _prober(folder: Path, *words: str) -> None:
    done = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def _address(folder: Path) -> str:
    truth = json.loads((folder / "var/world/truth.json").read_text(encoding="utf-8"))
    address: str = truth["finance"][DEPARTMENT]["request_email"]
    return address


def _accept(folder: Path, address: str) -> None:
    results = open_results(folder / "results.db")
    clock = client.WorldClock(client.find(folder / "var/world"))  # type: ignore[arg-type]
    registry.accept(results, f"2019-{DEPARTMENT}", address, "", by="nv", at=clock.now())
    results.close()


def _rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    db = open_results(path) if path.name == "results.db" else open_private(path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def _answer(folder: Path) -> bytes:
    """Return the department's answer to the letter that left: a text that quotes it, and a file."""
    left = f"FROM outbox WHERE state = 'accepted' AND agency = '2019-{DEPARTMENT}'"
    [(sender, rcpt, message_id)] = _rows(folder / "var/private.db", f"SELECT mail_from, rcpt, message_id {left}")
    message = EmailMessage()
    message["From"], message["To"] = f"Sở Tài chính Cà Mau <{rcpt}>", str(sender)
    message["Subject"] = "Trả lời: Đề nghị cung cấp thông tin"
    message["Date"] = "Mon, 13 Apr 2020 09:50:00 +0700"
    message["Message-ID"], message["In-Reply-To"] = "<answer@camau.gov.test>", str(message_id)
    message.set_content(ANSWER)
    message.add_attachment(_paper(), maintype="application", subtype="pdf", filename="du-toan-2020.pdf")
    return bytes(message)


def _paper() -> bytes:
    """Return a PDF of one line."""
    paper = BytesIO()
    canvas = Canvas(paper)
    canvas.drawString(72, 720, "Du toan ngan sach nam 2020: tong chi 10.924 ty dong")
    canvas.save()
    return paper.getvalue()


def _deliver(endpoint: client.Endpoint, raw: bytes) -> None:
    request = Request(f"{endpoint.control}/deliver?at={quote(ANSWERED)}&folder=INBOX", data=raw, method="POST")
    with build_opener(ProxyHandler({})).open(request, timeout=20) as done:
        assert done.status == 200


def report(name: str, files: Sequence[str]) -> str:
    """Return what is printed of one walk: how many files, and which."""
    walk = WALKS[name]
    aside = [
        file
        for file in files
        if file.startswith(FRAME) or (file.startswith(KINDS) and not file.startswith(OF_THE_ADDRESS))
    ]
    lines = [
        f"{walk.title}: {len(files)} files, {len(files) - len(aside)} without those in brackets (the frame of "
        f"a command, and what looks for something else); at most {walk.limit} are wanted",
        *(f"  {f'({file})' if file in aside else file}" for file in files),
    ]
    return "\n".join(lines)


def main() -> None:
    """Walk all three and print what was seen."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = {walk: folder / f"{walk}.txt" for walk in WALKS}
        (folder / "page").mkdir()
        (folder / "mail").mkdir()
        walk_of_a_page(folder / "page", records["page"])
        walks_of_mail(folder / "mail", records["letter"], records["reply"])
        for walk, record in records.items():
            print(report(walk, sorted(set(record.read_text(encoding="utf-8").split()))), end="\n\n")


if __name__ == "__main__":
    main()
