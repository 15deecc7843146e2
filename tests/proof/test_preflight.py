"""The preflight of a wave to 63 departments, held against what the world's DNS, its pages and its mail servers are."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import pytest

from prober.services.context import Context
from prober.store.results import registry


def looked(survey: Any, name: str, code: int) -> list[dict[str, str]]:
    """Every check of the preflight of campaign `name`."""
    found: list[dict[str, str]] = json.loads(survey.prober("campaign", "preflight", name, "--json", code=code))
    return found


def one(found: list[dict[str, str]], check: str) -> str:
    ((result, detail),) = [(row["result"], row["detail"]) for row in found if row["check"] == check]
    return f"{result} {detail}"


def records(port: int, name: str, kind: str) -> list[str]:
    """What the world's DNS server says, asked without any code of the product."""
    answer = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=port, timeout=10)
    return [record.to_text() for row in answer.answer for record in row]


def seen_by_newest_visit(path: Path, asked: dict[str, str]) -> set[str]:
    """Slugs whose address stands on a page that the newest scan read."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT a.slug, lower(f.value) FROM scan_observation o JOIN finding f ON f.id = o.finding "
            "JOIN agency a ON a.id = f.agency WHERE f.kind = 'email' AND o.state = 'found' "
            "AND o.scan = (SELECT MAX(v.scan) FROM visit v WHERE v.agency = a.id AND v.outcome != 'unreachable')"
        ).fetchall()
    return {slug for slug, address in rows if asked.get(slug, "").casefold() == address}


def remembered(survey: Any, slug: str, old: str) -> None:
    """An earlier scan saw `old` on the site's first page, and a person accepted it then; the newest scan did not."""
    with Context(survey.folder / "prober.toml") as context:
        db, agency = context.results, f"2019-{slug}"
        (scan, visit, page), *_ = db.execute(
            "SELECT s.scan, p.visit, p.id FROM scan_page s JOIN page p ON p.id = s.id "
            "WHERE s.agency = ? AND s.status = 200 ORDER BY s.scan, s.id", [agency],
        ).fetchall()  # fmt: skip
        finding = {"agency": agency, "kind": "email", "category": "agency_role", "value": old}
        row = db.table("finding").insert({**finding, "first_scan": scan, "last_scan": scan}).last_pk
        db.table("observation").insert(
            {"finding": row, "visit": visit, "last_visit": visit, "page": page, "state": "found", "confidence": 1,
             "snippet": old, "selector": "p", "detector": "emails", "version": "1"}
        )  # fmt: skip
        registry.accept(db, agency, old, "", by="nv", at=context.clock.now().replace(year=2020, month=1))


@pytest.mark.proof
def test_the_preflight_of_63(tmp_path: Path, survey: Any, show: Any) -> None:
    mine = survey(tmp_path, False)
    mine.prober("crawl", "--kind", "finance", seconds=900)
    asked = mine.accept_addresses()
    assert len(asked) == 63
    mine.prober("campaign", "new", "wave")

    found = looked(mine, "wave", code=1)  # some offices of this world take no mail
    domains = {address.rpartition("@")[2] for address in asked.values()}
    mx = {domain: records(mine.endpoint.dns_port, domain, "MX") for domain in domains}
    closed = {domain for domain, rows in mx.items() if rows == ["0 ."]}
    implicit = {domain for domain, rows in mx.items() if not rows}
    assert closed and implicit and all(records(mine.endpoint.dns_port, domain, "A") for domain in implicit)
    assert one(found, "mail hosts") == (
        f"ok {len(domains) - len(closed)} of {len(domains)} domains take mail, {len(implicit)} of them by their "
        "address alone, without MX"
    )
    refused = {row["detail"].partition(":")[0] for row in found if row["check"] == "mail host"}
    assert refused == {address for address in asked.values() if address.rpartition("@")[2] in closed}
    assert one(found, "reviewed addresses") == "ok 63 recipients, each accepted by a person, none twice"
    free = [address for address in asked.values() if address.endswith("@gmail.test")]
    assert sorted(one(found, "free mail hosts").partition(": ")[2].split(", ")) == sorted(free) != []
    on_page = seen_by_newest_visit(mine.results, asked)
    assert f" {len(on_page)} of " in one(found, "addresses on their pages") and len(on_page) > 50
    for check in ("days", "mail server", "its limits", "SPF", "DKIM key", "DMARC", "PTR", "letter to oneself"):
        assert one(found, check).startswith("ok "), check
    assert one(found, "signature") == "ok DKIM of prober.test holds"
    assert mine.copies() == {}  # the letter to oneself went to nobody else
    show("preflight of 63", ("check", "result", "detail"), [(r["check"], r["result"], r["detail"]) for r in found])

    # One objects, the address of another is gone from its page, and all were asked by a campaign that is not over.
    mine.prober("campaign", "approve", "wave", "--by", "nv", "--name", "wave")
    mine.run("campaign", "send", "wave", "--until", "2020-04-17T18:00")
    accepted = [row for row in mine.letters() if row["state"] == "accepted"]
    objecting = accepted[0]["agency"].removeprefix("2019-")
    moved = sorted(on_page - {objecting})[0]
    mine.prober(
        "mailbox", "note", f"2019-{objecting}", "--campaign", "wave", "--event", "OB",
        "--at", accepted[0]["accepted_at"], "--by", "nv", "--text", "Xin đừng gửi nữa.",
    )  # fmt: skip
    mine.prober("crawl", moved)
    remembered(mine, moved, f"cu.{asked[moved]}")
    mine.prober("campaign", "new", "again")
    found = looked(mine, "again", code=1)
    assert one(found, "suppressed") == f"fail {objecting} asked for no further letters"
    assert one(found, "address vanished").startswith(f"fail 2019-{moved}: cu.{asked[moved]} is gone from http")
    twice = {row["detail"].partition(" ")[0] for row in found if row["check"] == "asked already"}
    gone = {row["agency"].removeprefix("2019-") for row in mine.letters() if row["state"] == "refused"}
    assert twice == asked.keys() - {moved} - gone and gone

    with Context(mine.folder / "prober.toml") as context:
        agency = f"2019-{moved}"
        registry.accept(context.results, agency, asked[objecting].upper(), "", by="nv", at=context.clock.now())
    assert mine.run("campaign", "preflight", "again")[0] == 2  # two departments with one address
