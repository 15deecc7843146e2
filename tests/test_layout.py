"""The shape of the repository: what stands where, how long it may be, who imports what, and that it is documented."""

import ast
import graphlib
import importlib
import mailbox
import re
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import grimp
import pytest

from prober.cli import COMMANDS, cli
from prober.cli.docs_reference import agency_columns, commands, configuration, protocol, walk
from prober.store.schema.private_tables import PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES
from tests import walks
from tests.conftest import LONGEST

ROOT = Path(__file__).parents[1]
PACKAGES = {"prober": ROOT / "prober", "spiders": ROOT / "spiders", "mailroom": ROOT / "mailbox/mailroom"}
TOP_LEVEL = (
    "spiders", "prober", "mailbox", "scrapy.cfg", "pyproject.toml", "tests", "Makefile", "README.md", "CHANGELOG.md",
    "docs", "benchmarks", "deploy", ".ci",
)  # fmt: skip

# Library → the modules that may import it. Everyone else goes through them.
HOMES = {
    "scrapy": ("spiders",),
    "scrapy_playwright": ("spiders",),
    "playwright": ("spiders.browser.pdf_printer", "spiders.browser.renderer"),
    "sqlite_utils": ("prober.store",),
    "imapclient": ("mailroom.imap",),
    "aiosmtpd": ("prober.sandbox.mail.smtp_server",),
    "aiosmtplib": ("mailroom.sending.smtp",),
    "dns": ("mailroom.sending.preflight.dns", "prober.sandbox.mail.dns_server"),
    "dkim": ("mailroom.sending.dkim", "mailroom.mime.signatures"),
    "cryptography": (
        "mailroom.mime.signatures",
        "spiders.download.tls",
        "prober.sandbox.http.certificates",
        "prober.sandbox.mail.dns_zone",
        "prober.sandbox.mail.office_signatures",
        "prober.documents.pdf",
    ),
    "libarchive": ("prober.documents.archives",),
    "olefile": ("prober.documents.ole",),
    "pypdf": ("prober.documents",),
    "click": ("prober.cli",),  # services print nothing and ask nothing
    "rich": ("prober.cli",),
    # Numbers and days are written in one place; what tesseract calls a language is asked in the other.
    "babel": ("prober.reporting.words", "prober.documents.ocr"),
    "dramatiq": ("prober.fleet.broker",),
    "redis": ("prober.fleet",),
    "fsspec": ("prober.fleet.transport",),
    "nh3": ("prober.reporting.archive.safe_copy",),
    "structlog": ("prober.logs",),
    "pyarrow": ("prober.reporting.publish.table_files",),
}
PURE = (
    "prober.detectors", "prober.campaign", "prober.reporting.statistics", "prober.domain.verdicts",
    "prober.services.diagnosis", "prober.domain.registry", "spiders.visit.step", "spiders.visit.walk",
    "spiders.visit.urls", "spiders.reading.platforms", "spiders.reading.page_reader", "spiders.reading.page_reading",
    "spiders.visit.steps.contact_documents", "mailroom.matching.scoring", "mailroom.classification.rules",
    "mailroom.classification.bounces.delivery_reports", "mailroom.mime.parser",
)  # fmt: skip
IMPURE = {
    "asyncio", "http", "httpx", "imaplib", "os", "random", "requests", "smtplib", "socket", "sqlite3", "subprocess",
    "time", "urllib.request", *HOMES,
}  # fmt: skip
# Modules that are no subject of their own, and rooms with one file per kind, table, command or service.
MARKS = ("__init__.py", "__main__.py")
FAMILIES = ("prober.cli.", "prober.services.", "spiders.visit.steps.", "spiders.after_visit.")
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

# A machine's own places have no business in a repository that others clone. Split, so that this file has none either.
PLACES = tuple("/" + name for name in ("work/", "tmp/brief", "root/", "home/"))


