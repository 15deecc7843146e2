"""Small sites of a labelled file, each with the answers of its server, and a visit to one as a function of them.

The form of a file is told in its first lines. Nothing is asked of a network.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

from prober.domain.agency import Agency
from prober.domain.finding import Failure, State
from prober.domain.hostnames import scope
from prober.domain.indicator import Indicator
from prober.domain.verdicts import Verdict
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.visit_runner import body
from spiders.visit.walk import SiteWalk
from tests.documented import DOCS
from tests.languages import VIETNAMESE
from tests.spiders.reading.reading_here import with_reading

FIXTURES = Path(__file__).parents[2] / "fixtures/indicators/sites"
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
ROW = r"^\| `{name}` \|[^|]*\| (\d+), (\d+) \| (\d+), (\d+) \|$"
HALVES = [(half, answer) for half in ("kept", "tuning") for answer in ("yes", "no")]
STATES = {"yes": State.FOUND, "no": State.NOT_FOUND}
_PART = re.compile(r"^=== (?:(\w+) (yes|no) (\S+): ([^\n]*)|(\w+) ?(\w*))\n(.*?)(?=^=== |\Z)", re.M | re.S)
_ANSWER = re.compile(r"^--- (\S+)\n(.*?)(?=^--- |\Z)", re.M | re.S)
_ROWS = re.compile(r"\{(found|all|others) ((?:[^{}]|\{(?:url|title|TITLE)\})*)\}")
_FAILURES = {"refused": Failure.REFUSED, "timeout": Failure.TIMEOUT}


@dataclass(frozen=True)
class Labelled:
    """A site with the answer that people give to the indicator's question; `half` is tuning or kept."""

    half: str
    answer: str
    slug: str
    answers: Mapping[str, str]  # address, with "*" for any text → status line, headers, empty line, body
    bodies: Mapping[str, str]
    titles: tuple[tuple[str, str], ...]  # path and title of each page that its search may find

    def result(self, url: str) -> StepResult:
        """Return what the site's server answers."""
        pattern = next((one for one in self.answers if _matched(one, url) is not None), "")
        parts = urlsplit(url)
        listening = {urlsplit(one)[:2] for one in self.answers}
        if (parts.scheme, parts.netloc) not in listening:
            known = parts.netloc in {host for _, host in listening}
            return StepResult(url, AT, failure=Failure.REFUSED if known else Failure.DNS, detail="nobody listens")
        head, _, text = self.answers.get(pattern, "404 Not Found\n\nNot Found").partition("\n\n")
        status, *lines = head.splitlines()
        if status.startswith("FAILED"):
            return StepResult(url, AT, failure=_FAILURES[status.split()[1]], detail=status)
        headers = dict(reversed([_header(line) for line in lines]))  # of two with one name the first counts
        if "certificate" in headers:
            return StepResult(url, AT, failure=Failure.TLS, detail=headers["certificate"])
        headers = {"content-type": "text/html; charset=utf-8", **headers}
        return StepResult(url, AT, int(status.split()[0]), headers, self._filled(text, pattern, url).encode())

    def _filled(self, text: str, pattern: str, url: str) -> str:
        asked = unquote_plus((_matched(pattern, url) or "").partition("&")[0]) if pattern else ""
        has = {title: asked.casefold() in title.casefold() for _, title in self.titles}
        named = re.sub(r"^\{(\w+)\}\n*\Z", lambda name: self.bodies.get(name[1], name[0]), text)

        def rows(macro: re.Match[str]) -> str:
            wanted = [one for one in self.titles if macro[1] == "all" or has[one[1]] is (macro[1] == "found")]
            return "".join(_row(macro[2], *one) for one in wanted)

        return _ROWS.sub(rows, named).replace("{q}", escape(asked))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _row(row: str, url: str, title: str) -> str:
    return row.replace("{url}", url).replace("{title}", title).replace("{TITLE}", title.upper())


def _matched(pattern: str, url: str) -> str | None:
    """Return the text that the last "*" of `pattern` stands for in `url`; None if they do not match."""
    parts = [re.escape(part) for part in pattern.split("*")]
    found = re.fullmatch("(.*)".join(parts), url)
    return None if found is None else url[found.start(1) :] if len(parts) > 1 else ""


def labelled(name: str) -> Iterator[Labelled]:
    """Yield the sites of a file in their order."""
    bodies: dict[str, str] = {}
    titles: tuple[tuple[str, str], ...] = ()
    for half, answer, slug, _, part, what, text in _PART.findall((FIXTURES / f"{name}.txt").read_text("utf-8")):
        if part == "body":
            bodies[what] = text
        elif part == "titles":
            pairs = [line.split(" | ") for line in text.splitlines()]
            titles = tuple((url, title) for url, title in pairs)
        else:
            yield Labelled(half, answer, slug, dict(_ANSWER.findall(text)), bodies, titles)


def visited(site: Labelled, sought: Indicator, answered: Callable[[str], StepResult] | None = None) -> Verdict:
    """Return the verdict of a visit to the site, which begins at the first of its addresses.

    `answered` answers for an address instead of the site.
    """
    url = next(iter(site.answers))
    name = "Cổng thông tin điện tử tỉnh Sơn Đông"
    agency = Agency("son-dong", "2019", "portal", name, "Son Dong", "son-dong", "Sơn Đông", "Son Dong", url)
    walk = SiteWalk(agency, scope(agency, ()), body(agency, sought=(sought,), vocabulary=VIETNAMESE), 60, 900.0)
    for _ in range(200):
        step = walk.next_step(0.0)
        if step is None:
            break
        walk.take(step, with_reading(step, _shown(step, answered or site.result), walk))
    walk.report()
    (verdict,) = walk.concluded(AT.date())["verdicts"]
    return verdict


def _shown(step: VisitStep, answered: Callable[[str], StepResult]) -> StepResult:
    if step.render:
        return StepResult(step.url, AT, failure=Failure.EMPTY_AFTER_RENDER, detail="no browser")
    return answered(step.url)


def documented(name: str) -> list[int]:
    """How many are told right, as the documentation says: kept and tuning half, those that have it and have it not."""
    row = re.search(ROW.format(name=name), (DOCS / "indicators.md").read_text(encoding="utf-8"), re.M)
    return [int(number) for number in row.groups()] if row else []
