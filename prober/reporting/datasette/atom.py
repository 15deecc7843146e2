"""Write the changes of a frame, or all news of one province, as an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from prober.reporting.html.render import clean, link
from prober.reporting.words import formats, labels
from prober.store.reading.queries import Row

NAMESPACE = "http://www.w3.org/2005/Atom"
TYPE = "application/atom+xml; charset=utf-8"
# The columns that identify a change (table `change`): the same change gets the same id in every copy of the data.
_KEY = ("agency", "kind", "from_scan", "to_scan", "what", "before", "after", "value")
_IDS = UUID("8f6c5f0e-2f0b-5c53-9b1c-0d2f2f0e7a11")


def feed(
    changes: Sequence[Row],
    *,
    frame: str,
    world: str,
    as_of: str,
    page: str,
    address: str,
    place: labels.Text | None = None,
    replies: Sequence[tuple[Row, Row]] = (),
) -> bytes:
    """Return the feed of `changes` (newest first) of a frame, or of one `place` with its `replies` as (request, reply).

    `page` is the absolute address of the web page about these changes, `address` that of the feed itself.
    """
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "vi"})
    told = sorted(
        [
            *((str(change["told_at"]), partial(_entry, change=change)) for change in changes),
            *((str(reply["received_at"]), partial(_reply, request=asked, reply=reply)) for asked, reply in replies),
        ],
        key=lambda entry: entry[0],
        reverse=True,
    )
    where = f"{place.vi} – {place.en}" if place else "Thay đổi trên các trang – Changes on the sites"
    _add(root, "id", _urn(world, frame, *([page.rpartition("/")[2]] if place else [])))
    _add(root, "title", f"{_mark(world)}{where}, {frame}")
    _add(root, "updated", told[0][0] if told else as_of)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": page})
    _add(ET.SubElement(root, "author"), "name", "prober")
    for _, write in told:
        write(root, world=world, page=page)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _reply(root: ET.Element, request: Row, reply: Row, world: str, page: str) -> None:
    """Add a message that a person wrote: its class, never its text."""
    said = labels.outcome(reply["event"])
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", _urn(world, "reply", *(str(reply[name]) for name in ("request", "received_at", "event"))))
    _add(entry, "title", f"{_mark(world)}{request['name_vi']}: {said.vi} – {said.en}")
    _add(entry, "updated", reply["received_at"])
    ET.SubElement(entry, "link", {"rel": "alternate", "href": f"{page}#letters"})
    ET.SubElement(entry, "category", {"term": "reply", "label": "thư trả lời – reply"})
    vi = f"sau {formats.hours(reply['hours'], 'vi')}, {reply['working_days']} ngày làm việc"
    en = f"after {formats.hours(reply['hours'], 'en')}, {reply['working_days']} working days"
    _add(entry, "content", f"{vi}\n{en}", {"type": "text"})


def _entry(root: ET.Element, change: Row, world: str, page: str) -> None:
    kind, what = labels.kind(change), labels.WHATS[change["what"]]
    cause = labels.CAUSES[change["cause"]]
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", _urn(world, *(str(change[name]) for name in _KEY)))
    noted = [cause] if change["cause"] == "second_look" else [labels.CALLED_ABSENT] if change["called_absent"] else []
    waits = "".join(f"[{text.vi} · {text.en}] " for text in noted)
    _add(entry, "title", f"{_mark(world)}{waits}{change['name_vi']}: {kind.vi} {what.vi} – {kind.en} {what.en}")
    _add(entry, "updated", change["told_at"])
    ET.SubElement(entry, "link", {"rel": "alternate", "href": _iri(link(change["value"])) or page})
    ET.SubElement(entry, "category", {"term": change["cause"], "label": f"{cause.vi} – {cause.en}"})
    said = [change["value"] or "", f"{change['before'] or '–'} → {change['after'] or '–'}", f"{cause.vi} – {cause.en}"]
    said += [_seen(look) for look in change["looks"]]
    _add(entry, "content", "\n".join(line for line in said if line), {"type": "text"})


def _seen(look: Row) -> str:
    """Return the line of one visit: its day, what it saw, and the words and page that prove it."""
    part, state = labels.LOOKS[look["part"]], labels.STATES[look["state"]]
    proof = f": “{look['snippet']}” {look['page_url']}" if look["page_url"] else ""
    return f"{look['at'][:10]} {part.vi}: {state.vi} – {part.en}: {state.en}{proof}"


def _add(parent: ET.Element, name: str, text: str, attributes: dict[str, str] | None = None) -> None:
    """Add an element with a text, without two characters that `clean` allows and XML 1.0 does not."""
    ET.SubElement(parent, name, attributes or {}).text = clean(text).translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})


def _iri(url: str) -> str:
    """Return the address with characters that it may not hold, such as blanks and quotes, in per cent form."""
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~")


def _mark(world: str) -> str:
    mark = labels.mark(world)
    return f"[{mark.data.vi} · {mark.data.en}] " if mark else ""


def _urn(*parts: str) -> str:
    return f"urn:uuid:{uuid5(_IDS, chr(31).join(parts))}"