@cache
def modules() -> dict[str, Path]:
    """Every module of the three packages by its import name."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join((package, *(part for part in parts if part != "__init__")))] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@cache
def imported(name: str, path: Path) -> tuple[str, ...]:
    """Every module that `path` imports, also inside functions."""
    return tuple(_imported(name, path))


def _imported(name: str, path: Path) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            base = f"{above}.{node.module or ''}".rstrip(".") if node.level else node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def lies_in(name: str, home: str) -> bool:
    return name == home or name.startswith(f"{home}.")


def tracked() -> list[Path]:
    """Files under version control; where this is no clone, every source file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [path for folder in (*PACKAGES.values(), ROOT / "tests", ROOT / "docs") for path in folder.rglob("*.*")]


def test_the_standard_mailbox_is_the_standard_one() -> None:
    assert (Path(mailbox.__file__).parent / "email").is_dir()  # stands beside the rest of the standard library
    assert issubclass(mailbox.Maildir, mailbox.Mailbox)
    assert not (ROOT / "mailbox/__init__.py").exists()


@pytest.mark.parametrize("module", [False, True], ids=["-c", "-m"])
def test_the_standard_mailbox_survives_a_start_from_the_root(module: bool) -> None:
    """`python -c` and `python -m` put the working directory first, where the folder mailbox/ lies."""
    code = "import mailbox, mailroom; print(mailbox.Maildir.__name__, mailroom.__name__)"
    command = [sys.executable, "-m", "timeit", "-n1", "-r1", code] if module else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Maildir mailroom" in done.stdout


@pytest.mark.parametrize("entry", TOP_LEVEL)
def test_top_level(entry: str) -> None:
    assert (ROOT / entry).exists()


def test_no_module_is_named_after_a_shape_or_the_standard_library() -> None:
    stems = {name: name.rpartition(".")[2] for name in modules()}
    assert [name for name, stem in stems.items() if stem in SHAPELESS] == []
    # Deeper down a subject may have a name of its own: prober.reporting.html.render is the report in HTML.
    near_the_top = {name for name in stems if name.count(".") <= 1}
    assert [name for name in near_the_top if stems[name] in sys.stdlib_module_names] == []


def test_modules_are_small() -> None:
    assert {name: length for name, path in modules().items() if (length := lines_of(path)) > 500} == {}


def test_folders_hold_few_modules() -> None:
    held = Counter(path.parent for path in modules().values() if path.name not in MARKS)
    assert {str(folder.relative_to(ROOT)): number for folder, number in held.items() if number > 16} == {}


def test_no_two_modules_share_a_file_name() -> None:
    """Commands and services may be named after the use case that they share."""
    named: dict[str, list[str]] = {}
    for name, path in modules().items():
        if path.name not in MARKS and not name.startswith(("prober.cli.", "prober.services.")):
            named.setdefault(path.name, []).append(name)
    assert {file: names for file, names in named.items() if len(names) > 1} == {}


def test_no_two_public_classes_share_a_name() -> None:
    """A reader who meets a name in two modules takes it for one thing."""
    named: dict[str, list[str]] = {}
    for name, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named.setdefault(node.name, []).append(name)
    assert len(named) > 300
    assert {each: names for each, names in named.items() if len(names) > 1} == {}


@cache
def named_after() -> dict[Path, str]:
    """Return what each test file of the packages is named after: a module in the folder of its place, or that folder.

    `test_NAME.py` and `test_NAME_ASPECT.py` are both named after NAME; the longest name counts. "" is nothing.
    """
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / "tests" / package).rglob("test_*.py")):
            room = ".".join(path.parent.relative_to(ROOT / "tests").parts)
            beside = {name for name in modules() if name.rpartition(".")[0] == room} - rooms()
            names = beside | ({room} & rooms())
            stem = path.stem.removeprefix("test_") + "_"
            fitting = [name for name in names if stem.startswith(name.rpartition(".")[2] + "_")]
            found[path] = max(fitting, key=len, default="")
    return found


@cache
def rooms() -> set[str]:
    """Return the folders below the three packages: each is a room with a subject."""
    return {name for name, path in modules().items() if path.name == "__init__.py" and "." in name}


