"""Read the text of office files: of Microsoft (DOCX, PPTX, XLSX, XLS) and of OpenDocument (ODT, ODP, ODS).

Workbooks are read by python-calamine. The others are XML in a zip, which is read as it streams by: no tree is built, so
that time and memory are bounded by what is kept, and elements are told by their local names, in which the two editions
of the standard agree. python-docx 1.2 was weighed for DOCX: it gives no text boxes, in which letterheads often stand,
nothing that was inserted under revision, and refuses the strict edition of the standard.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.parsers import expat

from prober.documents.archives import MAX_MEMBER_BYTES
from prober.text.patterns import linear

MAX_TAGS = 300_000  # of one file
MAX_SHEETS = 50  # a budget has some 25 forms, often in one workbook
_CHUNK = 1 << 16
_SHEET = linear(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_SLIDE = linear(r"ppt/slides/[^/]+\.xml", re.IGNORECASE)
_WORDS = linear(r"word/document\d*\.xml", re.IGNORECASE)
_PICTURE = linear(r"word/media/|ppt/media/|Pictures/")
# Repeated text (the older form of a drawing, the reading aid of a word) and deleted text.
_LEFT_OUT = frozenset({"Fallback", "rPh", "tracked-changes", "annotation", "tabs", "moveFrom"})
_LINKS = ("hyperlink", "a")
_WEB = linear(r"https?://[^\s]{4,2000}$", re.IGNORECASE)
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "noBreakHyphen": "-", "s": " "}
_SCHEMAS = "http://schemas.openxmlformats.org/"
_RELATIONS = _SCHEMAS + "officeDocument/2006/relationships"


class Encrypted(ValueError):
    """The file needs a password."""


class _Enough(Exception):
    """The limit is reached: no more text of the file would be kept."""


class TextCollector:
    """Collects text: at most `most` characters out of at most MAX_TAGS elements."""

    def __init__(self, most: int) -> None:
        self.pieces: list[str] = []
        self.left = most
        self.tags = 0
        self.cut = False

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.left -= len(text)
        if self.left < 0:
            raise _Enough

    def count(self) -> None:
        self.tags += 1
        if self.tags > MAX_TAGS:
            raise _Enough

    def lines(self) -> str:
        """Return the text without blank lines, and without the empty cells at the end of a row."""
        return "\n".join(line for line in map(str.rstrip, "".join(self.pieces).split("\n")) if line)


def words(data: bytes, most: int) -> TextCollector:
    """Return the paragraphs of a DOCX, each a line; the cells of a letterhead's layout table follow each other."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _paragraphs(archive, [_one(archive, _WORDS)], most)


def slides(data: bytes, most: int) -> TextCollector:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _paragraphs(archive, _all(archive, _SLIDE)[:MAX_SHEETS], most)


def open_document(data: bytes, most: int) -> TextCollector:
    """Read the paragraphs and headings of an ODT or ODP."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "META-INF/manifest.xml" in archive.namelist() and b":encryption-data" in _bytes(
            archive, "META-INF/manifest.xml"
        ):
            raise Encrypted
        return _paragraphs(archive, ["content.xml"], most)


def sheets(data: bytes, most: int) -> TextCollector:
    """Read the rows of an XLSX, XLS or ODS, each a line, a tab between two cells.

    Of a workbook that is too long, each sheet gives its beginning: what the sheets before it left, in equal shares.
    """
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum

    kept = TextCollector(most)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(_with_list(data)))
    except PasswordError as error:
        raise Encrypted from error
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    kept.cut = len(names) > MAX_SHEETS
    read = names[:MAX_SHEETS]
    for waiting, name in zip(range(len(read), 0, -1), read, strict=True):
        for_others = kept.left - kept.left // waiting
        for row in workbook.get_sheet_by_name(name).iter_rows():
            line = "\t".join(map(_shown, row)) + "\n"
            if kept.left - len(line) < for_others:
                kept.cut = True
                break
            kept.add(line)
    return kept


def _shown(value: object) -> str:
    """Return a cell as it is shown: calamine gives all numbers as fractions.

    >>> _shown(5186.0), _shown(0.25), _shown(True), _shown("Sở")
    ('5186', '0.25', 'True', 'Sở')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _with_list(data: bytes) -> bytes:
    """Return a workbook with the list of its sheets: some programs write none into an XLSX, and calamine wants one.

    Raises MemoryError where a member would unpack to more than is read, LookupError where there is no sheet.
    """
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if any(member.file_size > MAX_MEMBER_BYTES for member in members if member.filename.endswith(".xml")):
            raise MemoryError
        known = {member.filename for member in members}
        if "xl/workbook.xml" in known or "content.xml" in known:
            return data
        sheets = _all(archive, _SHEET)
    completed = io.BytesIO(data)
    with zipfile.ZipFile(completed, "a") as archive:
        archive.writestr("_rels/.rels", _relations("officeDocument", ["xl/workbook.xml"]))
        archive.writestr("xl/_rels/workbook.xml.rels", _relations("worksheet", sheets))
        entries = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, len(sheets) + 1))
        head = f'<workbook xmlns="{_SCHEMAS}spreadsheetml/2006/main" xmlns:r="{_RELATIONS}">'
        archive.writestr("xl/workbook.xml", f"{head}<sheets>{entries}</sheets></workbook>")
    return completed.getvalue()


