"""What every test may use: the marker `needs`, empty databases, an office at work, and one world per worker."""

import gc
import importlib
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from prober.sandbox import client
from prober.store import Database, open_private, open_results
from tests import forked
from tests.made_once import made_once

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.office import Office

# Time for an example depends on what else the machine does; growth is measured by tests of its own.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")

# What a worker has collected stays until its end: looking through it again and again for cycles costs a second in ten.
gc.disable()


# The files that take longest, in the order of what they take: begun last, they would keep one worker at work while the
# others have nothing left to do.
LONGEST = (
    "end_to_end/test_demo.py",
    "spiders/browser/test_confinement.py",
    "prober/reporting/datasette/test_site_pages_browser.py",
    "mailroom/mime/test_mime_mutated_mails.py",
    "prober/reporting/html/test_html_browser.py",
    "mailroom/intake/test_understand_growth.py",
    "prober/reporting/archive/test_safe_copy_browser.py",
    "prober/text/test_patterns.py",
    "spiders/browser/test_renderer.py",
    "prober/reporting/datasette/test_datasette_tasks.py",
    "spiders/test_crawl_limits.py",
    "prober/reporting/datasette/test_datasette.py",
    "spiders/test_crawl_resume.py",
    "prober/services/test_backup.py",
    "prober/cli/campaign/test_campaign.py",
    "prober/reporting/datasette/test_evidence_pages_browser.py",
    "prober/reporting/publish/test_publication.py",
    "prober/sandbox/sites/test_portals.py",
    "end_to_end/test_rehearsal.py",
    "spiders/browser/test_process_memory.py",
    "prober/cli/review/test_review.py",
    "prober/reporting/datasette/test_site_pages.py",
    "prober/detectors/email/test_deobfuscation.py",
    "proof/test_disk_and_backup.py",
    "mailroom/classification/test_rules_wordings.py",
    "mailroom/classification/test_opinion_training.py",
    "prober/cli/test_cli_errors.py",
    "prober/reporting/datasette/tables/test_table_looks.py",
    "prober/documents/test_child_process.py",
    "prober/detectors/test_detectors_hostile_pages.py",
    "spiders/test_job.py",
    "prober/reporting/datasette/test_sql_limits.py",
    "spiders/test_crawl_process_several.py",
    "mailroom/imap/test_connection_limits.py",
    "mailroom/classification/test_rules_labelled_replies.py",
    "prober/cli/campaign/test_campaign_design.py",
    "prober/cli/test_cli_damage.py",
    "prober/reporting/publish/test_gates_provisional.py",
    "prober/store/results/test_suspicion.py",
    "prober/detectors/email/test_staff_entries.py",
    "prober/studies/test_studies_hostile.py",
    "mailroom/sending/test_send_due_crash.py",
    "test_layout.py",
    "mailroom/classification/test_classification_mail_cases.py",
    "mailroom/intake/test_understand_child_process.py",
    "prober/sandbox/mail/test_mail.py",
    "proof/test_survey_kills.py",
    "prober/store/results/test_registry.py",
    "prober/documents/test_conversion.py",
    "mailroom/intake/test_intake_interrupt.py",
    "prober/reporting/archive/test_web_archive.py",
    "prober/reporting/datasette/kept_pages/test_drawn_ahead.py",
    "mailroom/intake/test_sync.py",
    "prober/cli/test_cli_balance.py",
    "prober/reporting/html/test_html_pdf.py",
    "spiders/test_crawl.py",
    "spiders/test_crawl_hostile_pages.py",
    "spiders/test_crawl_process.py",
    "spiders/test_portal.py",
    "prober/services/nights/test_prune.py",
    "prober/reporting/datasette/test_error_page.py",
    "mailroom/intake/test_watch_letters_in_a_row.py",
)


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a script; whatever we start has it too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if getattr(config.option, "numprocesses", None):  # the process that starts the workers
        forked.shared()


def pytest_collection(session: pytest.Session) -> None:
    """Import a share of the files first, each worker another: what pytest adds to the asserts of a file, most of the
    time of a first import, is then made once and kept, not once for each worker."""
    if worker := getattr(session.config, "workerinput", None):
        for name in _files_asked_for(session.config)[
            int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]
        ]:
            with suppress(Exception):  # the collection says it, with the file
                importlib.import_module(name)


