"""Define a pre-registration as sections of paragraphs, tables and verbatim text; write it as Markdown and HTML.

Its texts are plain: characters of markup in them are escaped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader


@dataclass(frozen=True, slots=True)
class MarkupTable:
    """A header and rows of as many cells; every cell is plain text on one line."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text whose lines and blanks are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its content; a str is a paragraph of plain text."""

    title: str
    parts: tuple[str | MarkupTable | Verbatim, ...]


@dataclass(frozen=True, slots=True)
class Preregistration:
    """The whole document."""

    title: str
    sections: tuple[Section, ...]


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> MarkupTable:
    """Return a Table of values written with `str`; None is an empty cell."""
    return MarkupTable(tuple(header), tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows))


def markdown(document: Preregistration) -> str:
    """Return the document as Markdown."""
    return "\n".join(_lines(document)) + "\n"


def html(document: Preregistration) -> str:
    """Return the document as one page of HTML, to be printed on A4."""
    loader = PackageLoader("prober.campaign.preregistration", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True)
    return environment.get_template("preregistration.html").render(document=document)


def _lines(document: Preregistration) -> Iterator[str]:
    yield f"# {_escaped(document.title)}"
    for section in document.sections:
        yield f"\n## {_escaped(section.title)}"
        for part in section.parts:
            yield ""
            if isinstance(part, MarkupTable):
                yield _row(part.header)
                yield _row(["---"] * len(part.header))
                yield from (_row(map(_escaped, row)) for row in part.rows)
            elif isinstance(part, Verbatim):
                fence = "`" * max(3, 1 + _longest_run(part.text))
                yield f"{fence}text\n{part.text.rstrip()}\n{fence}"
            else:
                yield _escaped(part)


def _row(cells: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    for char in "\\`*_[]<>|#~":
        text = text.replace(char, f"\\{char}")
    return text


def _longest_run(text: str) -> int:
    return max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
