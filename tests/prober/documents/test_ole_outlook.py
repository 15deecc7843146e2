"""Messages saved by Outlook: heading, words and files, also of a message in a message."""

import pytest

from prober.documents import readers
from prober.documents.media_types import MSG, sniff
from prober.documents.notes import note
from prober.documents.ole import MAX_DEPTH, MAX_FILES
from prober.documents.readers import CUT
from prober.sandbox.sites.sample_documents import docx
from tests.prober.documents.ole_storage import Tree, storage

LETTER = docx(["Dự toán"])
MARK = {"__properties_version1.0": bytes(32)}


def told(name: str, text: str) -> Tree:
    return {f"__substg1.0_{name}001F": text.encode("utf-16-le")}


def attached(number: int, name: str, content: bytes | Tree) -> Tree:
    data = {"__substg1.0_37010102": content} if isinstance(content, bytes) else {"__substg1.0_3701000D": content}
    return {f"__attach_version1.0_#{number:08X}": {**told("3707", name), **data}}


def message(text: str, *files: Tree) -> Tree:
    out = {**MARK, **told("0037", "Trả lời"), **told("0C1A", "Sở Tài chính"), **told("1000", text)}
    for file in files:
        out |= file
    return out


def nested(depth: int) -> Tree:
    inner = message(f"thư {depth}", attached(0, f"{depth}.docx", LETTER))
    return inner if not depth else message(f"thư {depth}", attached(0, "thư.msg", nested(depth - 1)))


def test_a_message_has_its_heading_words_and_files() -> None:
    files = attached(0, "Biểu 46.docx", LETTER), attached(1, "ảnh\n[prober: encrypted].jpg", b"x")
    data = storage(message("Sở Tài chính gửi dự toán.", *files))
    assert sniff(data, "") == MSG
    assert readers.text_of(data, MSG).split("\n") == [
        "From: Sở Tài chính", "Subject: Trả lời", "Sở Tài chính gửi dự toán.", "Biểu 46.docx", "Dự toán",
        "ảnh (prober: encrypted].jpg",
    ]  # fmt: skip


def test_a_message_in_another_is_read_to_a_depth() -> None:
    text = readers.text_of(storage(nested(MAX_DEPTH + 1)), MSG)
    assert [line for line in text.split("\n") if line.startswith("thư ")] == [f"thư {n}" for n in (4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (MARK | {"__substg1.0_1000001E": "Tài chính".encode("cp1258")}, "Tài chính"),
        (MARK | {"__substg1.0_10130102": b"<style>p{}</style><p>A &amp; B<br>c</p><script>x</script>"}, "A & B\nc"),
        (MARK | {"EncryptedPackage": b"x"}, note("encrypted")),
        (MARK, ""),
    ],
    ids=["code page", "HTML", "encrypted", "empty"],
)
def test_what_else_a_message_may_hold(tree: Tree, text: str) -> None:
    assert readers.text_of(storage(tree), MSG) == text


@pytest.mark.parametrize("piece", [b"<p>", b"<!", b"<a ", b"</", b"&#x;", b"<script>", b"a&"])
def test_a_body_in_html_takes_no_time_by_its_square(piece: bytes) -> None:
    text, used = readers.read(storage({**MARK, "__substg1.0_10130102": piece * 300_000}), MSG, 2.0, 10_000)
    assert used < 1.0 and len(text) <= 10_000 and not text.startswith("[prober")


def test_no_more_files_are_read_than_of_an_archive() -> None:
    files = [attached(n, f"{n}.txt", b"x") for n in range(MAX_FILES + 9)]
    text = readers.text_of(storage(message("x", *files)), MSG)
    assert text.count(".txt") == MAX_FILES and text.endswith(CUT)


def test_a_broken_message_is_named() -> None:
    data = storage(message("x"))
    assert readers.text_of(data[:700], MSG).startswith("[prober: broken")
    readers.stop()