def _files_asked_for(config: pytest.Config) -> list[str]:
    """Return the modules of tests below the paths of the command line, in their order."""
    asked = [config.invocation_params.dir / words.partition("::")[0] for words in config.args]
    ignored = [config.invocation_params.dir / path for path in config.getoption("ignore") or ()]
    return [
        ".".join(path.relative_to(config.rootpath).with_suffix("").parts)
        for path in sorted(Path(__file__).parent.rglob("test_*.py"))
        if any(map(path.is_relative_to, asked)) and not any(map(path.is_relative_to, ignored))
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    place = {here / name: position for position, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def pytest_collection_finish() -> None:
    gc.enable()
    gc.set_threshold(20_000)  # of objects; at 700 the looking takes more time than the memory is worth
    gc.freeze()


SYSTEM = Path(__file__).parent / "system"
Manager = Callable[[], dict[str, str]]  # waits for the next thing that the service manager is told

# Program → the Debian package that brings it.
PROGRAMS = {
    "chromium": "chromium",
    "dovecot": "dovecot-imapd dovecot-lmtpd",
    "postfix": "postfix",
    "nginx": "nginx",
    "redis-server": "redis-server",
    "mariadbd": "mariadb-server-core",
    "php-fpm8.4": "php-fpm php-mysql php-xml",
    "wordpress": "wordpress",
    "tesseract": "tesseract-ocr tesseract-ocr-vie",
    "pdftoppm": "poppler-utils",
    "bwrap": "bubblewrap",
    "soffice": "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
    "systemd-analyze": "systemd",
    "ip": "iproute2",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "root": "root rights",
}


def missing(program: str) -> bool:
    """True where a program that a test needs is not on this machine."""
    if program == "root":
        return os.geteuid() != 0
    if program == "chromium":
        from spiders.browser.chromium import find_browser

        return find_browser("auto") is None
    if program == "wordpress":
        return not Path("/usr/share/wordpress/wp-load.php").is_file()
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/usr/lib/postfix/sbin"
    return shutil.which(program, path=path) is None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("dovecot")`: skip and name what is missing; where PROBER_NO_SKIP is set, fail instead.

    `@pytest.mark.spawned`, and every proof and test of a system: what the product starts is no fork (tests/forked.py).
    """
    as_for_users = any(map(item.get_closest_marker, ("spawned", "proof"))) or SYSTEM in item.path.parents
    forked.children(not as_for_users)
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if missing(program):
                reason = f"needs {program} (Debian: {PROGRAMS[program]})"
                if os.environ.get("PROBER_NO_SKIP"):
                    pytest.fail(reason)
                pytest.skip(reason)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Endpoint]:
    """Six provinces, read-only by convention: tests that advance time or send mail start a world of their own."""
    with forked.world(tmp_path_factory.mktemp("world")) as endpoint:
        yield endpoint


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[client.Endpoint]:
    """Six provinces whose time and mail belong to this test."""
    with forked.world(tmp_path / "world") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A Chromium for the tests of one file, which all need `needs("chromium")` and run no event loop of their own."""
    from tests.browser import chromium  # loading Playwright costs half a second, which most workers need not pay

    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def empty_databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty private.db and an empty results.db: to copy one takes a tenth of making it."""

    def make(folder: Path) -> None:
        open_private(folder / "private.db").close()
        open_results(folder / "results.db").close()

    return made_once(tmp_path_factory, "empty", make)


@pytest.fixture
def databases(empty_databases: Path, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """An empty private.db and results.db in the folder of the test."""
    shutil.copytree(empty_databases, tmp_path, dirs_exist_ok=True)
    private, results = open_private(tmp_path / "private.db"), open_results(tmp_path / "results.db")
    yield private, results
    private.close()
    results.close()


@pytest.fixture(scope="session")
def made_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office, made once and copied for each test."""
    from tests.office import four_departments  # loads the command line, which most tests need not pay

    return made_once(tmp_path_factory, "office", four_departments)


@pytest.fixture
def office(made_office: Path, tmp_path: Path) -> "Office":
    """Four departments asked; three wrote, one is silent."""
    from tests.office import Office

    shutil.copytree(made_office, tmp_path, dirs_exist_ok=True)
    return Office(tmp_path)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager's socket at tmp_path/notify; call it for the next thing that it is told."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(tmp_path / "notify"))
    sock.settimeout(20)

    def told() -> dict[str, str]:
        return dict(line.split("=", 1) for line in sock.recv(4096).decode().split("\n"))

    yield told
    sock.close()
