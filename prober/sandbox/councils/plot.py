"""List the councils: what each shows on its site and how its office answers. A table to be read by people."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prober.domain.correspondence import Event
from prober.sandbox.mail.office_behaviour import Office
from prober.sandbox.mail.replies.reply_writer import Correspondent
from prober.sandbox.plot.office_roles import SILENCE, OfficeDays, OfficeRole, RoleMail, Seconds
from prober.sandbox.simulated_clock import OfficeTime
from prober.studies.folder import packaged

STUDY = "foi-en"
_LONDON = ZoneInfo("Europe/London")
# Easter and early May of 2020, written by hand: the world must not share the calendar whose arithmetic it tests.
TIME = OfficeTime(
    _LONDON, frozenset({date(2020, 4, 10), date(2020, 4, 13), date(2020, 5, 8), date(2020, 5, 25), date(2020, 8, 31)}),
    frozenset({(1, 1), (12, 25), (12, 26)}),
)  # fmt: skip
START = datetime.combine(date(2020, 4, 6), time(8, 0), _LONDON)  # Monday before Easter
ACCOUNTS, PAYMENTS = "statement-of-accounts-2018-19.pdf", "payments-over-500-2019-20.csv"

_E, _D = Event, OfficeDays
_AUTO = (("Auto-Submitted", "auto-replied"), ("Precedence", "auto_reply"))


def _by_team(text: str, event: Event, days: int, quote: str = "gmail-en", **how: Any) -> RoleMail:
    return RoleMail(f"councils/{text}", event, _D(days), sender="records", quote=quote, **how)


def _only(step: RoleMail, answer: bool = False) -> OfficeRole:
    return OfficeRole(step.text, step.event, (step,), answer)


def _automatic(text: str) -> RoleMail:
    return RoleMail(f"councils/{text}", _E.AUTO_ACK, Seconds(5, 40), headers=_AUTO, quote="")


_BOTH = (ACCOUNTS, PAYMENTS)
ROLES: Mapping[str, OfficeRole] = {
    "full": OfficeRole(
        "full", _E.FULL,
        (_automatic("acknowledgement"), _by_team("full", _E.FULL, 12, "outlook-en", files=_BOTH)), answer=True,
    ),
    "links": OfficeRole(
        "links", _E.LINK,
        (_by_team("receipt", _E.HUMAN_ACK, 1), _by_team("links", _E.LINK, 18, "outlook-en")), answer=True,
    ),
    "cost": _only(_by_team("refusal-cost", _E.REFUSAL_REASONED, 19)),
    "partial": _only(_by_team("partial", _E.PARTIAL, 20, "outlook-en", files=(ACCOUNTS,)), answer=True),
    "asks-name": _only(_by_team("asks-name", _E.ASKS_FORM, 3)),
    "extension": _only(_by_team("extension", _E.EXTENSION, 17)),
    "no-such-user": _only(
        RoleMail("no-such-user", _E.BOUNCE, Seconds(2, 10), after="any", form="unknown-user", sender="daemon")
    ),
    "transfer": _only(_by_team("transfer", _E.TRANSFER_AWAY, 6)),
    "late": OfficeRole(
        "late", _E.FULL,
        (_automatic("out-of-office"), _by_team("full-late", _E.FULL, 4, "outlook-en", after="reminder", files=_BOTH)),
        answer=True,
    ),
    "link": _only(RoleMail("councils/link", _E.LINK, _D(8), quote="gmail-en"), answer=True),
    "receipt": _only(_automatic("acknowledgement")),
    "silence": SILENCE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Council:
    """One council. `questions`: "ask" (answers and a form), "faq", or "" for none.

    `shows`: how the address stands on its pages: mailto, text, "at" in words, or "" for a form alone. `foi`: the place
    of the link to its page on requests: menu, footer, tile, or "" for none.
    """

    slug: str
    look: str  # header, tiles or sidebar
    questions: str
    shows: str
    foi: str
    role: str
    mailbox: str = "foi"
    form: bool = True
    channels: tuple[tuple[str, str], ...] = ()

    @property
    def domain(self) -> str:
        return f"{self.slug}.gov.test"

    @property
    def origin(self) -> str:
        return f"https://www.{self.domain}"

    @property
    def address(self) -> str:
        return f"{self.mailbox}@{self.domain}"


def _channels(slug: str, *names: str) -> tuple[tuple[str, str], ...]:
    hosts = {"facebook": "www.facebook.com", "twitter": "twitter.com", "youtube": "www.youtube.com/c"}
    return tuple((name, f"https://{hosts[name]}/{slug}council") for name in names)


COUNCILS = (
    Council(
        "aldercombe", "header", "ask", "mailto", "menu", "full",
        channels=_channels("aldercombe", "facebook", "twitter"),
    ),
    Council("brackwater", "tiles", "faq", "text", "footer", "links"),
    Council("carrowmoor", "sidebar", "", "at", "menu", "cost", "enquiries"),
    Council(
        "dunholt", "header", "ask", "text", "footer", "partial", "information",
        channels=_channels("dunholt", "youtube"),
    ),
    Council("eastmere", "tiles", "faq", "mailto", "tile", "asks-name", form=False),
    Council("fernleigh", "sidebar", "ask", "mailto", "footer", "silence", "contact"),
    Council("greyfold", "header", "faq", "at", "menu", "extension", "foi.requests"),
    Council("hollinbrook", "tiles", "", "mailto", "", "no-such-user", "townclerk", form=False),
    Council("ivelstone", "sidebar", "ask", "text", "footer", "transfer", channels=_channels("ivelstone", "facebook")),
    Council("kestrelby", "header", "", "mailto", "menu", "late", "customerservices"),
    Council("larkham", "tiles", "faq", "text", "tile", "link", "info"),
    Council("marrowdale", "sidebar", "faq", "", "", "receipt"),
)  # fmt: skip


def agencies(now: datetime) -> list[dict[str, Any]]:
    """Return the world's registry; the address of a council that shows none was found by telephone."""
    known = {council.slug: council for council in COUNCILS}
    rows = []
    for agency in packaged(STUDY).agencies:
        council, row = known[agency.slug], dataclasses.asdict(agency)
        row |= {"alt_urls": list(agency.alt_urls), "note": "simulated"}
        if not council.shows:
            row |= {
                "request_email": council.address, "request_email_source": "by telephone (simulated)",
                "request_email_reviewed_by": "simulated operator",
                "request_email_reviewed_at": (now - timedelta(days=5)).isoformat(),
            }  # fmt: skip
        rows.append(row)
    return rows


