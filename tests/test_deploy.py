"""The systemd units are valid."""

import subprocess
from pathlib import Path

import pytest

UNITS = sorted(Path(__file__).parents[1].glob("deploy/systemd/prober-*"))


@pytest.mark.needs("systemd-analyze")
def test_units_pass_systemd_analyze_verify() -> None:
    assert len(UNITS) == 3
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *UNITS], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def settings(name: str) -> list[str]:
    return next(unit for unit in UNITS if unit.name == name).read_text(encoding="utf-8").splitlines()


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize(("name", "tenths"), [("prober-watch.service", 20), ("prober-nightly.service", 35)])
def test_units_are_confined(name: str, tenths: int) -> None:
    """`security` ends with an error above the threshold; Chromium's own sandbox needs namespaces."""
    unit = next(unit for unit in UNITS if unit.name == name)
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={tenths}", unit]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_a_page_or_a_message_that_takes_all_memory_does_not_end_the_unit() -> None:
    for name in ("prober-nightly.service", "prober-watch.service"):
        assert {"OOMPolicy=continue", "MemoryMax=3G"} <= set(settings(name))


def test_the_browser_keeps_its_sandbox_and_children_may_leave_the_network() -> None:
    """What Chromium's sandbox asks of the kernel, by the system calls that it makes as an ordinary user."""
    night, watch = settings("prober-nightly.service"), settings("prober-watch.service")
    assert {"RestrictNamespaces=user net pid", "SystemCallFilter=@system-service @pkey chroot"} <= set(night)
    assert "RestrictNamespaces=user net" in watch
    assert not [line for line in (*night, *watch) if line.startswith(("PrivateUsers", "MemoryDenyWriteExecute"))]


def test_every_password_is_a_credential_that_may_be_missing() -> None:
    for name in ("prober-nightly.service", "prober-watch.service"):
        lines = settings(name)
        loaded = {line.partition("=")[2].partition(":")[0] for line in lines if line.startswith("LoadCredential=")}
        empty = {line.partition("=")[2].partition(":")[0] for line in lines if line.startswith("SetCredential=")}
        assert loaded == empty == {"PROBER_SMTP_PASSWORD", "PROBER_IMAP_PASSWORD"}
        assert not [line for line in lines if line.startswith("Environment")]
