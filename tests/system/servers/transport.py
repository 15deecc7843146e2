"""Sound sites whose answers are odd on the wire, in their encoding, or hostile in size and shape."""

import gzip
import unicodedata
import zlib
from collections.abc import Callable

from tests.system.servers.department import Department, Pages, serve
from tests.system.servers.row import PARTLY, READ, Make, Row, changed, refused, rewritten
from tests.system.servers.wire import Answer, Raw, Reply, Request, Site, framed, head

TYPED = {"Content-Type": "text/html; charset=utf-8"}


def framed_by(frame: Callable[[Reply], Answer]) -> Make:
    """An honest site whose answers go through `frame`."""

    def make(office: Department) -> Site:
        site = serve(office.pages())

        def framing(request: Request) -> Answer:
            answer = site(request)
            assert isinstance(answer, Reply)
            return frame(answer) if answer.type.startswith("text/html") else answer

        return framing

    return make


def packed(coding: str, pack: Callable[[bytes], bytes]) -> Make:
    return framed_by(lambda reply: Reply(pack(reply.content), reply.status, {"Content-Encoding": coding}, reply.type))


def typed(type_: str, recode: Callable[[str], bytes] = str.encode) -> Make:
    return framed_by(lambda reply: Reply(recode(str(reply.body)), reply.status, reply.headers, type_))


def closing(status: str = "HTTP/1.1", lines: str = "", end: str = "\r\n") -> Make:
    """Without a length: the end of the connection is the end of the page."""

    def frame(reply: Reply) -> Answer:
        first = f"{status} {reply.status} OK{end}Content-Type: {reply.type}{end}{lines}{end}"
        return Raw((first.encode("latin-1", "replace"), reply.content))

    return framed_by(frame)


def chunked(size: int, trailer: bytes = b"", last: bytes = b"0\r\n") -> Make:
    def frame(reply: Reply) -> Answer:
        text = reply.content
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + last + trailer
        return Raw((head(reply.status, {**TYPED, "Transfer-Encoding": "chunked"}) + body + b"\r\n",), end="close")

    return framed_by(frame)


def length_off(by: int) -> Make:
    return framed_by(
        lambda reply: Raw(
            (head(reply.status, {**TYPED, "Content-Length": str(len(reply.content) + by)}) + reply.content,)
        )
    )


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def windows_1258(text: str) -> bytes:
    """Letters with their circumflex, horn or breve in one byte, the tone in another, as the code page has it."""
    out = []
    for letter in unicodedata.normalize("NFC", text):
        try:
            out.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tone = next((part for part in parts[1:] if part in "\u0300\u0301\u0303\u0309\u0323"), "")
            base = unicodedata.normalize("NFC", "".join(part for part in parts if part != tone))
            out.append((base + tone).encode("cp1258", "replace"))
    return b"".join(out)


def in_pieces(pause: float, pieces: int) -> Make:
    def frame(reply: Reply) -> Answer:
        whole = framed(reply)
        step = len(whole) // pieces + 1
        return Raw(tuple(whole[at : at + step] for at in range(0, len(whole), step)), pause, "keep")

    return framed_by(frame)


