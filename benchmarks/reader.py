"""Read the world's mailbox: `ours` up to results.db, `apart` without the second opinion, `parsed` beside them.

A program: reads {"how", "folder", "endpoint"} as JSON, prints {"messages", "seconds", "bytes"}. Child processes load
this module again, so it imports what it measures only in `main`, like the product's own programs.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

BATCH = 500


def ours(given: Mapping[str, Any]) -> dict[str, float]:
    import time
    from pathlib import Path

    from benchmarks.correspondence import databases, mailbox
    from mailroom.imap.accounts import Account
    from mailroom.intake.sync import sync_all
    from prober.clock import SystemClock
    from prober.sandbox.client import Endpoint
    from tests.pobi import HANOI, POBI

    endpoint = Endpoint(**given["endpoint"])
    begin = time.perf_counter()
    private, results = databases(Path(given["folder"]))
    box = Account(mailbox(endpoint), endpoint.imap_password)
    done = sync_all(private, results, [box], SystemClock(HANOI), POBI)
    size = private.execute("SELECT SUM(bytes) FROM message").fetchone()[0]
    for db in (private, results):
        db.close()
    return {"messages": done.fetched, "bytes": size, "seconds": time.perf_counter() - begin}


def apart(given: Mapping[str, Any]) -> dict[str, float]:
    """Do as `ours` does, with child processes that ask for no second opinion."""
    from mailroom.intake import sync
    from prober.documents.child_process import ChildProcess

    sync._child, sync._second = (ChildProcess(sync.MEMORY, "benchmarks.reader:without_opinion") for _ in range(2))
    return ours(given)


def without_opinion() -> None:
    """Load what a child process of `sync` loads, and take the second opinion out of it."""
    from mailroom.intake import understand

    understand.second_opinion.opinion = lambda reply, event: None


def parsed(given: Mapping[str, Any]) -> dict[str, float]:
    """Fetch all messages in batches, and read subject, text and files of each with the standard library."""
    import time

    from imapclient import IMAPClient

    from prober.sandbox.client import Endpoint

    endpoint = Endpoint(**given["endpoint"])
    begin = time.perf_counter()
    found, size = 0, 0
    with IMAPClient(endpoint.imap_host, endpoint.imap_port, ssl=False) as client:
        client.login(endpoint.imap_user, endpoint.imap_password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for at in range(0, len(uids), BATCH):
            for data in client.fetch(uids[at : at + BATCH], ["BODY.PEEK[]", "INTERNALDATE"]).values():
                found, size = found + 1, size + len(data[b"BODY[]"])
                read(data[b"BODY[]"])
    return {"messages": found, "bytes": size, "seconds": time.perf_counter() - begin}


def read(raw: bytes) -> tuple[str, str, list[bytes]]:
    import email
    import email.policy
    from email.message import EmailMessage

    message: Any = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    try:
        text = body.get_content() if body else ""
    except (LookupError, KeyError):
        text = ""
    files = [part.get_payload(decode=True) or b"" for part in message.walk() if part.get_filename()]
    return str(message["Subject"]), text, files


def main() -> None:
    given = json.load(sys.stdin)
    print(json.dumps({"ours": ours, "apart": apart, "parsed": parsed}[given["how"]](given)))


if __name__ == "__main__":
    main()
