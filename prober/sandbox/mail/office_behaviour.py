"""Compute how the world's offices react to a letter: from letter, earlier letters and seed to mail with due times."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from prober.domain.correspondence import AUTOMATIC, SUBSTANTIVE, Event
from prober.sandbox.mail.mailstore import Mail
from prober.sandbox.mail.received_letter import Received
from prober.sandbox.mail.replies import reply_writer
from prober.sandbox.mail.replies.reply_writer import Correspondent
from prober.sandbox.plot.office_roles import SILENCE, OfficeRole, RoleMail, Seconds, roles
from prober.sandbox.simulated_clock import START, VIETNAM, OfficeTime, parse_moment


@dataclass(frozen=True, slots=True)
class Office:
    """One finance department with its role. `partner` is the office it answers together with, or None."""

    slug: str
    who: Correspondent
    role: OfficeRole
    partner: Correspondent | None = None
    partner_slug: str = ""
    time: OfficeTime = VIETNAM

    def expectation(self, seed: int) -> dict[str, Any]:
        """Return the entry of this office in truth.json.

        Hours count from the letter that a step is `after`, for one accepted at START + 1 hour; sent.jsonl has the times
        of the mail that was really sent.
        """
        accepted = START + timedelta(hours=1)
        steps = [(step, _due(step, accepted, seed, self.slug, self.time)) for step in self.role.steps]
        hours = {step: round((due - accepted).total_seconds() / 3600, 4) for step, due in steps}
        human = [hours[step] for step, _ in steps if step.event not in AUTOMATIC and step.after != "reminder"]
        return {
            "part": self.role.name,
            "event": self.role.event.value if self.role.event else "N1",
            "counts_as_answer": self.role.answer,
            "admission": self.role.admission.value,
            "messages": [
                {
                    "event": step.event.value, "after": step.after, "folder": step.folder, "copies": step.copies,
                    "due_offset_hours": hours[step],
                }
                for step, _ in steps
            ],
            "first_human_hours": min(human, default=None),
            "first_answer_hours": min((hours[step] for step, _ in steps if step.event in SUBSTANTIVE), default=None),
        }  # fmt: skip


def offices(
    seed: int, small: bool, agencies: Iterable[Mapping[str, Any]], truth: Mapping[str, Any]
) -> dict[str, Office]:
    """Assign roles to the finance departments, by seed. Those left without a role are silent."""
    rows = list(agencies)
    domains = {row["province"]: _mail_domain(row["url"]) for row in rows if row["kind"] == "portal"}
    people = {
        row["slug"]: _correspondent(row, truth["finance"][row["slug"]], domains[row["province"]])
        for row in rows
        if row["kind"] == "finance"
    }
    assigned = _assigned(seed, small, people)
    pair = [slug for slug, role in assigned.items() if role.needs == "partner"]
    partner = dict(zip(pair, reversed(pair), strict=True))
    return {
        slug: Office(slug, people[slug], role, people.get(partner.get(slug, "")), partner.get(slug, ""))
        for slug, role in assigned.items()
    }


def reactions(office: Office, letter: Received, earlier: Sequence[Received], seed: int) -> list[Mail]:
    """Return every mail that this letter causes, in no particular order; empty for silence.

    A letter that refers to an earlier one to the same office is a reminder. `earlier` holds what all offices received.
    """
    letter = replace(letter, at=letter.at.astimezone(office.time.zone))
    known = {old.message_id for old in earlier if old.agency == letter.agency}
    occasion = "reminder" if known & set(letter.references) else "request"
    mails: list[Mail] = []
    for step in office.role.steps:
        if step.after == "pair" and occasion == "request":
            mails += _pair(office, step, letter, earlier, seed)
        elif step.after in (occasion, "any"):
            due = _due(step, letter.at, seed, office.slug, office.time)
            raw = reply_writer.mail(office.who, step, letter, due, seed)
            mails += [Mail(due, office.slug, step.event.value, step.folder, raw)] * step.copies
    return mails


def unknown_address(letter: Received, seed: int) -> list[Mail]:
    """Return the bounce of a gateway that took a letter for a local part that does not exist."""
    step = RoleMail("no-such-user", Event.BOUNCE, Seconds(2, 10), form="unknown-user", sender="daemon")
    nobody = Correspondent("", "", "", letter.rcpt, letter.rcpt.rpartition("@")[2], "", ())
    due = _due(step, letter.at, seed, letter.rcpt, VIETNAM)
    return [Mail(due, letter.agency, step.event.value, step.folder, reply_writer.mail(nobody, step, letter, due, seed))]


def strangers(seed: int, mailbox: str) -> list[Mail]:
    """Return mail that has nothing to do with any letter: two spams and a newsletter."""
    arrivals = (
        ("spam-loan", "SP", "Junk", "2020-04-16T03:12:44+07:00", "khuyen-mai@vay-nhanh.khuyenmai.test"),
        ("newsletter", "O1", "INBOX", "2020-04-22T10:05:09+07:00", "bantin@dulieu.test"),
        ("spam-invoice", "SP", "INBOX", "2020-05-06T14:40:31+07:00", "ketoan@hoadon-gtgt.test"),
    )
    return [
        Mail(
            parse_moment(at), "", event, folder, reply_writer.unsolicited(text, sender, mailbox, parse_moment(at), seed)
        )
        for text, event, folder, at, sender in arrivals
    ]


def _pair(office: Office, step: RoleMail, letter: Received, earlier: Sequence[Received], seed: int) -> list[Mail]:
    """Return one mail for two letters, due when both have come: from the office that got its letter last."""
    theirs = [old for old in earlier if old.agency == office.partner_slug]
    if not theirs or office.partner is None:
        return []
    due = _due(step, letter.at, seed, office.slug, office.time)
    raw = reply_writer.mail(office.who, step, letter, due, seed, partner=office.partner, partner_letter=theirs[-1])
    both = ",".join(sorted((office.slug, office.partner_slug)))
    return [Mail(due, both, step.event.value, step.folder, raw)]


def _due(step: RoleMail, accepted: datetime, seed: int, who: str, offices: OfficeTime) -> datetime:
    """Return when a step happens: to the second, from the seed."""
    draw = random.Random(f"{seed} {who} {step.text} {step.form} due")
    if isinstance(step.delay, Seconds):
        return accepted + timedelta(seconds=draw.randint(step.delay.low, step.delay.high))
    opening = draw.choice((time(7, 40), time(13, 40)))
    at = datetime.combine(accepted.date(), opening) + timedelta(seconds=draw.randrange(3 * 3600))
    return offices.after_office_days(accepted, step.delay.days, at.time())


def _assigned(seed: int, small: bool, people: Mapping[str, Correspondent]) -> dict[str, OfficeRole]:
    """Return slug → role. The order of `people` and the seed decide; the number of each role never changes."""
    left = sorted(people)
    random.Random(f"{seed} parts").shuffle(left)
    assigned = dict.fromkeys(sorted(people), SILENCE)
    for role in sorted(roles(small), key=lambda role: role.needs != "documents"):
        able = (slug for slug in left if role.needs != "documents" or people[slug].documents)
        slug = next(able, None)
        if slug is not None:
            left.remove(slug)
            assigned[slug] = role
    return assigned


def _correspondent(row: Mapping[str, Any], known: Mapping[str, Any], domain: str) -> Correspondent:
    name = row["name_vi"]
    return Correspondent(
        name=name,
        territory=name.removeprefix("Sở Tài chính").strip() or row["province_vi"],
        place=row["province_vi"],
        address=known["request_email"],
        domain=domain,
        home=row["url"],
        documents=tuple((title, url) for title, url in known.get("documents", ())),
    )


def _mail_domain(url: str) -> str:
    """Return the mail domain `camau.gov.test` from the address of a portal, whatever its subdomain."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-3:])