def test_every_test_is_named_after_a_module_or_a_room_in_its_place() -> None:
    assert len(named_after()) > 100
    assert [path.relative_to(ROOT).as_posix() for path, subject in named_after().items() if not subject] == []


def test_the_files_that_are_begun_first_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_every_module_is_tested_by_its_name_or_with_its_room() -> None:
    """Modules of 60 lines and more that have a function; the three packages are too large to be tested as a room."""
    subjects = set(named_after().values())
    untested = {
        name
        for name, path in modules().items()
        if path.name not in MARKS and lines_of(path) >= 60 and has_functions(path)
        if not any(lies_in(name, subject) for subject in subjects if subject)
    }
    assert untested == set()


def has_functions(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree(path)))


def test_a_small_module_of_one_importer_is_part_of_it() -> None:
    """A re-export in an `__init__` is no import."""
    users: dict[str, set[str]] = {}
    for name, path in modules().items():
        for target in imported(name, path):
            if path.name != "__init__.py" and target in modules() and target != name:
                users.setdefault(target, set()).add(name)
    small = {
        name
        for name, path in modules().items()
        if path.name not in MARKS and lines_of(path) < 60 and len(users.get(name, ())) == 1
    }
    assert {name for name in small if not name.startswith(FAMILIES)} == set()


def test_functions_are_small() -> None:
    lengths = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, path in modules().items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > 60} == {}
    assert statistics.quantiles(lengths.values(), n=20)[-1] <= 36


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph(*PACKAGES)  # with imports in functions, and those for types alone
    graphlib.TopologicalSorter({one: graph.find_modules_directly_imported_by(one) for one in graph.modules}).prepare()