def in_part(reply: Reply) -> Answer:
    whole = reply.content
    half = whole[: len(whole) * 3 // 5]
    told = {"Content-Range": f"bytes 0-{len(half) - 1}/{len(whole)}"}
    return Reply(half, 206, told, reply.type) if reply.status == 200 else reply


def nth_connection_reset(office: Department) -> Site:
    site = serve(office.pages())
    return lambda request: Raw(end="reset") if request.count % 2 == 0 and request.peers == 1 else site(request)


def with_page(path: str, label: str, body: Answer) -> Make:
    """One more page, linked from the home page."""
    return changed(
        lambda office: {
            "/": Reply(str(office.home().body).replace("<main>", f'<main><a href="{path}">{label}</a>')),
            path: body,
        }
    )


def calendar(office: Department) -> Site:
    """Every day leads to the next, without end, in words that promise much."""
    site = serve(office.pages())

    def endless(request: Request) -> Answer:
        if request.path == "/":
            return Reply(
                str(office.home().body).replace("<main>", '<main><a href="/lich?ngay=1">Hỏi đáp theo ngày</a>')
            )
        if request.path == "/lich":
            day = int(request.target.rpartition("=")[2] or 0)
            links = "".join(
                f'<a href="/lich?ngay={day * 7 + n}">Hỏi đáp ngày {day * 7 + n}, liên hệ</a>' for n in range(1, 8)
            )
            return office.page(f"Lịch {day}", f"<p>Ngày {day}</p>{links}")
        return site(request)

    return endless


def home_with(text: str | Callable[[Department], str]) -> Make:
    def pages(office: Department) -> Pages:
        more = text(office) if callable(text) else text
        return {"/": Reply(str(office.home().body).replace("</main>", f"{more}</main>"))}

    return changed(pages)


WIRE = (
    Row("gzip", "gzip", packed("gzip", gzip.compress), READ),
    Row("deflate", "deflate with its header", packed("deflate", zlib.compress), READ),
    Row("rawdeflate", "deflate without its header", packed("deflate", deflated), READ),
    Row("gziptwice", "gzip of gzip, labelled once", packed("gzip", lambda data: gzip.compress(gzip.compress(data))), PARTLY),
    Row("gzipcut", "gzip that lacks its end", packed("gzip", lambda data: gzip.compress(data)[:-8]), PARTLY),
    Row("gzipcapital", "x-gzip in capitals", packed("X-GZIP", gzip.compress), PARTLY),
    Row("http10", "HTTP/1.0 without a length", closing("HTTP/1.0"), READ),
    Row("close", "Connection: close without a length", closing(lines="Connection: close\r\n"), READ),
    Row("linefeed", "lines of the head end with LF alone", closing(end="\n"), READ),
    Row("noreason", "no reason behind the status", framed_by(lambda reply: Raw((b"HTTP/1.1 %d\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % (reply.status, len(reply.content)) + reply.content,), end="keep")), READ),
    Row("badline", "a header line without a colon", closing(lines="day la loi\r\n"), READ),
    Row("blankname", "a blank before the colon of a header", closing(lines="X-Ten : a\r\n"), READ),
    Row("folded", "a header in two lines", closing(lines="X-Dai: a\r\n  b\r\n"), READ),
    Row("bytesinhead", "Vietnamese letters in a header", closing(lines="X-Ten: S\xf4\xed t\xe0i\r\n"), READ),
    Row("longhead", "48 kB of headers", closing(lines="".join(f"X-{n}: {'a' * 90}\r\n" for n in range(480))), READ),
    Row("longer", "Content-Length is too long", length_off(500), READ),
    Row("shorter", "Content-Length is too short by the closing tags", length_off(-7), PARTLY),
    Row("lengths", "two lengths that agree", framed_by(lambda reply: Raw((head(reply.status, {**TYPED, "Content-Length": str(len(reply.content)), "content-length": str(len(reply.content))}) + reply.content,), end="keep")), PARTLY),
    Row("lengthword", "a length that is no number", framed_by(lambda reply: Raw((head(reply.status, {**TYPED, "Content-Length": "nhieu"}) + reply.content,))), PARTLY),
    Row("lengthminus", "a negative length", framed_by(lambda reply: Raw((head(reply.status, {**TYPED, "Content-Length": "-1"}) + reply.content,))), PARTLY),
    Row("chunks", "chunks of seven bytes, through letters", chunked(7), READ),
    Row("chunktrailer", "a trailer behind the chunks", chunked(500, b"X-Sum: 1\r\n"), READ),
    Row("chunkcut", "chunks without their end", chunked(500, last=b""), READ),
    Row("chunkbad", "a chunk whose size is no number", chunked(50_000, last=b"zz\r\n"), READ),
    Row("chunkboth", "chunks and a length", framed_by(lambda reply: Raw((head(reply.status, {**TYPED, "Transfer-Encoding": "chunked", "Content-Length": "5"}) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(reply.content), reply.content),))), PARTLY),
    Row("early", "103 Early Hints before the answer", framed_by(lambda reply: Raw((b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", framed(reply)), end="keep")), PARTLY),
    Row("pieces", "in forty pieces with pauses", in_pieces(0.02, 40), READ),
    Row("secondreset", "resets on every second new address", nth_connection_reset, READ),
    Row("first500", "500 on the first try of each page", refused(Reply("500", 500), lambda request: request.peers == 1 and request.path != "/robots.txt"), PARTLY),
    Row("firstreset", "resets on the first try of a section", refused(Raw(end="reset"), lambda request: request.peers == 1 and request.path == "/hoi-dap"), READ),
    Row("firstslow", "no answer on the first try of a section", refused(Raw(end="hold"), lambda request: request.peers == 1 and request.path == "/hoi-dap"), READ),
    Row("slow", "every answer after half a second", framed_by(lambda reply: Reply(reply.body, reply.status, reply.headers, reply.type, 0.5)), READ),
    Row("status203", "203 in place of 200", framed_by(lambda reply: Reply(reply.body, 203 if reply.status == 200 else reply.status, reply.headers, reply.type)), READ),
    Row("status404all", "every page is right, with status 404", framed_by(lambda reply: Reply(reply.body, 404, reply.headers, reply.type)), PARTLY, but=dict.fromkeys(("qa", "budget"), {"found", "not_seen"})),
    Row("status500all", "every page is right, with status 500", framed_by(lambda reply: Reply(reply.body, 500, reply.headers, reply.type)), PARTLY),
    Row("plaintype", "HTML as text/plain", typed("text/plain; charset=utf-8"), READ),
    Row("notype", "HTML without a type", framed_by(lambda reply: Reply(reply.body, reply.status, reply.headers, "")), READ),
    Row("xhtml", "HTML as XHTML", typed("application/xhtml+xml"), READ),
    Row("wrongtype", "HTML as a file to keep", typed("application/octet-stream"), PARTLY),
    Row("latinlabel", "UTF-8 labelled as ISO-8859-1", typed("text/html; charset=ISO-8859-1"), READ),
    Row("badlabel", "a charset that nobody knows", typed("text/html; charset=tcvn-la"), READ),
    Row("utf16", "UTF-16 with its mark", framed_by(lambda reply: Reply(str(reply.body).replace('<meta charset="utf-8">', "").encode("utf-16"), reply.status, reply.headers, "text/html")), READ),
    Row("bom", "UTF-8 with a byte order mark", typed("text/html", lambda text: text.encode("utf-8-sig")), READ),
    Row("cp1258", "windows-1258 with its label", typed("text/html; charset=windows-1258", lambda text: windows_1258(text.replace('<meta charset="utf-8">', ""))), READ),
    Row("cp1258mute", "windows-1258 without a label", typed("text/html", lambda text: windows_1258(text.replace('<meta charset="utf-8">', ""))), READ),
    Row("decomposed", "letters and their marks apart (NFD)", typed("text/html; charset=utf-8", lambda text: unicodedata.normalize("NFD", text).encode()), READ),
    Row("entities", "every letter with a mark as an entity", typed("text/html", lambda text: text.encode("ascii", "xmlcharrefreplace")), READ),
    Row("capitals", "every label in capitals", rewritten(lambda text, office: text.replace("Hỏi đáp", "HỎI ĐÁP").replace("Công khai ngân sách", "CÔNG KHAI NGÂN SÁCH").replace("Liên hệ", "LIÊN HỆ").replace("Tiếp cận thông tin", "TIẾP CẬN THÔNG TIN")), READ),
    Row("unclosed", "no closing tags at all", rewritten(lambda text, office: text.replace("</li>", "").replace("</p>", "").replace("</main>", "").replace("</body></html>", "")), READ),
    Row("zerowidth", "marks of no width inside the words", rewritten(lambda text, office: text.replace("Hỏi đáp", "Hỏi\u200b đ\u00adáp").replace("ngân sách", "ngân\u00a0sách")), PARTLY),
)  # fmt: skip

HOSTILE = (
    Row("endlesslinks", "a calendar without end, in promising words", calendar, PARTLY),
    Row("bigpage", "a linked page of sixty megabytes", with_page("/lon", "Hỏi đáp cũ", Reply(b"<p>x</p>" * 7_500_000)), PARTLY),
    Row("bomb", "a linked page that unpacks to two hundred megabytes", with_page("/bom", "Hỏi đáp cũ", Reply(gzip.compress(b"<p>x" * 50_000_000, 1), headers={"Content-Encoding": "gzip"})), PARTLY),
    Row("endlessbody", "a linked page that never ends", with_page("/mai", "Hỏi đáp cũ", Raw((head(200, TYPED), *(b"<p>dong</p>" * 9_000,) * 80), 0.05)), PARTLY),
    Row("dripsection", "a linked page that comes a byte a second", with_page("/giot", "Hỏi đáp cũ", Raw((head(200, TYPED), *(b"<",) * 99), 1.0)), PARTLY),
    Row("nested", "fifty thousand elements inside each other", home_with("<div>" * 50_000), PARTLY),
    Row("wide", "fifty thousand links", home_with(lambda office: "".join(f'<a href="/x/{n}">Mục {n}</a>' for n in range(50_000))), PARTLY),
    Row("dashes", "48 kB of dashed letters before an at sign", home_with("a-" * 24_000 + " @"), PARTLY),
    Row("atsigns", "thousands of at signs and dots", home_with("@." * 30_000 + "a@" * 30_000), PARTLY),
    Row("digits", "a hundred thousand digits", home_with("1" * 100_000 + " " + "01/" * 30_000), PARTLY),
    Row("blanks", "two hundred thousand blanks between two words", home_with("Hỏi" + " " * 200_000 + "đáp"), PARTLY),
    Row("dotsword", "brackets that stay open", home_with("[(" * 40_000 + "a [at] " * 5_000), PARTLY),
    Row("longattribute", "an attribute of a megabyte", home_with(lambda office: f'<a href="/{"a" * 1_000_000}">Hỏi đáp dài</a>'), PARTLY),
    Row("manyforms", "ten thousand forms", home_with('<form><textarea name="a"></textarea></form>' * 10_000), PARTLY),
    Row("manyquestions", "twenty thousand questions on the home page", home_with("<p>Câu hỏi: a?</p><p>Trả lời: b</p>" * 20_000), PARTLY),
    Row("innerlocal", "a section that leads to this machine", refused(Reply("", 302, {"Location": "http://127.0.0.1:22/hoi-dap"}), lambda request: request.path == "/hoi-dap"), PARTLY),
    Row("innerloop", "a section that leads to itself", refused(Reply("", 302, {"Location": "/hoi-dap"}), lambda request: request.path == "/hoi-dap"), PARTLY),
    Row("innerchain", "a section behind thirty redirects", lambda office: _chain(office), PARTLY),
    Row("innerforeign", "a section at the national portal", refused(Reply("", 302, {"Location": "http://dichvucong.test/hoi-dap"}), lambda request: request.path == "/hoi-dap"), PARTLY, but={"qa": {"not_found", "not_seen"}}),
    Row("parts", "three fifths of each page, said to be a part of it", framed_by(in_part), PARTLY),
    Row("cookies", "a cookie of a megabyte", framed_by(lambda reply: Reply(reply.body, reply.status, {"Set-Cookie": "a=" + "b" * 500_000}, reply.type)), PARTLY),
)  # fmt: skip


def _chain(office: Department) -> Site:
    site = serve(office.pages())

    def chained(request: Request) -> Answer:
        if request.path == "/hoi-dap":
            step = int(request.target.partition("=")[2] or 0)
            if step < 30:
                return Reply("", 302, {"Location": f"/hoi-dap?b={step + 1}"})
        return site(request)

    return chained


ROWS = (*WIRE, *HOSTILE)