def truth(seed: int) -> dict[str, Any]:
    """Return what a patient person with a browser would find, by slug."""
    return {"seed": seed, "councils": {council.slug: _facts(council) for council in COUNCILS}}


def _facts(council: Council) -> dict[str, Any]:
    def state(seen: object) -> str:
        return "found" if seen else "not_found"

    return {
        "url": f"{council.origin}/",
        "qa": state(council.questions),
        "email": state(council.shows),
        "social": state(council.channels),
        "access": state(council.foi),
        "web_form": state(council.form or council.questions == "ask"),
        "emails": [council.address] if council.shows else [],
        "request_email": council.address,
        "socials": [list(channel) for channel in council.channels],
    }


def offices(names: Iterable[Mapping[str, Any]]) -> dict[str, Office]:
    """Return the office of each council; `names` are the rows of the registry."""
    called = {row["slug"]: row["name_en"] for row in names}
    return {
        council.slug: Office(
            council.slug, _correspondent(council, called[council.slug]), ROLES[council.role], time=TIME
        )
        for council in COUNCILS
    }


def _correspondent(council: Council, name: str) -> Correspondent:
    documents = (
        ("Statement of accounts 2018-19", f"{council.origin}/documents/{ACCOUNTS}"),
        ("Payments to suppliers over £500, 2019-20", f"{council.origin}/documents/{PAYMENTS}"),
    )
    place = name.partition(" ")[0]
    return Correspondent(name, place, place, council.address, council.domain, f"{council.origin}/", documents)
