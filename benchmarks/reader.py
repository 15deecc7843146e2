"""Read the world's mailbox: `ours` up to results.db, `parsed` with imapclient and the standard library.

A program: reads {"how", "folder", "endpoint"} as JSON, prints {"messages", "seconds", "bytes"}.
"""

import email
import email.policy
import json
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from benchmarks.correspondence import databases, mailbox
from mailroom.intake.sync import sync
from prober.clock import SystemClock
from prober.sandbox import client as world
from tests.pobi import HANOI, POBI

BATCH = 500


def ours(folder: Path, endpoint: world.Endpoint) -> tuple[int, int]:
    private, results = databases(folder)
    done = sync(private, results, mailbox(endpoint), endpoint.imap_password, SystemClock(HANOI), POBI)
    size = private.execute("SELECT SUM(bytes) FROM message").fetchone()[0]
    for db in (private, results):
        db.close()
    return done.fetched, size


def parsed(endpoint: world.Endpoint) -> tuple[int, int]:
    """Fetch all messages in batches, and read subject, text and files of each with the standard library."""
    found, size = 0, 0
    with IMAPClient(endpoint.imap_host, endpoint.imap_port, ssl=False) as client:
        client.login(endpoint.imap_user, endpoint.imap_password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for at in range(0, len(uids), BATCH):
            for data in client.fetch(uids[at : at + BATCH], ["BODY.PEEK[]", "INTERNALDATE"]).values():
                found, size = found + 1, size + len(data[b"BODY[]"])
                read(data[b"BODY[]"])
    return found, size


def read(raw: bytes) -> tuple[str, str, list[bytes]]:
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
    endpoint = world.Endpoint(**given["endpoint"])
    begin = time.perf_counter()
    if given["how"] == "ours":
        messages, size = ours(Path(given["folder"]), endpoint)
    else:
        messages, size = parsed(endpoint)
    print(json.dumps({"messages": messages, "bytes": size, "seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