def _relations(kind: str, names: list[str]) -> str:
    """Return the part of a package that says where others of one kind are."""
    entries = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATIONS}/{kind}" Target="/{name}"/>'
        for number, name in enumerate(names, 1)
    )
    return f'<Relationships xmlns="{_SCHEMAS}package/2006/relationships">{entries}</Relationships>'


def has_pictures(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(_PICTURE.match(name) for name in archive.namelist())


def member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open one member as a stream. Raises Encrypted for an encrypted one, before zipfile asks for a password."""
    if archive.getinfo(name).flag_bits & 1:
        raise Encrypted
    return archive.open(name)


def _paragraphs(archive: zipfile.ZipFile, names: list[str], most: int) -> TextCollector:
    """Return the paragraphs of `names`; after the words of a link its address, which a reader of the words needs."""
    kept = TextCollector(most)
    depth = {"text": 0, "out": 0}
    targets: dict[str, str] = {}
    opened: list[str] = []  # the addresses of links

    def start(tag: str, attributes: dict[str, str]) -> None:
        kept.count()
        if tag in _LINKS:
            opened.append(next((targets.get(v, v) for k, v in attributes.items() if k.endswith((" id", " href"))), ""))
        depth["out"] += tag in _LEFT_OUT
        depth["text"] += tag in ("t", "h") or (tag == "p" and flat)
        if tag in _BREAKS and not depth["out"]:
            kept.add(_BREAKS[tag])

    def end(tag: str) -> None:
        depth["out"] -= tag in _LEFT_OUT
        depth["text"] -= tag in ("t", "h") or (tag == "p" and flat)
        if tag in _LINKS and opened and _WEB.match(url := opened.pop()) and not depth["out"] and url != kept.pieces[-1]:
            kept.add(f" {url} ")
        if tag in ("p", "h"):
            kept.add("\n")

    def text(words: str) -> None:
        if depth["text"] and not depth["out"]:
            kept.add(words)

    try:
        for name in names:
            flat = name == "content.xml"  # OpenDocument: the text is in the paragraph itself
            targets.update(_targets(archive, name, kept))
            _read(archive, name, start, end, text)
    except _Enough:
        kept.cut = True
    return kept


def _targets(archive: zipfile.ZipFile, name: str, kept: TextCollector) -> dict[str, str]:
    """Return the addresses outside of the file to which one of its members refers, by the name of the reference."""
    folder, _, last = name.rpartition("/")
    found: dict[str, str] = {}

    def start(_: str, attributes: dict[str, str]) -> None:
        kept.count()
        if attributes.get("TargetMode") == "External":
            found[attributes.get("Id", "")] = attributes.get("Target", "")

    references = f"{folder}/_rels/{last}.rels"
    if references in archive.namelist():
        _read(archive, references, start, lambda _: None, lambda _: None)
    return found


def _read(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Parse one member and report every element and text.

    Raises ValueError at a document type declaration: with entities of its own, a few bytes can expand to gigabytes.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(" ")[2])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refused
    for chunk in _chunks(archive, name):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def _refused(*_: Any) -> None:
    raise ValueError("a document type of its own")


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the bytes of a member. Raises MemoryError beyond MAX_MEMBER_BYTES, whatever size its header declares."""
    size = 0
    with member(archive, name) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MAX_MEMBER_BYTES:
                raise MemoryError(name)
            yield chunk


def _bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    return b"".join(_chunks(archive, name))


def _one(archive: zipfile.ZipFile, wanted: re.Pattern[str]) -> str:
    return _all(archive, wanted)[0]


def _all(archive: zipfile.ZipFile, wanted: re.Pattern[str]) -> list[str]:
    """Return the matching members, sheet2 before sheet10.

    Raises LookupError where there is none: then the file is not of the kind that it seems.
    """
    found = [name for name in archive.namelist() if wanted.fullmatch(name.replace("\\", "/").lstrip("/"))]
    if not found:
        raise LookupError(wanted.pattern)
    return sorted(found, key=lambda name: (len(name), name))
