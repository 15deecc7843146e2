"""What the documentation says can be done: its commands, targets, links and messages exist."""

import doctest
import importlib
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from prober import DISTRIBUTION
from prober.cli import cli
from prober.reporting.statistics.proportions import wilson

ROOT = Path(__file__).parents[1]
FRONT = ("README.md", "README.vi.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = (*(ROOT / name for name in FRONT), *sorted((ROOT / "docs").rglob("*.md")))
VIETNAMESE = sorted((ROOT / "docs").rglob("*.vi.md"))
BLOCK = re.compile(r'^ *```(\w*)(?: title="([^"]*)")?\n(.*?)^ *```$', re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A command as it is typed; words in capitals and … stand for what a reader puts there.
TYPED = re.compile(r"^(?:[\w/.]*/)?prober (?!:)(.*)$")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Language, title and content of each block of code."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[str]:
    """Every line of a shell block and every word between backticks that calls the prober."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line.strip() for kind, _, content in blocks(page) if kind in ("", "sh", "text") for line in content.split("\n")
    ]
    spans = re.findall(r"`(prober [^`\n]+)`", BLOCK.sub("", text))
    typed = [found for line in (*lines, *spans) if (found := TYPED.match(line))]
    return [found[1].partition("  #")[0].partition(" > ")[0].strip() for found in typed]


def fault(typed: str) -> str:
    """Why the command line would not be understood; "" where it would, given what its words in capitals stand for."""
    command: click.Command = cli
    context = click.Context(cli, info_name="prober")
    words = shlex.split(typed.removesuffix("…").replace("…", "X"))
    if words[:1] == ["--config"]:
        words = words[2:]
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command {words[0]!r}"
        command, context, words = found, click.Context(found, parent=context, info_name=words[0]), words[1:]
    known = {text for option in command.params for text in (*option.opts, *option.secondary_opts)}
    known |= {"--help", "-h"}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]
    return f"no option {', '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "cli.md"], ids=name)
def test_every_command_of_a_page_is_one(page: Path) -> None:
    """docs/cli.md is made from the commands themselves; `prober desk` is announced as one to come."""
    said = {typed: fault(typed) for typed in commands(page)}
    assert {typed: why for typed, why in said.items() if why} == {}


def test_a_command_that_does_not_exist_is_found() -> None:
    assert (fault("campaigns list"), fault("report --no-such"), fault("report --annex")) == (
        "no command 'campaigns'", "no option --no-such", "",
    )  # fmt: skip
    assert sum(len(commands(page)) for page in PAGES) > 300


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *(content for _, _, content in blocks(page))])
        named = {word for words in re.findall(r"^ *make((?: [a-z-]+)+)", code, re.M) for word in words.split()}
        assert named <= targets, f"{name(page)}: {named - targets}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
    files = {link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#|/", link)}
    assert [file for file in sorted(files) if not (page.parent / file).exists()] == []


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_the_first_screen_has_a_picture_the_result_and_two_commands(readme: str) -> None:
    lines = (ROOT / readme).read_text(encoding="utf-8").splitlines()
    screen = "\n".join(lines[:18])
    assert "](docs/img/start-" in screen and "make demo" in screen and "make test" in screen
    assert re.search(r"\*\*61 (of|trong) 63\*\*.*\*\*8 (of|trong) 63\*\*", screen)
    other = {"README.md": "README.vi.md", "README.vi.md": "README.md"}[readme]
    assert f"]({other})" in screen and "](docs/index" in screen
    assert [line for _, _, content in blocks(ROOT / readme) for line in content.split("\n") if len(line) > 100] == []


@pytest.mark.parametrize("page", VIETNAMESE, ids=name)
def test_a_vietnamese_page_has_the_commands_and_sections_of_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.removesuffix(".vi.md") + ".md")

    def typed(of: Path) -> list[str]:
        return [
            re.sub(r" *#.*|label_(en|vi)", "", content) if not title else content
            for kind, title, content in blocks(of)
            if kind != "markdown"
        ]

    def levels(of: Path) -> list[str]:
        return re.findall(r"^(#+) ", BLOCK.sub("", of.read_text(encoding="utf-8")), re.M)

    assert typed(page) == typed(english)
    assert levels(page) == levels(english)
    assert LINK.findall(page.read_text(encoding="utf-8")) == LINK.findall(english.read_text(encoding="utf-8")) or (
        page.name == "index.vi.md"
    )


def test_every_message_of_the_troubleshooting_is_one_of_the_program() -> None:
    """In the tables headed "it says", the words between backticks of the first column."""
    programs = [*(path for room in ("prober", "spiders", "mailbox") for path in (ROOT / room).rglob("*.py"))]
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (*programs, ROOT / "Makefile", ROOT / "deploy/ensure-chromium")
    )
    for page in ("troubleshooting.md", "troubleshooting.vi.md"):
        text = (ROOT / "docs/how-to" / page).read_text(encoding="utf-8")
        rows = re.findall(r"^\| (`.*?) \|", text, re.M)
        said = {words for row in rows for words in re.findall(r"`([^`]+)`", row)}
        assert len(said) >= 15
        assert sorted(words for words in said if words not in source) == []


NAMED = re.compile(r"(?<![\w./@:-])(?:prober|mailroom|spiders)(?:\.[A-Za-z]\w*)+")
# Names with a dot that are no modules: files, hosts, the group of entry points, the example of docs/indicators.md.
NO_MODULE = re.compile(r"prober\.(?:toml|prom|test|indicators|detectors\.field_reports)\b")
ROOMS = ("", "prober", "mailbox", "mailbox/mailroom", "prober/reporting", "spiders")  # where paths of docs begin


def is_named_rightly(dotted: str) -> bool:
    """Whether there is such a module, or a module with such a name in it."""
    parts = dotted.replace("mailroom.", "mailbox.mailroom.", 1).split(".")
    for known in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:known])
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if file.exists():
            rest = parts[known : known + 1]
            return not rest or bool(
                re.search(rf"^(?:(?:async )?def |class |    (?=\w+,$))?{rest[0]}\b", file.read_text("utf-8"), re.M)
            )
    return False


@pytest.mark.parametrize("dotted", ["mailroom.outcomes.no_such", "prober.domain.reason.no_such", "prober.nowhere.x"])
def test_a_name_that_leads_nowhere_is_found(dotted: str) -> None:
    assert not is_named_rightly(dotted)


def test_every_module_that_docs_and_comments_name_exists() -> None:
    programs = [path for room in ("prober", "spiders", "mailbox") for path in (ROOT / room).rglob("*.py")]
    named = {
        (name(page), dotted)
        for page in (*PAGES, *programs)
        for dotted in NAMED.findall(page.read_text(encoding="utf-8"))
        if not NO_MODULE.match(dotted)
    }
    assert len(named) > 1000
    assert sorted(pair for pair in named if not is_named_rightly(pair[1])) == []


def test_every_file_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|toml|sql|md))`", text)
    assert len(paths) > 40
    written = {path for path in paths if "LANGUAGE" not in path}  # packs of any language
    assert [path for path in sorted(written) if not any((ROOT / room / path).exists() for room in ROOMS)] == []


def test_the_distribution_has_one_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == DISTRIBUTION and project["scripts"]["prober"]
    assert f"`{DISTRIBUTION}`" in (ROOT / "docs/how-to/install.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("readme", "of"), [("README.md", "of"), ("README.vi.md", "trong")])
def test_the_shares_and_intervals_of_the_first_table_are_right(readme: str, of: str) -> None:
    """That the embedded world has 61 and 8 of 63 is tested with it (tests/prober/sandbox)."""
    text = (ROOT / readme).read_text(encoding="utf-8").replace(",", ".")
    row = rf"\| (\d+) {of} (\d+) \| ([\d.]+) % \| ([\d.]+)–([\d.]+) % \| (\d+) \| ?\d* \| (\d+) \|"
    rows = [[float(cell) for cell in found] for found in re.findall(row, text)]
    assert [found[0] for found in rows] == [61, 8]
    for k, n, share, low, high, not_found, not_seen in rows:
        interval = wilson(int(k), int(n))
        assert (share, low, high) == tuple(round(100 * part, 1) for part in (k / n, interval.low, interval.high))
        assert k + not_found + not_seen == n == 63


def test_every_picture_is_shown_and_those_of_pages_stand_in_the_gallery() -> None:
    pictures = {path.name for path in (ROOT / "docs/img").iterdir()}
    shown = {name for page in PAGES for name in re.findall(r"img/([\w-]+\.png)", page.read_text(encoding="utf-8"))}
    gallery = set(re.findall(r"img/([\w-]+\.png)", (ROOT / "docs/gallery.md").read_text(encoding="utf-8")))
    assert shown == pictures
    assert pictures - gallery == {"start-en.png", "start-vi.png"}


EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT / folder).with_suffix("").parts).removesuffix(".__init__")
    for folder, package in ((".", "prober"), (".", "spiders"), ("mailbox", "mailroom"))
    for path in (ROOT / folder / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", EXAMPLES)
def test_every_example_of_a_docstring_is_true(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0 and result.attempted


def test_the_glossary_is_short_enough_to_be_read_before_the_code():
    rows = [
        line for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").split("\n") if line[:2] == "| "
    ]
    assert 1 < len(rows) - 1 <= 40, "at most 40 terms: a term that one page alone uses is explained there"
