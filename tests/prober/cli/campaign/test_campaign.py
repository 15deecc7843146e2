"""prober campaign from the command line, against the embedded world's real SMTP and clock."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.domain.reason import Reason, to_json
from prober.services.context import Context
from prober.store.results import registry as store


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a small world that keeps running, and six finance departments with reviewed addresses."""
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n\n[sandbox]\nsmall = true\n', encoding="utf-8")
    with Context(tmp_path / "prober.toml") as context:
        context.sync_registry()
        truth = json.loads((context.config.paths.world / "truth.json").read_text(encoding="utf-8"))
        for agency in store.stored(context.results, "2019", "finance"):
            address = truth["finance"][agency.slug]["request_email"]
            store.accept(context.results, agency.id, address, "", by="nv", at=context.clock.now())
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
    assert "later letters wait until `prober mailbox sync`" in held  # it may not say "no answer" without having looked
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
    with Context(folder / "prober.toml") as context:
        agency = store.stored(context.results, "2019", "finance")[0]
        store.accept(context.results, agency.id, "khac@agency.gov.test", "", by="nv", at=context.clock.now())
    assert "is not the approved one" in prober(folder, "campaign", "send", "wave", "--until", "end", code=2)
    assert copies(folder) == {}


def relist(folder: Path, address: str) -> None:
    """The list of the study has a newer address of one agency, as when its CSV was edited."""
    with Context(folder / "prober.toml") as context:
        (held,) = store.stored(context.results, "2019", "finance", ["stc-ca-mau"])
        at = (context.clock.now() + timedelta(days=1)).isoformat()
        newer = replace(held, request_email=address, request_email_reviewed_at=at, request_email_reviewed_by="tm")
        assert store.sync(context.results, [newer], (), context.config.world)


def next_of(folder: Path) -> str:
    parts = json.loads(prober(folder, "status", "--json"))
    return next(str(row["next"]) for row in parts if row["part"] == "campaign wave")


def filled_in(command: str) -> list[str]:
    """The words of a printed command, with a person's initials in place of the capitals."""
    return command.removeprefix("prober ").replace("INITIALS", "nv").split()


