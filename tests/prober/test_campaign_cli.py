"""prober campaign from the command line, against the embedded world's real SMTP and clock."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.cli.agencies import registry
from prober.cli.session import Session
from prober.store import registry as store


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a small world that keeps running, and six finance departments with reviewed addresses."""
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n\n[sandbox]\nsmall = true\n', encoding="utf-8")
    with Session(tmp_path / "prober.toml") as session:
        registry(session)
        truth = json.loads((session.config.paths.world / "truth.json").read_text(encoding="utf-8"))
        for agency in store.stored(session.results, "2019", "finance"):
            address = truth["finance"][agency.slug]["request_email"]
            store.accept(session.results, agency.id, address, "", by="nv", at=session.clock.now())
        yield tmp_path


def prober(folder: Path, *words: str, code: int = 0) -> str:
    """Run a command; its output, standard error included. Fails on any other exit code."""
    result = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])
    assert result.exit_code == code, (words, result.output, result.exc_info)
    return result.output


def standing(folder: Path) -> dict[str, dict[str, Any]]:
    rows = json.loads(prober(folder, "campaign", "status", "wave", "--json"))
    return {row["step"]: {key: value for key, value in row.items() if value} for row in rows}


def copies(folder: Path) -> "Counter[tuple[str, str]]":
    """The world's own record of what it accepted: (recipient, Message-ID) → copies."""
    endpoint = json.loads((folder / "var" / "world" / "endpoint.json").read_text(encoding="utf-8"))
    with build_opener(ProxyHandler({})).open(f"{endpoint['control']}/mail") as answer:
        rows = json.loads(answer.read())
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found[row["rcpt"], row["message_id"]] += row["count"]
    return found


def test_a_whole_campaign(folder: Path) -> None:
    """Planned, approved, sent, reminded, closed; each command again changes nothing."""
    assert "6 agencies will be asked" in prober(folder, "campaign", "new", "wave")
    assert "Kính gửi" in prober(folder, "campaign", "preview", "wave")
    assert "mail server" in prober(folder, "campaign", "preflight", "wave")
    assert "is draft" in prober(folder, "campaign", "send", "wave", code=2)
    assert "nothing was approved" in prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "x", code=2)
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    assert standing(folder)["request"]["planned"] == 6
    prober(folder, "campaign", "send", "wave", "--until", "2020-04-16T18:00")
    first = copies(folder)
    assert standing(folder)["request"].get("planned", 0) == 0
    prober(folder, "campaign", "send", "wave", "--until", "2020-04-16T18:00")
    assert copies(folder) == first and set(first.values()) == {1}

    held = prober(folder, "campaign", "send", "wave", "--until", "2020-04-28T18:00")
    assert "reminders wait until `prober mailbox sync`" in held  # it may not say "no answer" without having looked
    assert copies(folder) == first
    prober(folder, "mailbox", "sync")
    prober(folder, "campaign", "send", "wave", "--until", "2020-04-29T18:00")
    reminded = standing(folder)["reminder"]
    assert reminded.get("accepted", 0) + reminded["cancelled"] == 6 and reminded["cancelled"] >= 1
    prober(folder, "mailbox", "sync")
    assert "campaign is closed" in prober(folder, "campaign", "send", "wave", "--until", "end")
    assert set(copies(folder).values()) == {1}
    assert "is closed" in prober(folder, "campaign", "send", "wave")


def test_a_change_after_the_approval_stops_everything(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    protocol = folder / "campaigns" / "wave.toml"
    text = protocol.read_text(encoding="utf-8")
    protocol.write_text(text.replace("per_day = 21", "per_day = 60"), encoding="utf-8")
    assert "changed after the approval" in prober(folder, "campaign", "send", "wave", "--until", "end", code=2)
    protocol.write_text(text, encoding="utf-8")
    with Session(folder / "prober.toml") as session:
        agency = store.stored(session.results, "2019", "finance")[0]
        store.accept(session.results, agency.id, "khac@agency.gov.test", "", by="nv", at=session.clock.now())
    assert "is not the approved one" in prober(folder, "campaign", "send", "wave", "--until", "end", code=2)
    assert copies(folder) == {}


def test_pause_resume_close(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    assert "not approved" in prober(folder, "campaign", "pause", "wave", code=2)
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    prober(folder, "campaign", "pause", "wave")
    assert "is paused" in prober(folder, "campaign", "send", "wave", "--until", "end", code=2)
    prober(folder, "campaign", "resume", "wave")
    assert "12 letters were cancelled" in prober(folder, "campaign", "close", "wave")
    assert standing(folder)["request"]["cancelled"] == 6
    assert copies(folder) == {}


def test_what_does_not_exist(folder: Path) -> None:
    for words, message in (
        (("new", "Größe"), "lower-case letters"),
        (("new", "../x"), "lower-case letters"),
        (("preview", "none"), "there is no campaign 'none'"),
        (("send", "none"), "there is no campaign 'none'"),
        (("settle", "none"), "there is no campaign 'none'"),
    ):
        assert message in prober(folder, "campaign", *words, code=2)


def test_agencies_without_an_address(folder: Path) -> None:
    with Session(folder / "prober.toml") as session:
        session.results.execute("UPDATE agency SET request_email_reviewed_by = '' WHERE slug = 'stc-ca-mau'")
        session.results.conn.commit()
    assert "1 of 6 agencies have no reviewed request address: stc-ca-mau" in prober(
        folder, "campaign", "new", "wave", code=2
    )
    assert not (folder / "campaigns").exists()
    assert "left out, no reviewed address: stc-ca-mau" in prober(
        folder, "campaign", "new", "other", "--without-address"
    )
