"""prober mailbox show, export and open: read one message, write it to a folder, and open one of its files."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from prober.cli.output import emit_parts, listing
from prober.cli.review.screen import flagged, plain, recognised
from prober.domain.correspondence import Change, Proof, may
from prober.domain.hostnames import registrable
from prober.reporting.words import labels, reasons
from prober.services.context import Context
from prober.services.mailbox import messages as service
from prober.services.mailbox.messages import MessageView

WIDTH = 80  # columns in a file or pipe, and at most as many on a wide terminal
LABEL = 14  # columns of the names on the left
# Headers that a person looks at; --headers prints all.
HEADERS = (
    "from", "sender", "reply-to", "return-path", "to", "cc", "date", "subject", "message-id", "in-reply-to",
    "references", "auto-submitted", "authentication-results",
)  # fmt: skip
Line = tuple[str, str]  # what stands on the left, and the value


@click.command()
@click.argument("message")
@click.option("--headers", "all_headers", is_flag=True, help="All headers, as sent.")
@listing
@click.pass_obj
def show(context: Context, message: str, all_headers: bool, as_json: bool) -> None:
    """Show MESSAGE (the first letters of its hash, or its Message-ID): all that is known of it, then its text.

    Its headers, the proof of what it belongs to, what was understood by which rule, the documents it gives, its files.
    """
    view = service.show(context, message)
    if as_json:
        emit_parts(_parts(view))
        return
    console = Console(highlight=False)
    width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    for title, lines in _sections(view, all_headers):
        console.print(Text(title, style="bold"))
        for line in _set(lines, width):
            click.echo(line)
    text = Text(plain(view.text).strip() or "(no text)").wrap(console, width, overflow="fold")
    click.echo("\n".join(["", *(str(line).rstrip() for line in text)]))


@click.command()
@click.argument("message")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def export(context: Context, message: str, folder: Path) -> None:
    """Write MESSAGE to FOLDER: message.eml as received, its files, and manifest.json with the hash of each.

    Nothing is overwritten, and nobody else on this computer may read it: it holds the words of citizens and clerks.
    """
    for path in service.export(context, message, folder):
        click.echo(str(path))


@click.command("open")
@click.argument("message")
@click.argument("number", type=click.IntRange(min=1))
@click.pass_obj
def open_file(context: Context, message: str, number: int) -> None:
    """Open file NUMBER of MESSAGE, as `prober mailbox show` counts them, with this computer's program for it.

    The file is written to a temporary folder that nobody else may read. Web pages, scripts and programs are only
    written: the path is printed, and you decide.
    """
    opened = service.open_file(context, message, number)
    said = f"opened by {opened.opener}" if opened.opener else f"not opened: {opened.why_not}"
    click.echo(f"{opened.path}\n{said}; delete the file when you have read it")


def _parts(view: MessageView) -> dict[str, list[Any]]:
    """Return the message as lists of rows, for programs."""
    record = view.record
    return {
        "message": [{**record.message, "fault": view.fault}],
        "header": [{"name": name, "value": value} for name, value in view.headers],
        "place": record.places, "match": record.matches, "decision": record.decisions, "coding": record.codings,
        "signature": record.signatures, "document": list(view.documents), "file": record.files,
    }  # fmt: skip


def _sections(view: MessageView, all_headers: bool) -> Iterator[tuple[str, Iterable[Line]]]:
    message = view.record.message
    yield f"Message {view.record.sha256[:12]}, came {_at(message['received_at'])}", _message(view)
    shown = [(name, value) for name, value in view.headers if all_headers or name.lower() in HEADERS]
    yield "Headers", shown or [("", "none could be read")]
    yield "Belongs to", _proof(view)
    yield "Signed", _signed(view)
    yield "Understood", _understood(view)
    if view.documents:
        yield "Documents", map(_document, view.documents)
    if view.record.files:
        yield "Files", _files(view)


def _message(view: MessageView) -> Iterator[Line]:
    message = view.record.message
    yield "hash", message["sha256"]
    yield "size", f"{message['bytes']:,} bytes, {message['status']}"
    for place in view.record.places:
        yield "place", f"{place['account']} {place['folder']}, UID {place['uid']}"
    if message["error"] or view.fault:
        yield "fault", f"{message['error']} {view.fault}".strip()
    for line in flagged(view.record.detail.defects):
        yield "flagged", line.removeprefix("→ flagged: ")


def _proof(view: MessageView) -> Iterator[Line]:
    """Yield the requests with what speaks for each, then the decisions of people."""
    for row in view.record.matches:
        words = reasons.stored(row["reasons"]).en
        if row["chosen"]:
            yield "answers", f"{row['agency']} in {row['campaign']}, says {row['chosen_by']}: {words}"
        else:
            yield "may answer", f"{row['agency']} in {row['campaign']} ({row['score']:.2f}: {words})"
        yield "proof", _level(row["proof"])
    if not view.record.matches:
        yield "", "no request of ours"
    yield "dmarc", view.record.detail.dmarc
    for row in view.record.decisions:
        where = f" {row['agency']} in {row['campaign']}" if row["agency"] else ""
        yield "decided", f"{row['action']}{where}, by {row['by']}, {_at(row['at'])}"


def _level(proof: str) -> str:
    """Return a level of proof with what it lets the message change; "" where it was not judged yet."""
    if not proof:
        return ""
    changes = ", ".join(change.value for change in Change if may(Proof(proof), change))
    return f"{proof}: may change {changes}" if changes else f"{proof}: changes nothing until a person assigns it"


def _signed(view: MessageView) -> Iterator[Line]:
    """Yield what came of each DKIM signature, and whether it still holds by the key that was kept."""
    result, sender = view.record.message["dkim"], view.record.message["from_address"].rpartition("@")[2]
    if not view.record.signatures:
        yield "", {"none": "not signed", "": "not verified yet"}.get(result, "no signature could be read")
    for number, row in enumerate(view.record.signatures):
        why = f", {reasons.stored(row['reason']).en}" if row["reason"] else ""
        whose = (
            "the sender's domain" if registrable(row["domain"]) == registrable(sender) else "not the sender's domain"
        )
        yield row["result"], f"by {row['domain']}, {whose}{why} ({row['algorithm']}, asked {_at(row['checked_at'])})"
        if row["key"]:
            now = view.again[number].result if number < len(view.again) else "not verified"
            yield (
                "",
                f"key {row['selector']}._domainkey.{row['domain']} is kept; by it alone the signature is now: {now}",
            )


def _understood(view: MessageView) -> Iterator[Line]:
    message, detail = view.record.message, view.record.detail
    yield "class", _event(message["event"]) if message["event"] else "not yet read"
    if message["event_without_scans"]:
        yield "without scans", f"{_event(message['event_without_scans'])}: this counts until a person has read it"
    yield "rule", message["rule"]
    yield "words", message["words"]
    if detail.opinion:
        yield "second opinion", f"{_event(detail.opinion)}, ahead by {detail.opinion_margin:.2f}"
    for row in view.record.codings:
        yield "person", f"{_event(row['event'])}, says {row['coder']} ({row['role']}), {_at(row['coded_at'])}"
    head = detail.letterhead
    yield "letter", ", ".join(filter(None, (head.number, head.dated, head.addressed_to, head.signer)))
    yield "refused by", ", ".join(detail.grounds)
    for recipient in detail.recipients:
        yield "delivery", f"{recipient.address}: {recipient.permanence} {recipient.status} {recipient.diagnostic}"
    for link in detail.answer_links:
        yield "link", link
    yield "parser", message["parser"]


def _document(row: Any) -> Line:
    by = f" by {row['by']}" if row["by"] else ""
    name = f": {row['name']}" if row["name"] else ""
    title = f" ({row['title']})" if row["title"] else ""
    return f"{row['position']}", f"{row['said']}{by}{name}{title}"


def _files(view: MessageView) -> Iterator[Line]:
    for row in view.record.files:
        scan = recognised(row["confidence"]) or ("; a scan" if row["scanned"] else "")
        yield f"{row['position']}", f"{row['name']} ({row['media_type']}, {row['bytes']:,} bytes{scan})"
        yield "", row["sha256"]
        yield "", reasons.stored(row["notes"]).en


def _event(code: str) -> str:
    return f"{code} {labels.outcome(code).en}"


def _at(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%d %b %Y %H:%M}"


def _set(lines: Iterable[Line], width: int) -> Iterator[str]:
    """Yield lines of at most `width` columns: the names on the left, values broken beside them, no empty ones.

    What strangers wrote loses its control characters and line breaks.
    """
    console = Console()
    for name, value in lines:
        said = " ".join(plain(value).split())
        label = " ".join(plain(name).split())
        if not said:
            continue
        if len(label) > LABEL:
            yield f"  {label[: width - 2]}"
            label = ""
        for piece in Text(said).wrap(console, width - LABEL - 2, overflow="fold"):
            yield f"  {label:<{LABEL}}{str(piece).rstrip()}".rstrip()
            label = ""