def test_a_newer_address_in_the_list_voids_by_name_and_says_how_to_go_on(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    relist(folder, "moi@agency.gov.test")
    said = prober(folder, "campaign", "send", "wave", "--until", "2020-04-16T18:00", code=2)
    assert "voided: the request of campaign wave to 2019-stc-ca-mau at" in said
    assert "`prober campaign approve wave --by INITIALS` writes it anew" in said
    assert copies(folder) == {} and standing(folder)["request"]["cancelled"] == 1
    why = {row["agency"]: row["reason"] for row in letters(folder).values() if row["state"] == "cancelled"}
    moved = Reason("address_changed", agency="2019-stc-ca-mau", address="moi@agency.gov.test", by="tm")
    assert why == {"2019-stc-ca-mau": to_json([moved])}
    shown = prober(folder, "campaign", "status", "wave", "--letters")
    assert "the address of 2019-stc-ca-mau is moi@agency.gov.test now, by decision of tm" in shown

    approve, send = next_of(folder).split(", or ")
    prober(folder, *filled_in(approve), "--name", "wave")
    prober(folder, *filled_in(send), "--until", "2020-04-16T18:00")
    asked = letters(folder)["stc-ca-mau"]
    assert (asked["rcpt"], asked["attempts"]) == ("moi@agency.gov.test", 1)
    assert len(copies(folder)) == 5  # the world's own server knows no such mailbox and refuses it


def test_what_was_voided_is_left_out_where_the_rest_is_sent_and_the_message_says_where_to_ask(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    relist(folder, "moi@agency.gov.test")
    said = prober(folder, "campaign", "send", "wave", "--until", "2020-04-16T18:00", code=2)
    left = re.search(r"Send the letters that are left: `(prober .+)`", said)
    assert left
    prober(folder, *filled_in(left[1]), "--until", "2020-04-16T18:00")
    assert len(copies(folder)) == 5
    refused = prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave", code=2)
    assert "has begun: 5 letters" in refused and "prober campaign approve" not in next_of(folder)
    learned = ("--set", "neu@agency.gov.test", "--by", "nv", "--source", "by telephone")
    said = prober(folder, "agencies", "address", "stc-phu-yen", "--frame", "2019", *learned)
    assert "voided: the reminder of campaign wave to 2019-stc-phu-yen" in said
    assert "letters of the campaign have left, so it is not written anew" in said


def test_the_end_of_waiting_is_named_by_its_last_day_as_in_the_protocol(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    protocol = folder / "campaigns" / "wave.toml"
    text = re.sub(r"(?m)^reminder_working_days = .*", "reminder_working_days = 0", protocol.read_text(encoding="utf-8"))
    protocol.write_text(text, encoding="utf-8")
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    assert re.search(
        r"; next letter: \w{3} \d\d Apr 2020 \d\d:\d\d$", prober(folder, "campaign", "send", "wave").strip()
    )
    said = prober(folder, "campaign", "send", "wave", "--until", "2020-04-20T18:00").strip()
    found = re.search(r"; waiting until \w{3} (\d\d \w{3} \d{4})$", said)
    assert found, said
    last = datetime.strptime(found[1], "%d %b %Y").date().isoformat()
    assert re.search(rf"last day of waiting.*{last}", prober(folder, "campaign", "protocol", "wave")), last


class Meanwhile(BytesIO):
    """Typed input before whose first character the reader's world moves on."""

    def __init__(self, typed: str, change: Callable[[], object]) -> None:
        super().__init__(typed.encode())
        self._change = change

    def read1(self, size: int | None = -1, /) -> bytes:
        self._change()
        return super().read1(size)


def edit(folder: Path) -> None:
    protocol = folder / "campaigns" / "wave.toml"
    protocol.write_text(protocol.read_text(encoding="utf-8").replace("seed = ", "seed = 1"), encoding="utf-8")


def review(folder: Path) -> None:
    with Context(folder / "prober.toml") as context:
        agency = store.stored(context.results, "2019", "finance")[0]
        store.accept(context.results, agency.id, "khac@agency.gov.test", "", by="nv", at=context.clock.now())


@pytest.mark.parametrize("change", [edit, review])
def test_what_changes_while_it_is_read_is_not_approved(folder: Path, change: Callable[[Path], None]) -> None:
    prober(folder, "campaign", "new", "wave")
    words = ["--config", str(folder / "prober.toml"), "campaign", "approve", "wave", "--by", "nv"]
    result = CliRunner().invoke(cli, words, input=Meanwhile("wave\n", lambda: change(folder)))
    assert result.exit_code == 2 and "changed while you read it; nothing was approved" in result.output
    assert standing(folder).keys() == {"request"} and "planned" not in standing(folder)["request"]
    result = CliRunner().invoke(cli, words, input="wave\n")
    assert result.exit_code == 0 and standing(folder)["request"]["planned"] == 6


def test_pause_resume_close(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    assert "not approved" in prober(folder, "campaign", "pause", "wave", code=2)
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    assert re.search(r"agency +step +state", prober(folder, "campaign", "status", "wave", "--letters"))  # no arms
    prober(folder, "campaign", "pause", "wave")
    assert "is paused" in prober(folder, "campaign", "send", "wave", "--until", "end", code=2)
    prober(folder, "campaign", "resume", "wave")
    assert "12 letters were cancelled" in prober(folder, "campaign", "close", "wave")
    assert standing(folder)["request"]["cancelled"] == 6
    assert copies(folder) == {}


def test_who_reads_the_letters_is_told_of_tet(folder: Path) -> None:
    prober(folder, "campaign", "new", "wave")
    assert "Tết" not in prober(folder, "campaign", "preview", "wave")
    path = folder / "campaigns" / "wave.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("first_day = 2020-04-13", "first_day = 2021-02-03"), encoding="utf-8")
    told = "Warning: Tết, Wed 2021-02-10 to Tue 2021-02-16, lies in the days of waiting, to Wed 2021-03-24"
    assert told in prober(folder, "campaign", "preview", "wave")
    assert told in prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")


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
    with Context(folder / "prober.toml") as context:
        context.results.execute("UPDATE agency SET request_email_reviewed_by = '' WHERE slug = 'stc-ca-mau'")
        context.results.conn.commit()
    lacking = "1 of 6 agencies have no reviewed request address: stc-ca-mau"
    said = prober(folder, "campaign", "new", "wave", "--template", "pobi-2019")
    written = folder / "campaigns/wave.toml"
    assert lacking in said and str(written) in said and "prober campaign preview wave" in said
    assert lacking in prober(folder, "campaign", "preview", "wave", code=2)
    assert lacking in prober(folder, "campaign", "new", "same", "--file", str(written), code=2)
    assert not (folder / "campaigns/same.toml").exists()
    assert "left out, no reviewed address: stc-ca-mau" in prober(
        folder, "campaign", "new", "other", "--without-address"
    )


class Terminal(BytesIO):
    def isatty(self) -> bool:
        return True


def test_agencies_without_an_address_are_left_out_by_the_questions_too(folder: Path) -> None:
    with Context(folder / "prober.toml") as context:
        context.results.execute("UPDATE agency SET request_email_reviewed_by = '' WHERE slug = 'stc-ca-mau'")
        context.results.conn.commit()
    words = ["--config", str(folder / "prober.toml"), "campaign", "new", "wave", "--without-address"]
    result = CliRunner().invoke(cli, words, input=Terminal(b"\n" * 22))  # every default
    assert result.exit_code == 0 and "left out, no reviewed address: stc-ca-mau" in result.output, result.output


def doubtful(folder: Path, number: int) -> list[str]:
    """What a crash leaves: the first requests in `sending`. Returns the slugs of their agencies, in order."""
    with Context(folder / "prober.toml") as context:
        context.private.execute(
            "UPDATE outbox SET state = 'sending', attempts = 1, sending_since = '2020-04-13T08:40:00+07:00' "
            "WHERE step = 'request' AND position <= ?",
            [number],
        )
        context.private.conn.commit()
        found = context.private.execute(
            "SELECT agency FROM outbox WHERE step = 'request' ORDER BY position LIMIT ?", [number]
        ).fetchall()
    return [agency.removeprefix("2019-") for (agency,) in found]


def letters(folder: Path) -> dict[str, dict[str, Any]]:
    rows = json.loads(prober(folder, "campaign", "status", "wave", "--letters", "--json"))
    return {row["agency"].removeprefix("2019-"): row for row in rows if row["step"] == "request"}


def test_doubts_are_settled_by_a_named_person(folder: Path) -> None:
    """accepted: it counts from the attempt; cancelled: it counts as not sent; planned: it is sent, once."""
    prober(folder, "campaign", "new", "wave")
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    first, second, third, fourth = doubtful(folder, 4)
    assert len(json.loads(prober(folder, "campaign", "settle", "wave", "--json"))) == 4
    for words, message in (
        ((first, "--as", "accepted"), "--by WHO"),
        ((first, "--by", "nv"), "say --as accepted, cancelled or planned"),
        (("stc-khong-co", "--as", "accepted", "--by", "nv"), "has 0 request letters"),
        ((first, "--as", "refused", "--by", "nv"), "'refused' is not one of"),
        ((first, "--step", "reminder", "--as", "planned", "--by", "nv"), "is not in doubt"),
    ):
        assert message in prober(folder, "campaign", "settle", "wave", *words, code=2)
    assert {row["state"] for row in letters(folder).values()} == {"uncertain", "planned"}
    for slug, state in ((f"2019-{first}", "accepted"), (second, "cancelled"), (third, "planned")):
        prober(folder, "campaign", "settle", "wave", slug, "--as", state, "--by", "nv", "--why", "a telephone call")
    found = letters(folder)
    assert [found[slug]["state"] for slug in (first, second, third, fourth)] == [
        "accepted", "cancelled", "planned", "uncertain",
    ]  # fmt: skip
    assert found[first]["accepted_at"] == "2020-04-13T08:40:00+07:00"
    assert {found[slug]["reason"] for slug in (first, second, third)} == {
        to_json([Reason("person_said", by="nv", words="a telephone call")])
    }
    assert "is not in doubt" in prober(
        folder, "campaign", "settle", "wave", first, "--as", "planned", "--by", "nv", code=2
    )
    assert "1 letters are in doubt" in prober(folder, "campaign", "send", "wave", "--until", "2020-04-16T18:00", code=1)
    sent = {rcpt for rcpt, _ in copies(folder)}
    found = letters(folder)
    assert sent == {row["rcpt"] for slug, row in found.items() if slug not in (first, second, fourth)}
    assert set(copies(folder).values()) == {1} and found[third]["state"] == "accepted"


def vanish(folder: Path, slug: str, at: str) -> None:
    """One scan saw the agency's address on a page; the next, which ended at `at`, read that page without it."""
    with Context(folder / "prober.toml") as context:
        db, agency = context.results, f"2019-{slug}"
        (address,) = db.execute("SELECT request_email FROM agency WHERE id = ?", [agency]).fetchone()
        for scan in (1, 2):
            db.table("scan").insert(
                {"id": scan, "world": "sandbox", "frame": "2019", "kinds": "finance", "status": "complete",
                 "started_at": at, "agencies": 1, "version": "1", "user_agent": "x", "settings": "{}"}
            )  # fmt: skip
            visit = {"id": scan, "scan": scan, "agency": agency, "outcome": "seen"}
            db.table("visit").insert({**visit, "started_at": at, "finished_at": at})
            page = {"visit": scan, "last_visit": scan, "agency": agency, "url": "https://x.test/", "status": 200}
            db.table("page").insert({**page, "fetched_at": at, "last_fetched_at": at})
        finding = {"agency": agency, "kind": "email", "category": "office", "value": address}
        db.table("finding").insert({"id": 1, **finding, "first_scan": 1, "last_scan": 1})
        db.table("observation").insert(
            {"finding": 1, "visit": 1, "last_visit": 1, "page": 1, "state": "found", "confidence": 1, "snippet": "x",
             "selector": "x", "detector": "emails", "version": "1"}
        )  # fmt: skip


def test_an_address_that_is_gone_from_its_page_blocks_its_letter(folder: Path) -> None:
    """Before the approval nothing can be approved; after it that letter waits, and the others leave."""
    prober(folder, "campaign", "new", "wave")
    prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    vanish(folder, "stc-ca-mau", "2020-04-13T08:30:00+07:00")
    assert "address vanished" in prober(folder, "campaign", "preflight", "wave", "--wait", "5", "--json", code=1)
    refused = prober(folder, "campaign", "approve", "wave", "--by", "nv", "--name", "wave", code=2)
    assert "2019-stc-ca-mau" in refused and "is gone from https://x.test/" in refused
    said = prober(folder, "campaign", "send", "wave", "--until", "2020-04-16T18:00", code=1)
    assert "not sent: 2019-stc-ca-mau: " in said
    assert {row["state"] for slug, row in letters(folder).items() if slug == "stc-ca-mau"} == {"planned"}
    assert len(copies(folder)) == 5

    with Context(folder / "prober.toml") as context:  # a person looked, and accepts the same address again
        (address,) = context.results.execute("SELECT request_email FROM agency WHERE slug = 'stc-ca-mau'").fetchone()
        store.accept(context.results, "2019-stc-ca-mau", address, "", by="nv", at=context.clock.now())
    prober(folder, "campaign", "send", "wave", "--until", "2020-04-20T18:00")
    assert letters(folder)["stc-ca-mau"]["state"] == "accepted" and len(copies(folder)) == 6
