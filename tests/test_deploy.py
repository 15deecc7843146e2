"""The systemd units are valid and confined; the container recipe is whole."""

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from prober.config.sections import Nights
from prober.services.nightly import deadline
from prober.store.results.runs import NIGHT
from tests.test_documentation import fault

UNITS = sorted(Path(__file__).parents[1].glob("deploy/systemd/prober-*"))


@pytest.mark.needs("systemd-analyze")
def test_units_pass_systemd_analyze_verify() -> None:
    assert len(UNITS) == 4
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *UNITS], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def settings(name: str) -> list[str]:
    return next(unit for unit in UNITS if unit.name == name).read_text(encoding="utf-8").splitlines()


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize(
    ("name", "tenths"),
    [("prober-watch.service", 20), ("prober-nightly.service", 35), ("prober-fleet-worker@.service", 35)],
)
def test_units_are_confined(name: str, tenths: int) -> None:
    """`security` ends with an error above the threshold; Chromium's own sandbox needs namespaces."""
    unit = next(unit for unit in UNITS if unit.name == name)
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={tenths}", unit]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_a_page_or_a_message_that_takes_all_memory_does_not_end_the_unit() -> None:
    for name in ("prober-nightly.service", "prober-watch.service", "prober-fleet-worker@.service"):
        assert {"OOMPolicy=continue", "MemoryMax=3G"} <= set(settings(name))


def test_the_browser_keeps_its_sandbox_and_children_may_leave_the_network() -> None:
    """What Chromium's sandbox asks of the kernel, by the system calls that it makes as an ordinary user."""
    night, watch = settings("prober-nightly.service"), settings("prober-watch.service")
    assert {"RestrictNamespaces=user net pid", "SystemCallFilter=@system-service @pkey chroot"} <= set(night)
    assert "RestrictNamespaces=user net" in watch
    assert not [line for line in (*night, *watch) if line.startswith(("PrivateUsers", "MemoryDenyWriteExecute"))]


MAIL = {"PROBER_SMTP_PASSWORD", "PROBER_IMAP_PASSWORD", "PROBER_WEBHOOKS"}  # alarms have webhooks as addresses
FLEET = {"PROBER_REDIS_PASSWORD", "aws"}


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("prober-watch.service", MAIL), ("prober-fleet-worker@.service", FLEET),
        ("prober-nightly.service", MAIL | FLEET),  # with [fleet] crawl = true a night is crawled by the fleet
    ],
)  # fmt: skip
def test_every_secret_is_a_credential_that_may_be_missing(name: str, needed: set[str]) -> None:
    lines = settings(name)
    loaded = {line.partition("=")[2].partition(":")[0] for line in lines if line.startswith("LoadCredential=")}
    empty = {line.partition("=")[2].partition(":")[0] for line in lines if line.startswith("SetCredential=")}
    assert loaded == empty == needed
    files = ["Environment=AWS_SHARED_CREDENTIALS_FILE=%d/aws"] if "aws" in needed else []
    assert [line for line in lines if line.startswith("Environment")] == files


def test_a_night_may_take_as_long_as_its_crawl_and_ends_before_the_next_begins() -> None:
    limit = next(line for line in settings("prober-nightly.service") if line.startswith("TimeoutStartSec="))
    hours = int(limit.partition("=")[2].removesuffix("h"))
    crawl = deadline(Nights().crawl_deadline)
    assert isinstance(crawl, timedelta) and crawl + timedelta(hours=4) <= timedelta(hours=hours) <= timedelta(hours=23)


def test_a_night_has_a_second_pass_while_it_is_still_the_same_night() -> None:
    starts = [line.split()[1] for line in settings("prober-nightly.timer") if line.startswith("OnCalendar=")]
    first, second = (int(start[:2]) * 60 + int(start[3:5]) for start in starts)
    assert 120 <= second - first < NIGHT.total_seconds() / 60


RECIPE = Path(__file__).parents[1] / "deploy/Containerfile"


def steps() -> list[tuple[str, str]]:
    """Instruction and the rest of it, lines joined."""
    text = re.sub(r"^#.*\n", "", RECIPE.read_text(encoding="utf-8"), flags=re.M).replace("\\\n", " ")
    return [
        (word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)
    ]


def test_the_image_is_of_one_release_and_adds_nothing_from_elsewhere() -> None:
    said = steps()
    assert [rest for word, rest in said if word == "FROM"] == ["debian:13-slim"]
    assert "ADD" not in dict(said) and not re.search(r"https?:|curl|wget|latest", str(said))
    installed = [rest for word, rest in said if word == "RUN" and "pip install" in rest]
    for command in re.findall(r"pip install [^&]*", " ".join(installed)):
        assert "--require-hashes" in command or {"--no-deps", "--no-index"} <= set(command.split())


def test_the_container_runs_as_a_user_and_writes_only_into_its_volumes() -> None:
    said = dict(steps())
    (user, group) = map(int, said["USER"].split(":"))
    assert user == group > 999 and f"--uid {user}" in str(steps())
    assert [word for word, _ in steps()].index("USER") > max(i for i, (word, _) in enumerate(steps()) if word == "RUN")
    assert json.loads(said["VOLUME"]) == [said["WORKDIR"], "/tmp"]


def test_its_commands_are_commands_of_the_prober() -> None:
    said = dict(steps())
    health = json.loads(said["HEALTHCHECK"].partition("CMD ")[2])
    entry, words = json.loads(said["ENTRYPOINT"]), json.loads(said["CMD"])
    assert entry == health[:1] == ["prober"]
    assert (fault(" ".join(health[1:])), fault(" ".join(words))) == ("", "")


def test_it_copies_only_what_is_there_or_what_a_release_makes() -> None:
    (copied,) = (rest.split()[:-1] for word, rest in steps() if word == "COPY")
    assert copied.pop() == "dist/*.whl"
    root = RECIPE.parents[1]
    assert copied and [name for name in copied if not (root / name).is_file()] == []
    assert re.search(r"--outdir dist\b", (root / "Makefile").read_text(encoding="utf-8"))


def test_every_program_of_debian_that_the_tests_use_to_read_files_is_in_it() -> None:
    packages = (RECIPE.parent / "system-packages").read_text(encoding="utf-8")
    readers = re.findall(
        r"\b(?:chromium|bubblewrap|libarchive13t64|poppler-utils|tesseract-ocr[\w-]*|libreoffice-\S+)", packages
    )
    installed = next(rest for word, rest in steps() if word == "RUN").split()
    assert len(set(readers)) >= 8 and set(readers) - {"chromium"} <= set(installed) and "chromium" in installed


def test_a_worker_is_started_again_however_it_ends_and_its_children_end_with_it() -> None:
    assert {"Restart=always", "KillMode=control-group", "RestartPreventExitStatus=2"} <= set(
        settings("prober-fleet-worker@.service")
    )
