"""Read the text of RTF files: of attachments, and of the bodies that Outlook puts into winmail.dat."""

import codecs
import re

MAX_TOKENS = 200_000
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n\t]+)|(\t)", re.DOTALL
)
# Groups that hold no text of the document. A group that begins with \* holds none either.
_LEFT_OUT = frozenset(
    {
        b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"objdata", b"themedata",
        b"colorschememapping", b"datastore", b"listtable", b"listoverridetable", b"rsidtbl", b"generator",
        b"xmlnstbl", b"fldinst", b"bkmkstart", b"bkmkend", b"latentstyles",
    }
)  # fmt: skip
_BREAKS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "–", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•",
}  # fmt: skip
_SIGNS = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {
    77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip


class _State:
    """The state of a group; an inner group begins with that of the outer."""

    __slots__ = ("font", "hidden", "skip")

    def __init__(self, hidden: bool, skip: int, font: int) -> None:
        self.hidden = hidden
        self.skip = skip  # characters after \u for readers without Unicode
        self.font = font


class _Document:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.state = _State(False, 1, -1)
        self.outer: list[_State] = []
        self.code = "cp1252"
        self.fonts: dict[int, str] = {}
        self.font = -1  # the font that the font table is defining
        self.held = bytearray()  # the bytes of a character may come one by one
        self.left = 0  # characters still to be skipped

    def take(self, data: bytes) -> None:
        skipped = min(self.left, len(data))
        self.left -= skipped
        if not self.state.hidden:
            self.held += data[skipped:]

    def flush(self, text: str = "") -> None:
        if self.held:
            code = self.fonts.get(self.state.font, self.code)
            self.out.append(self.held.decode(code, "replace"))
            self.held.clear()
        if text and not self.state.hidden:
            self.out.append(text)

    def group(self, sign: bytes) -> None:
        self.flush()
        self.left = 0
        if sign == b"{":
            self.outer.append(self.state)
            self.state = _State(self.state.hidden, self.state.skip, self.state.font)
        elif self.outer:
            self.state = self.outer.pop()

    def word(self, name: bytes, number: int | None) -> None:
        if name == b"u" and number is not None:
            self.flush(chr(number % 65536) if not 0xD800 <= number % 65536 < 0xE000 else "\ufffd")
            self.left = self.state.skip
            return
        self.flush(_BREAKS.get(name, ""))
        if name in _LEFT_OUT:
            self.state.hidden = True
        elif name == b"uc":
            self.state.skip = max(0, min(number or 0, 10))
        elif name == b"ansicpg" and number:
            self.code = _codec(f"cp{number}")
        elif name == b"f":
            self.state.font = self.font = number or 0
        elif name == b"fcharset" and number in _CHARSETS:
            self.fonts[self.font] = _CHARSETS[number]


def text_of(data: bytes) -> tuple[str, bool]:
    """Return (text, True if more was left unread)."""
    document = _Document()
    tokens = 0
    for token in _TOKEN.finditer(data):
        tokens += 1
        if tokens > MAX_TOKENS:
            break
        name, number, byte, sign, brace, words, tab = token.groups()
        if name:
            document.word(name, int(number) if number else None)
        elif byte:
            document.take(bytes([int(byte, 16)]))
        elif words:
            document.take(words)
        elif brace:
            document.group(brace)
        elif sign == b"*":
            document.state.hidden = True
        else:
            document.flush(_SIGNS.get(sign or b"", "\t" if tab else ""))
    document.flush()
    lines = "".join(document.out).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip(), tokens > MAX_TOKENS


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
