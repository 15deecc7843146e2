"""A study of one's own from `foi-en`: twelve councils, letters before Easter and in August, with real mail servers."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from prober.clock import SystemClock
from tests.rehearsal import Rehearsal, served
from tests.spiders.web import Answer, Site
from tests.system.post import Post
from tests.system.test_mailbox import other_client
from tests.system.test_rehearsal import at_work, in_the_morning
from tests.system.test_sending import soon

pytestmark = pytest.mark.needs("dovecot", "postfix", "root")

LONDON = ZoneInfo("Europe/London")
NAMES = (
    "Ashby Vale", "Bramcote Moor", "Coldridge", "Dunsley", "Elmstead Heath", "Farleigh", "Gorsedale", "Hexley",
    "Inglewick", "Jarrowby", "Kelham", "Lindale",
)  # fmt: skip
SLUGS = tuple(f"council-{number}" for number in range(1, 13))
SENDING = {  # campaign → the moment at which its letters leave, at the end of the window
    "spring": datetime(2020, 4, 7, 10, 59, 59, tzinfo=LONDON),
    "summer": datetime(2020, 8, 11, 10, 59, 59, tzinfo=LONDON),
}
# Twenty working days later, counted on a paper calendar: in April without Good Friday and Easter Monday, in August
# without the bank holiday of the 31st (Freedom of Information Act 2000, section 10).
LAST_DAY = {"spring": "2020-05-07", "summer": "2020-09-09"}
KINDS = ("qa", "email", "social", "access", "web_form")
FAQ = "".join(
    f"<h3>{question}</h3><p>{answer}</p>"
    for question, answer in (
        ("When is my bin collected?", "Bins are collected on the same day of every week. The calendar says which."),
        ("How do I pay my council tax?", "Pay by direct debit, at the post office or by telephone."),
        ("How do I report a pothole?", "Tell us the street and we inspect it within five working days."),
        ("Can I speak at a meeting?", "Yes, if you tell the committee clerk two days before the meeting."),
    )
)
FORM = (
    "<h2>Write to us</h2><form method='post' action='/contact-us'><label>Your name <input name='name'></label>"
    "<label>Your email <input type='email' name='email'></label>"
    "<label>Your message <textarea name='message'></textarea></label><button>Send message</button></form>"
)


def offers(number: int) -> frozenset[str]:
    """What the site of a council has: each kind is missing from some, and every site has an address."""
    return frozenset({"email", *(kind for step, kind in enumerate(KINDS) if (number + step) % 4)})


def site(number: int) -> Site:
    """A small site of a council: a menu of all its pages, and on these what it offers."""
    name, has = f"{NAMES[number]} Borough Council", offers(number)
    menu = [("/", "Home"), ("/council", "Your council"), ("/bins", "Bins and recycling"), ("/news", "News")]
    menu += [("/faqs", "Frequently asked questions")] * ("qa" in has)
    menu += [("/freedom-of-information", "Freedom of Information")] * ("access" in has)
    menu.append(("/contact-us", "Contact us"))
    links = "".join(f"<li><a href='{path}'>{label}</a></li>" for path, label in menu)
    channel = f"<a href='https://www.facebook.com/{NAMES[number].replace(' ', '').lower()}council'>Facebook</a>"

    def page(title: str, content: str) -> Answer:
        return Answer(
            f"<!doctype html><html lang='en'><head><title>{title} - {name}</title></head><body><header>{name}"
            f"<nav><ul>{links}</ul></nav></header><main><h1>{title}</h1>{content}</main>"
            f"<footer>{name}, Town Hall, High Street. {channel if 'social' in has else ''}</footer></body></html>"
        )

    address = f"<p>Email: <a href='mailto:foi@{SLUGS[number]}.gov.test'>foi@{SLUGS[number]}.gov.test</a></p>"
    pages = {
        "/": page(
            f"Welcome to {name}", "<p>Find a service, read what is going on, or get in touch with the council.</p>"
        ),
        "/council": page("Your council", "<p>Thirty councillors are elected every four years to lead the council.</p>"),
        "/bins": page(
            "Bins and recycling", "<p>Put bins out before seven in the morning on the day of collection.</p>"
        ),
        "/news": page("News", "<p>The library in the market place opens again after the repair of its roof.</p>"),
        "/contact-us": page("Contact us", address + FORM * ("web_form" in has)),
    }
    if "qa" in has:
        pages["/faqs"] = page("Frequently asked questions", FAQ)
    if "access" in has:
        pages["/freedom-of-information"] = page(
            "Freedom of Information",
            "<p>You have the right to ask for recorded information that the council holds, under the Freedom of "
            "Information Act 2000. We answer within twenty working days. Send your request to our Freedom of "
            f"Information officer.</p>{address}<h2>Publication scheme</h2><p>What we publish without being asked.</p>",
        )
    return dict(pages)


@pytest.fixture
def desk(post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    in_the_morning(post, monkeypatch)
    with served(*map(site, range(12))) as servers:
        desk = at_work(
            tmp_path, {f"www.{s}.gov.test": server.place for s, server in zip(SLUGS, servers, strict=True)}, post
        )
        text = desk.config.read_text(encoding="utf-8")
        desk.config.write_text(f'study = "councils-uk"\n{text}', encoding="utf-8")
        yield desk


def listed(desk: Rehearsal) -> None:
    """Put twelve councils of one's own into the list of the study."""
    path = desk.folder / "councils-uk/agencies/councils.csv"
    (head, *_) = path.read_text(encoding="utf-8").splitlines()
    rows = (
        f"councils,{slug},council,{name} Borough Council,{name} Borough Council,http://www.{slug}.gov.test/,"
        "North,North,own list,high"
        for slug, name in zip(SLUGS, NAMES, strict=True)
    )
    path.write_text("\n".join((head, *rows, "")), encoding="utf-8")