def test_every_module_has_a_layer() -> None:
    """The import contract says nothing of a module that no layer names."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contract = tomllib.loads(text)["tool"]["importlinter"]["contracts"][0]
    layers = {name.strip() for layer in contract["layers"] for name in re.split(r"[|:]", layer)}
    assert {name for name in modules() if name != "prober" and not any(lies_in(name, each) for each in layers)} == set()


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    users = {
        name
        for name, path in modules().items()
        if any(lies_in(target, library) for target in imported(name, path))
        and not any(lies_in(name, home) for home in HOMES[library])
    }
    assert users == set()


@pytest.mark.parametrize("package", PURE)
def test_pure_modules_import_nothing_that_acts(package: str) -> None:
    members = {name: path for name, path in modules().items() if lies_in(name, package)}
    assert members, f"{package} is gone: rename it here too"
    acting = {
        (name, target)
        for name, path in members.items()
        for target in imported(name, path)
        if any(lies_in(target, library) for library in IMPURE)
    }
    assert acting == set()


def test_only_the_configuration_reads_the_environment() -> None:
    """Passing the environment on to a child process is not reading it, and taking it away neither."""
    reading = ("os.environ.", "os.environ[", "os.getenv(", "environ.get(")
    readers = {
        name
        for name, path in modules().items()
        if "environ" in (text := path.read_text(encoding="utf-8")) or "getenv" in text  # writing a tree out takes long
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call | ast.Subscript)
        and ast.unparse(node).startswith(reading)
        and ast.unparse(node) != "os.environ.clear()"
    }
    assert readers <= {"prober.config.load"}


# SQL is written in upper case; a statement in lower case is known by how it begins.
SQL = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|PRAGMA|ATTACH|CREATE (?:TABLE|VIEW|INDEX|TRIGGER)|ALTER TABLE|DROP)\s"
    r"|^\s*(?i:select\s.+\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|pragma\s)",
    re.S,
)
STATEMENTS = {"execute", "executemany", "executescript", "query"}


def test_services_ask_the_store_by_name_and_hold_no_sql() -> None:
    written = ("SELECT 1", " INSERT INTO run", "UPDATE scan SET x", "select a\nfrom b", "delete from run", "PRAGMA x")
    assert all(SQL.search(text) for text in written)
    services = {name: tree(path) for name, path in modules().items() if lies_in(name, "prober.services")}
    assert len(services) > 20
    found = {
        (name, node.value)
        for name, module in services.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    }
    assert found == set()
    calls = {
        (name, node.func.attr)
        for name, module in services.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STATEMENTS
    }
    assert calls == set()


# In a selector: what one portal technology names its classes and ids.
OF_ONE_TECHNOLOGY = re.compile(
    r"[.#\"'=](?:dnn|portlet|journal|asset-|wps|nv[-_]|ms-|wp-|hentry|views-|field-|com_|items-row|item-page|k2)", re.I
)
SELECTING = ("css", "css_first", "css_matches")


def test_selectors_of_a_technology_stand_in_its_module_only() -> None:
    known = (".DnnModule li", ".portlet-body", "#wpsPortletBody", ".nv-faq", '[class*="ms-list"]', ".views-row")
    assert all(OF_ONE_TECHNOLOGY.search(selector) for selector in known)
    found = {(name, text) for name, path in modules().items() for text in selectors(tree(path))}
    assert len(found) > 20
    elsewhere = {(name, text) for name, text in found if name != "spiders.reading.platforms"}
    assert [pair for pair in elsewhere if OF_ONE_TECHNOLOGY.search(pair[1])] == []


def selectors(module: ast.Module) -> Iterator[str]:
    """Every text that a module selects elements by, written in the call or in a constant that the call names."""
    constants = {ast.unparse(node.targets[0]): node.value for node in module.body if isinstance(node, ast.Assign)}
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in SELECTING:
            for argument in call.args:
                for part in ast.walk(constants.get(ast.unparse(argument), argument)):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_is_documented(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for path, below in walk(("prober", name), command):
        assert below.help, f"{' '.join(path)} has no help"
        assert f" {' '.join(path)}\n" in text, f"{' '.join(path)} is not in docs/cli.md"
        for option in below.params:
            if isinstance(option, click.Option):
                assert option.help, f"{' '.join(path)} {option.opts[0]} has no help"


def test_generated_docs_are_those_of_this_code() -> None:
    """`make docs` writes them, `cog --check` in `make lint` says which block is stale; this fails without cog too."""
    for page, parts in (
        ("cli.md", [commands()]),
        ("configuration.md", [configuration(), protocol(), agency_columns()]),
    ):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for part in parts:
            assert part.strip() in text, f"docs/{page} is stale: make docs"


@pytest.mark.parametrize("table", [*RESULTS_TABLES, *PRIVATE_TABLES], ids=lambda table: table.name)
def test_every_column_has_a_sentence(table: object) -> None:
    sentences = [table.about, *(column.about for column in table.columns)]  # type: ignore[attr-defined]
    assert [text for text in sentences if len(text) < 4 or not text.rstrip().endswith((".", ")"))] == []


def test_no_tracked_file_names_a_place_of_one_machine() -> None:
    named = {
        (path.relative_to(ROOT).as_posix(), place)
        for path in tracked()
        for place in PLACES
        if place.encode() in path.read_bytes()
    }
    assert named == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_imports(package: str) -> None:
    """Also those that no other test happens to load, and without a warning."""
    for name in modules():
        if lies_in(name, package) and not name.endswith("__main__"):
            importlib.import_module(name)


def test_no_place_of_one_study_stands_in_the_code() -> None:
    """Time zone, calendar and law are those of the study; a module that names one place would be wrong elsewhere."""
    places = re.compile(r"Hanoi|HANOI|Ho_Chi_Minh")
    tracked = subprocess.run(["git", "ls-files", "prober", "spiders", "mailbox"], cwd=ROOT, capture_output=True)
    named = {
        path
        for path in tracked.stdout.decode().splitlines()
        if not path.startswith(tuple(f"prober/studies/{name}/" for name in ("pobi_2019", "portal_review", "packs/vi")))
        and places.search((ROOT / path).read_text(encoding="utf-8", errors="replace"))
    }
    assert named == set()


def test_what_the_walks_leave_aside_exists() -> None:
    assert walks.lost((*walks.OPENING, *walks.OF_A_REPLY)) == []
    assert walks.lost(["prober/store/__init__.py:nothing"]) == ["prober/store/__init__.py:nothing"]
