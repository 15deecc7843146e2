"""Mails that repeat one thing: a number in, the bytes of a mail with as many out; see test_understand_growth.py."""

import base64
import struct
from collections.abc import Callable

from tests.mailroom.mime.hostile_mails import HEAD, PLAIN, mixed

HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
REPORT = HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"


def headed(line: bytes) -> Callable[[int], bytes]:
    """Many lines of the header; %d in `line` is its number."""
    return lambda n: b"".join(line.replace(b"%d", b"%d" % k) + b"\n" for k in range(n)) + PLAIN + b"x\n"


def listed(start: bytes, item: bytes, glue: bytes) -> Callable[[int], bytes]:
    """One header with many items."""
    return lambda n: start + glue.join(item.replace(b"%d", b"%d" % k) for k in range(n)) + b"\n" + PLAIN + b"x\n"


def texts(piece: bytes, head: bytes = PLAIN, end: bytes = b"") -> Callable[[int], bytes]:
    """One body with many pieces."""
    return lambda n: head + b"".join(piece.replace(b"%d", b"%d" % k) for k in range(n)) + end


def parts(part: bytes) -> Callable[[int], bytes]:
    """Many parts of one mail."""
    return lambda n: mixed([part.replace(b"%d", b"%d" % k) for k in range(n)])


def nested_parts(n: int) -> bytes:
    heads = (b'Content-Type: multipart/mixed; boundary="d%d"\n\n--d%d\n' % (k, k) for k in range(n))
    return HEAD + b"".join(heads) + b"Content-Type: text/plain\n\nx\n"


def nested_messages(n: int) -> bytes:
    return (HEAD + b"Content-Type: message/rfc822\n\n") * n + PLAIN + b"x\n"


def attribute(number: int, value: bytes) -> bytes:
    return struct.pack("<BII", 1, number, len(value)) + value + b"\0\0"