def campaign(desk: Rehearsal, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draft, approve and send the letters of a campaign on its day."""
    moment = SENDING[name]
    monkeypatch.setattr(SystemClock, "now", lambda self: moment)
    desk.done("campaign", "new", name, "--template", "foi-en")
    path = desk.folder / f"var/rehearsal/campaigns/{name}.toml"
    text, count = re.subn(r"first_day = \S+", f"first_day = {moment.date()}", path.read_text(encoding="utf-8"))
    assert count == 1
    path.write_text(text, encoding="utf-8")
    desk.done("campaign", "approve", name, "--by", "N. V.", "--name", name)
    desk.done("campaign", "send", name)


ANSWERS = {  # council → what it writes, when, and the class of it
    "council-1": (
        "The accounts are at https://www.council-1.gov.test/statement-of-accounts-2018-19.pdf and the register of "
        "payments is at https://www.council-1.gov.test/payments-over-500-april-2019-to-march-2020.csv",
        "2020-05-07T16:00:00+01:00", "L1",
    ),
    "council-2": (
        "We are refusing your request under section 12 of the Freedom of Information Act 2000, because the cost of "
        "compliance would exceed the appropriate limit.",
        "2020-05-11T09:00:00+01:00", "R1",
    ),
    "council-3": (
        "We have received your request and will reply within twenty working days.", "2020-04-08T09:00:00+01:00", "A2",
    ),
}  # fmt: skip


def answered(post: Post, desk: Rehearsal) -> None:
    """Councils answer the letter of spring, each at its moment."""
    own = re.search(r"khao-sat-\d+@prober\.test", desk.config.read_text(encoding="utf-8"))
    assert own
    with other_client(post, own[0]) as client:
        for slug, (text, at, _) in ANSWERS.items():
            office = f"foi@{slug}.gov.test"
            soon(lambda office=office: len(post.delivered(office)), 1)  # type: ignore[misc]
            asked = message_from_bytes(post.delivered(office)[0], policy=policy.default)
            head = f"From: {office}\r\nTo: {asked['Reply-To']}\r\nSubject: Re: {asked['Subject']}\r\n"
            head += f"In-Reply-To: {asked['Message-ID']}\r\nMessage-ID: <answer@{slug}.gov.test>\r\n"
            body = f"Dear Sir or Madam,\r\n\r\n{text}\r\n\r\nYours faithfully,\r\nInformation Governance\r\n"
            client.append("INBOX", f"{head}\r\n{body}".encode(), msg_time=datetime.fromisoformat(at))


def test_twelve_councils_from_the_list_to_the_publication(
    post: Post, desk: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.done("study", "new", "councils-uk", "--from", "foi-en")
    listed(desk)
    assert "agencies: 12" in desk.done("study", "check")
    desk.done("crawl")
    told = desk.rows("SELECT a.slug, v.kind, v.state FROM latest_verdict v JOIN agency a ON a.id = v.agency")
    verdicts = {(slug, kind): state for slug, kind, state in told}
    assert verdicts == {
        (slug, kind): "found" if kind in offers(number) else "not_found"
        for number, slug in enumerate(SLUGS)
        for kind in KINDS
    }
    desk.done("agencies", "check", "--accept-all", "--by", "N. V.")
    campaign(desk, "spring", monkeypatch)
    answered(post, desk)
    campaign(desk, "summer", monkeypatch)
    assert desk.rows("SELECT campaign, COUNT(*) FROM request WHERE accepted_at IS NOT NULL GROUP BY 1 ORDER BY 1") == [
        ("spring", 12), ("summer", 12),
    ]  # fmt: skip
    desk.done("mailbox", "sync")
    due = desk.rows("SELECT DISTINCT campaign, due_on FROM deadline JOIN request ON request.id = deadline.request")
    assert dict(due) == LAST_DAY
    classes = desk.rows(
        "SELECT a.slug, m.event FROM reply m JOIN request r ON r.id = m.request JOIN agency a ON a.id = r.agency"
    )
    assert dict(classes) == {slug: event for slug, (_, _, event) in ANSWERS.items()}
    desk.done("report")
    page = (desk.folder / "var/rehearsal/report.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    assert "How do 12 councils respond" in words and "province" not in words
    published = json.loads(desk.done("publish", "--provisional", "--json"))
    assert [row["name"] for row in published["gates"] if not row["passed"]] == ["read by people"]
    desk.done("nightly")
