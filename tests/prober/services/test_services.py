"""The road that commands, nights and the demo share: one registry, one row for each run, every look before a letter."""

import ast
import dataclasses
from pathlib import Path

import pytest

from prober.config.load import Config
from prober.config.simulated import embedded
from prober.errors import ConfigError, UsageError
from prober.services import agencies, demo, nightly
from prober.services.context import Context
from prober.services.progress import Observer
from prober.store.results import registry


@pytest.fixture
def live(tmp_path: Path) -> Config:
    """A live configuration without servers: nothing can be asked of anybody."""
    return dataclasses.replace(embedded(tmp_path), world="live")


def test_the_registry_is_synchronised_once_for_each_context(live: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    sync = registry.sync
    monkeypatch.setattr(registry, "sync", lambda *arguments: written.append(sync(*arguments)))
    with Context(config=live) as context:
        assert len(context.agencies("2019", "finance")) == 63
        assert [agency.slug for agency in context.agencies("2019", None, ["ca-mau"])] == ["ca-mau"]
        context.project()
    assert len(written) == 1 and written[0] > 0


def test_a_service_within_a_service_has_no_row_of_its_own(live: Config) -> None:
    with Context(config=live) as context:
        with context.run("nightly") as night:
            with context.run("crawl") as part:
                part["failures"] = ["one"]
            with context.run("campaign approve", part=False):
                pass
            night["crawl"] = 1
        with pytest.raises(UsageError), context.run("crawl"):
            raise UsageError("no agency")
        rows = list(context.results.execute("SELECT command, status, summary FROM run").fetchall())
    assert rows == [
        ("nightly", "done", '{"crawl": 1}'), ("campaign approve", "done", "{}"), ("crawl", "stopped", "{}")
    ]  # fmt: skip


def test_what_a_live_configuration_lacks_is_named(live: Config) -> None:
    with Context(config=live) as context:
        assert (context.world, context.imap, context.dkim) == (None, (), None)
        for section in ("sender", "smtp", "mailboxes"):
            with pytest.raises(ConfigError, match=rf"no \[{section.replace('mailboxes', 'imap')}\] section"):
                getattr(context, section)


def test_a_live_list_with_names_of_no_public_host_is_told_so(live: Config, tmp_path: Path) -> None:
    rows = ["a,commune,Xã A,http://a.test/", "b,commune,Xã B,http://b.internal/", "c,commune,Xã C,https://c.gov.vn/"]
    path = tmp_path / "xa.csv"
    path.write_text("\n".join(["slug,kind,name_vi,url", *rows]), encoding="utf-8")
    with Context(config=live) as context:
        assert agencies.read_file(context, path, "xa").beyond == ["http://a.test/", "http://b.internal/"]
    with Context(config=dataclasses.replace(live, world="sandbox")) as context:
        assert agencies.read_file(context, path, "xa").beyond == []


@pytest.mark.parametrize("module", [demo, nightly])
def test_demo_and_night_send_and_read_by_the_services_of_the_commands(module: object) -> None:
    """What they import says it: neither the pass of sending nor that of reading, past which the looks would be."""
    path = str(getattr(module, "__file__", ""))
    names = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {"prober.services.campaign.sending.send", "prober.services.mailbox.sync.sync"} <= names
    assert not {name for name in names if name.startswith(("mailroom.sending.send_due", "mailroom.intake", "spiders"))}


def test_an_observer_of_its_own_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Observer().task("crawling") as show:
        show("2019-ca-mau", 1, None)
    assert tuple(capsys.readouterr()) == ("", "")