def winmail(of: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """A winmail.dat with many of something."""
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    return lambda n: mixed([head + base64.encodebytes(struct.pack("<IH", 0x223E9F78, 1) + of(n))])


def mapi(n: int) -> bytes:
    named = b"".join(struct.pack("<HHII", 0x1E, 0x1000 + k % 0x6000, 1, 2) + b"ab\0\0" for k in range(n))
    return attribute(0x69003, struct.pack("<I", n) + named)


def reported(recipient: bytes) -> Callable[[int], bytes]:
    """A delivery report with many recipients."""

    def report(n: int) -> bytes:
        blocks = b"\n".join(recipient.replace(b"%d", b"%d" % k) for k in range(n))
        head = b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.camau.gov.test\n\n"
        words = b"Content-Type: text/plain\n\nUndelivered mail returned to sender\n"
        return REPORT + b"--b\n" + words + b"--b\n" + head + blocks + b"\n--b--\n"

    return report


def signed(n: int) -> bytes:
    """S/MIME whose content comes in many pieces."""
    pieces = b"\x04\x04abc\n" * n + b"\0\0"
    content = b"\x24\x80" + pieces + b"\0\0"
    inside = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + b"\xa0\x80" + content + b"\0\0"
    whole = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010702") + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00" + inside
    head = HEAD + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(whole + b"\0\0" * 4)


# name → (how many of it make a mail of some size, the mail)
GROWING: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "parts": (200, parts(b"Content-Type: text/plain\n\nx")),
    "files of one name": (200, parts(b"Content-Type: application/octet-stream; name=a\n\nx")),
    "files of many names": (200, parts(b"Content-Type: application/octet-stream; name=a%d\n\nx")),
    "parts in each other": (100, nested_parts),
    "messages in each other": (200, nested_messages),
    "uuencoded files": (1_000, texts(b"begin 644 a\n#86)C\n`\nend\n")),
    "uuencoded files of many names": (1_000, texts(b"begin 644 a%d\n#86)C\n`\nend\n")),
    "uuencoded files that never end": (2_000, texts(b"begin 644 a\n#86)C\n")),
    "lines of one uuencoded file": (2_000, texts(b"#86)C\n", PLAIN + b"begin 644 a\n")),
    "headers of one name": (2_000, headed(b"X-A: y")),
    "headers of many names": (2_000, headed(b"X-A%d: y")),
    "Received": (2_000, headed(b"Received: from a%d by b; Tue, 14 Apr 2020 09:20:00 +0700")),
    "Authentication-Results": (2_000, headed(b"Authentication-Results: mx.a%d; dmarc=pass header.from=a.test")),
    "signatures": (1_000, headed(b"DKIM-Signature: v=1; a=rsa-sha256; d=a%d.test; s=s; h=from; bh=x; b=y")),
    "header lines without a colon": (2_000, headed(b"a b c")),
    "folds of one header": (5_000, listed(b"X-A: y", b" y", b"\n")),
    "addresses": (2_000, listed(b"To: ", b"Van thu %d <a%d@camau.gov.test>", b", ")),
    "groups of addresses": (2_000, listed(b"Cc: ", b"g%d: a@b.test;", b", ")),
    "comments in addresses": (2_000, listed(b"Cc: ", b"(", b"")),
    "quoted names of addresses": (2_000, listed(b"From: ", b'"\\', b"")),
    "headers of addresses": (2_000, headed(b"Cc: a%d@camau.gov.test")),
    "References": (2_000, listed(b"References: ", b"<a%d@camau.gov.test>", b" ")),
    "References without end": (2_000, listed(b"References: ", b"<a%d", b" ")),
    "encoded words": (2_000, listed(b"Subject: ", b"=?utf-8?q?S=E1=BB=9F?=", b" ")),
    "encoded words of many charsets": (1_000, listed(b"Subject: ", b"=?utf-8?q?a?= =?gb2312?b?0LQ=?=", b" ")),
    "encoded words without end": (2_000, listed(b"Subject: ", b"=?utf-8?q?", b"")),
    "pieces of a file name": (
        500,
        lambda n: mixed([b"Content-Type: a/b" + b"".join(b"; name*%d*=a" % k for k in range(n)) + b"\n\nx"]),
    ),
    "parameters": (2_000, lambda n: mixed([b"Content-Type: a/b" + b"; a=b" * n + b"\n\nx"])),
    "boundaries": (
        1_000,
        texts(b"--b%d\nContent-Type: text/plain\n\nx\n", HEAD + b"Content-Type: multipart/mixed\n\n"),
    ),
    "lines like a boundary": (2_000, lambda n: mixed([b"\n" + b"--b-\n--bb\n" * n])),
    "charsets": (400, parts(b"Content-Type: text/plain; charset=windows-%d\n\nS\xf5\xd2 T\xe0i")),
    "changes of charset in one text": (
        2_000,
        texts(b"\x1b$B%%\x1b(B abc ", HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\n\n"),
    ),
    "letters of several charsets": (2_000, texts("Sở Tài chính ".encode() + b"S\xf5\xd2 \xc3\xa0\xcc\x81 ")),
    "accents on one letter": (5_000, texts("\u0301".encode(), PLAIN + b"a")),
    "lines": (5_000, texts(b"So Tai chinh da nhan %d\n")),
    "blanks": (50_000, texts(b" ", PLAIN, b"x\n")),
    "quoted blocks": (1_000, texts(b"> x\n> y\n\nabc\n\n")),
    "quotation marks of one line": (5_000, texts(b">", PLAIN, b" x\n")),
    "attributions": (500, texts("Vào 10:00 T.3, 14 thg 4, 2020 A <a@b.test> đã viết:\n> x\n\ny\n".encode())),
    "beginnings of attributions": (1_000, texts(b"On Mon, 14 Apr 2020 10:00 A <a@b.test>\nabc def\n")),
    "heads of quoted mails": (1_000, texts("Từ: a@b.test\nĐã gửi: 14/4/2020\n\n".encode())),
    "signature marks": (2_000, texts(b"-- \nabc\n")),
    "disclaimers": (500, texts("Thư này là bảo mật và chỉ dành cho người nhận.\n\n".encode())),
    "links": (1_000, texts(b"https://stc.camau.gov.test/tai-lieu/%d.pdf\n")),
    "links of one line": (1_000, texts(b"https://stc.camau.gov.test/tai-lieu/%d.pdf ")),
    "addresses of the text": (1_000, texts(b"a%d@camau.gov.test, ")),
    "addresses without a host": (2_000, texts(b"a%d@")),
    "names before an address": (10_000, texts(b"a-", PLAIN, b" @")),
    "names of offices": (1_000, texts("Sở Tài chính tỉnh Cà Mau, Sở Tài chính tỉnh Kiên Giang. ".encode())),
    "tags of requests": (1_000, texts(b"[YC-abcdefghij] YC-abcdefghi%d ")),
    "Message-IDs of the text": (1_000, texts(b"Message-ID: <a%d@b.test>\n")),
    "elements in each other": (1_500, texts(b"<div>x", HTML)),
    "elements beside each other": (5_000, texts(b"<p>x</p>", HTML)),
    "elements without end": (5_000, texts(b"<", HTML)),
    "attributes": (5_000, texts(b" a%d=b", HTML + b"<p", b">x</p>")),
    "colours that are never closed": (500, texts(b"<p><font color=%d>x", HTML)),
    "blanks in a tag": (10_000, texts(b" ", HTML + b"<p" + b" a=b c/" * 10, b">x</p>")),
    "attributes behind a comment": (5_000, texts(b" a%d=b", HTML + b"<!-- <a b=\" --><p c='>'", b">x</p>")),
    "quotations in each other": (1_000, texts(b"<blockquote>x", HTML)),
    "tables in each other": (600, texts(b"<table><tr><td>x", HTML)),
    "formatting that is never closed": (2_000, texts(b"<p><b><i><font>x", HTML)),
    "links in HTML": (2_000, texts(b'<a href="https://a.test/%d">x</a>', HTML)),
    "comments in HTML": (5_000, texts(b"<!-- x -->y", HTML)),
    "entities": (5_000, texts(b"&nbsp;&#7903;", HTML)),
    "pictures in data: URLs": (1_000, texts(b'<img src="data:image/png;base64,AAAA">', HTML)),
    "HTML parts": (100, parts(b"Content-Type: text/html\n\n<p>x</p>")),
    "commands of enriched text": (5_000, texts(b"<bold>x", HEAD + b"Content-Type: text/enriched\n\n")),
    "flowed lines": (5_000, texts(b"x \n", HEAD + b"Content-Type: text/plain; format=flowed\n\n")),
    "PGP frames": (500, texts(b"-----BEGIN PGP SIGNATURE-----\n\nx\n")),
    "files of a winmail.dat": (1_000, winmail(lambda n: attribute(0x69002, b"") + attribute(0x69002, b"") * n)),
    "names of a winmail.dat": (
        1_000,
        winmail(lambda n: (attribute(0x69002, b"") + attribute(0x18010, b"a") + attribute(0x6800F, b"x")) * n),
    ),
    "properties of a winmail.dat": (2_000, winmail(mapi)),
    "winmail.dat": (50, lambda n: mixed([winmail(mapi)(3).partition(b"--b\n")[2].partition(b"\n--b--")[0]] * n)),
    "messages in each other with a body": (
        20,
        lambda n: (HEAD + b"Content-Type: message/rfc822\n\n") * 50 + PLAIN + b"So Tai chinh\n" * 1000 * n,
    ),
    "message with parts in each other": (
        20,
        lambda n: HEAD + b"Content-Type: message/rfc822\n\n" + nested_parts(100) + b"So Tai chinh\n" * 1000 * n,
    ),
    "HTML messages beside each other": (
        25,
        parts(b"Content-Type: message/rfc822\n\nContent-Type: text/html\n\n" + b"<p>x</p>" * 2_500),
    ),
    "messages beside each other": (100, parts(b"Content-Type: message/rfc822\n\nSubject: a\n\nx")),
    "pieces of a signed mail": (5_000, signed),
    "groups of base64": (5_000, lambda n: HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"YQ==\n" * n),
    "codes of quoted-printable": (
        5_000,
        lambda n: HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=E1=BB=9F=\n" * n,
    ),
    "recipients of a report": (
        500,
        reported(
            b"Final-Recipient: rfc822; a%d@camau.gov.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: x; 550 x\n"
        ),
    ),
    "lines of a diagnosis": (
        2_000,
        lambda n: reported(
            b"Final-Recipient: rfc822; a@camau.gov.test\nAction: failed\nDiagnostic-Code: smtp; 550 x"
            + b"\n 550 no such user" * n
            + b"\n"
        )(1),
    ),
    "reports in words": (
        500,
        texts(
            b"<a%d@camau.gov.test>: host mx said: 550 5.1.1 no such user\n\n",
            HEAD.replace(b"stc@", b"mailer-daemon@") + b"\n",
        ),
    ),
    "sentences": (1_000, texts("Sở Tài chính gửi kèm quyết toán ngân sách năm 2019. ".encode())),
    "words of a sentence": (5_000, texts("Sở Tài chính gửi kèm quyết toán ngân sách năm 2019, ".encode())),
    "sums of money": (2_000, texts("1.234.567.%d đồng; ".encode())),
    "numbers of forms": (2_000, texts(b"62/CK-NSNN, 63/CK-NSNN; ")),
    "days": (2_000, texts("ngày 13/4/2020, ".encode())),
}
