"""The pure half of a campaign: protocol, letters, order, what is due, and the hash of an approval."""

import re
from collections import Counter
from dataclasses import MISSING, fields, replace
from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables

from prober.campaign.design.assignment import assign
from prober.campaign.letters.compose import (
    ENVIRONMENT,
    MOST_TEXT,
    TRANSLATION,
    Fields,
    Requester,
    compose,
    fields_of,
    merge,
    render,
)
from prober.campaign.letters.mime import address_fault, dated
from prober.campaign.letters.tokens import ALPHABET, token
from prober.campaign.protocol.model import Protocol, parse
from prober.campaign.schedule import (
    Do,
    Handed,
    Pace,
    Row,
    due,
    earliest,
    next_slot,
    reminder_at,
    schedule,
    waiting_ends,
)
from prober.campaign.wave import asked, digest, wave
from prober.domain.agency import agencies
from prober.domain.correspondence import Event, SendState, Step
from prober.domain.working_days import HANOI, vietnam
from prober.errors import ProtocolError
from prober.validation import declared

TEXT = (resources.files("prober.campaign.protocol") / "templates" / "pobi-2019.toml").read_text(encoding="utf-8")
PROTOCOL = parse(TEXT, "pobi-2019.toml")
REQUESTER = Requester(
    "Nhóm khảo sát (mô phỏng)", "khao-sat@prober.test", "Viện Thử Nghiệm (mô phỏng)", "Hà Nội", "024 0000 0000"
)
ASKED = [
    replace(a, request_email=f"{a.slug}@agency.gov.test", request_email_reviewed_by="nv")
    for a in agencies("2019", "finance")
]
PLACES = assign(PROTOCOL, ASKED)
CA_MAU = next(a for a in ASKED if a.slug == "stc-ca-mau")


# --- protocol


ONE_ARM = '\n[[arm]]\nname = "plain"\nabout = "one way of asking"\n'
FAULTS = {
    "not TOML": ("title = ", "title == ", "not valid TOML"),
    "missing": ("seed = 2019\n", "", "missing key seed"),
    "unknown": ("seed = 2019\n", "seed = 2019\nsneaky = 1\n", "unknown key sneaky"),
    "wrong type": ("per_day = 21", 'per_day = "21"', "per_day: must be a whole number"),
    "truth is no number": ("per_day = 21", "per_day = true", "per_day: must be a whole number"),
    "negative": ("per_day = 21", "per_day = -1", "per_day: must be at least 1, not -1"),
    "none a day": ("per_day = 21", "per_day = 0", "per_day: must be at least 1"),
    "no waiting": ("waiting_working_days = 30", "waiting_working_days = 0", "waiting_working_days: must be at least 1"),
    "reminder too late": ("reminder_working_days = 10", "reminder_working_days = 30", "contradicts waiting_working"),
    "date as text": ("first_day = 2020-04-13", 'first_day = "2020-04-13"', "first_day: must be a date"),
    "moment": ("first_day = 2020-04-13", "first_day = 2020-04-13T08:00:00", "first_day: must be a date"),
    "no law yet": ("first_day = 2020-04-13", "first_day = 2018-01-02", "no law on access to information"),
    "other law": ("first_day = 2020-04-13", "first_day = 2026-09-01", "regime: ATI-2016 contradicts first_day"),
    "unknown law": ('regime = "ATI-2016"', 'regime = "ATI-1999"', "regime: must be one of ATI-2016, ATI-2026,"),
    "template": ('template = "budget-request"', 'template = "../secret"', "template: must be one of budget-request"),
    "language": ('language = "vi"', 'language = "en"', "language: must be one of vi, vi+en, not 'en'"),
    "window backwards": ('["08:30", "10:00"]', '["10:00", "08:30"]', "window: begins at 10:00"),
    "window of one": ('["08:30", "10:00"]', '["08:30"]', "window: must be two times"),
    "window nonsense": ('["08:30", "10:00"]', '["08:30", "25:00"]', "window: hour must be in"),
    "bidi": ('title = "', 'title = "\u202e', "title: holds the direction mark U+202E"),
    "header": ('title = "', 'title = "\\r\\nBcc: x@y.test', "title: holds the control character U+000D"),
    "empty": (re.search('title = ".*"', TEXT).group(), 'title = " "', "title: is empty (title of the campaign)"),  # type: ignore[union-attr]
    "bidi in a document": ('[[document]]\nname = "', '[[document]]\nname = "\u2066', "the direction mark U+2066"),
    "header in the purpose": ('purpose = "', 'purpose = "\\nBcc: x@y.test', "purpose: holds the control character"),
    "purpose not NFC": ('purpose = "', 'purpose = "a\u0301', "purpose: is not in Unicode normal form C"),
    "sender": ("seed = 2019\n", 'seed = 2019\nsender = "state"\n', "sender: must be one of organisation, citizen"),
    "slip of another": (
        'form = "none"', 'form = "01a"\nsender = "organisation"', "form: 01a is the slip of a request by citizen",
    ),
    "slip without the law": ('form = "none"', 'form = "01b"\nlaw_cited = false', "law_cited: false contradicts form"),
    "blocks": ("seed = 2019\n", 'seed = 2019\nblocks = ["size"]\n', "blocks item 1: must be one of region, quality,"),
    "block twice": ("seed = 2019\n", 'seed = 2019\nblocks = ["region", "region"]\n', "blocks: must be texts of"),
    "blocks as text": ("seed = 2019\n", 'seed = 2019\nblocks = "region"\n', "blocks: must be a list of texts"),
    "pair": ("seed = 2019\n", 'seed = 2019\npairs_with = "../x"\n', "pairs_with: must be the name of a campaign, not"),
    "objections": ("seed = 2019\n", "seed = 2019\nstop_after_objections = -1\n", "stop_after_objections: must be"),
    "one arm": ("", ONE_ARM, "arm: 1 given; a campaign has none or two"),
    "arms alike": ("", ONE_ARM + ONE_ARM.replace("plain", "law"), "arm: plain and law do not differ"),
    "arms of one name": ("", ONE_ARM + ONE_ARM + "form = '01b'\n", "arm: two are named plain"),
    "name of an arm": ("", ONE_ARM.replace("plain", "Số 1"), "[arm] name: must be a name of up to 40"),
    "arm that says nothing": ("", '\n[[arm]]\nname = "x"\n', "missing key [arm] about: what the arm is"),
    "arms that measure otherwise": ("", ONE_ARM + "per_day = 3\n", "unknown key [arm] per_day; known keys: name"),
    "value in an arm": ("", ONE_ARM + "receipt = 1\n", "[arm] receipt: must be true or false"),
    "contradiction in an arm": (
        "", ONE_ARM + ONE_ARM.replace("plain", "law") + "reminder_working_days = 30\n",
        "arm law: reminder_working_days: 30",
    ),
    "arms as text": ("seed = 2019\n", 'seed = 2019\narm = "x"\n', "arm: must be [[arm]] tables"),
    "form": ('form = "none"', 'form = "02"', "form: must be one of none, 01a, 01b, not '02'"),
    "number without a slip": ("identity = false", "identity = true", "identity: true needs form = '01a'"),
    "flag": ("address = false", 'address = "no"', "leave_out_without_address: must be true or false"),
    "document key": ("name_en = ", "name_fr = ", "missing key [document 1] name_en: name of the document"),
    "no document": ("[[document]]", "[[paper]]", "missing key document"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_faulty_protocol_names_file_and_key(case: str) -> None:
    old, new, message = FAULTS[case]
    assert old in TEXT
    with pytest.raises(ProtocolError) as found:
        parse(TEXT.replace(old, new) if old else TEXT + new, "campaigns/x.toml")
    assert all(line.startswith("campaigns/x.toml: ") for line in str(found.value).splitlines())
    assert message in str(found.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ProtocolError) as found:
        parse("seed = 'x'\nextra = 1\n", "x.toml")
    lines = str(found.value).splitlines()
    assert len(lines) == 2 + 15  # seed, extra, and every other key without a default


def test_what_is_missing_hides_no_other_fault() -> None:
    faulty = re.sub(r"(?m)^(seed|title|waiting_working_days|regime) = .*\n", "", TEXT)
    faulty = faulty.replace("first_day = 2020-04-13", "first_day = 2018-01-02").replace("per_day = 21", "per_day = 0")
    faulty = 'blocks = ["size"]\n' + faulty.replace('language = "vi"', 'language = "en"') + ONE_ARM
    with pytest.raises(ProtocolError) as found:
        parse(faulty, "x.toml")
    for fault in (
        "missing key seed", "missing key title", "missing key waiting_working_days", "missing key regime",
        "first_day: no law on access", "per_day: must be at least 1", "blocks item 1: must be one of", "arm: 1 given",
        "language: must be one of",
    ):  # fmt: skip
        assert f"x.toml: {fault}" in str(found.value)
    assert len(str(found.value).splitlines()) == 9


def test_every_contradiction_is_named_at_once() -> None:
    faulty = 'sender = "organisation"\nlaw_cited = false\n' + TEXT.replace('form = "none"', 'form = "01a"')
    faulty = faulty.replace("first_day = 2020-04-13", "first_day = 2026-09-01")
    faulty += ONE_ARM + "reminder_working_days = 30\n" + ONE_ARM.replace("plain", "bare") + "form = '01b'\n"
    with pytest.raises(ProtocolError) as found:
        parse(faulty, "x.toml")
    assert [line.partition(" contradicts ")[0] for line in str(found.value).splitlines()] == [
        "x.toml: arm plain: form: 01a is the slip of a request by citizen, and sender is 'organisation'",
        "x.toml: arm plain: law_cited: false",
        "x.toml: arm plain: reminder_working_days: 30",
        "x.toml: arm bare: law_cited: false",
        "x.toml: regime: ATI-2016",
    ]


KEYS = [key for key in re.findall(r"(?m)^([a-z_]+) = ", TEXT) if key not in ("name", "name_en")]


@settings(deadline=None)  # the first example makes pydantic's reader
@given(st.sets(st.sampled_from(KEYS)), st.sets(st.sampled_from(KEYS)))
def test_any_mixture_of_missing_and_wrong_keys_is_named_and_nothing_else(missing: set[str], wrong: set[str]) -> None:
    lines = []
    for line in TEXT.splitlines():
        key = line.partition(" = ")[0]
        if key in missing:
            continue
        lines.append(f"{key} = 1.5" if key in wrong else line)
    needed = {f.name for f in fields(Protocol) if f.default is MISSING}
    named = (missing & needed) | (wrong - missing)
    try:
        parse("\n".join(lines), "x.toml")
    except ProtocolError as error:
        found = [line.removeprefix("x.toml: ").removeprefix("missing key ") for line in str(error).splitlines()]
        assert sorted(line.partition(":")[0] for line in found) == sorted(named)
    else:
        assert not named


def test_at_most_three_documents_and_none_twice() -> None:
    document = '\n[[document]]\nname = "A"\nname_en = "A"\n'
    with pytest.raises(ProtocolError, match="document: 4 asked for"):
        parse(TEXT + document, "x.toml")
    first = TEXT.index("[[document]]")
    with pytest.raises(ProtocolError, match="asked for twice"):
        parse(TEXT[:first] + document * 2, "x.toml")


# --- letters


@pytest.mark.parametrize("step", Step)
def test_a_letter_is_well_formed(step: Step) -> None:
    letter = compose(PROTOCOL, "pobi-2019", CA_MAU, REQUESTER, step)
    raw = dated(letter.raw, datetime(2020, 4, 13, 8, 31, 7, tzinfo=HANOI))
    read = message_from_bytes(raw, policy=policy.SMTP)
    assert read.defects == [] and all(not value.defects for value in read.values())
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 78
    assert read["Subject"] == letter.subject and letter.subject.endswith(f"[YC-{letter.token}]")
    assert f"[YC-{letter.token}]".encode() in raw  # unencoded too, for those who only look at the bytes
    assert read["To"].addresses[0].addr_spec == letter.rcpt == CA_MAU.request_email
    assert read["From"].addresses[0].addr_spec == REQUESTER.address
    assert read["Reply-To"].addresses[0].addr_spec == letter.mail_from == f"khao-sat+{letter.token}@prober.test"
    assert read["Message-ID"] == letter.message_id == f"<{letter.token}.{step}.pobi-2019@prober.test>"
    first = f"<{letter.token}.request.pobi-2019@prober.test>"
    assert (read["In-Reply-To"], read["References"]) == ((first, first) if step is Step.REMINDER else (None, None))
    assert read["Date"].datetime == datetime(2020, 4, 13, 8, 31, 7, tzinfo=HANOI)
    assert read.get_content_type() == "text/plain" and read.get_content_charset() == "utf-8"
    assert read.get_content().replace("\r\n", "\n") == letter.text


def test_a_letter_says_what_it_must() -> None:
    text = compose(PROTOCOL, "pobi-2019", CA_MAU, REQUESTER, Step.REQUEST).text
    for words in (
        "Kính gửi: Sở Tài chính tỉnh Cà Mau", "Luật Tiếp cận thông tin số 104/2016/QH13", "sẽ được công bố",
        "Hình thức cung cấp", "Mục đích sử dụng", REQUESTER.postal_address, REQUESTER.phone, PROTOCOL.purpose,
        *(document.name for document in PROTOCOL.documents),
    ):  # fmt: skip
        assert words in text
    english = render(PROTOCOL, "pobi-2019", CA_MAU, REQUESTER, Step.REQUEST, "en")
    assert all(document.name_en in english for document in PROTOCOL.documents)


def test_an_organisation_does_not_claim_a_citizens_right() -> None:
    of_citizen = render(PROTOCOL, "w", CA_MAU, replace(REQUESTER, citizen=True), Step.REQUEST)
    assert "Tôi là" in of_citizen and "Căn cứ Luật" in of_citizen
    of_organisation = render(PROTOCOL, "w", CA_MAU, REQUESTER, Step.REQUEST)
    assert "Chúng tôi là" in of_organisation and "Căn cứ" not in of_organisation


def test_under_the_law_of_2026_the_letter_cites_that_law() -> None:
    protocol = replace(PROTOCOL, regime="ATI-2026", first_day=date(2026, 9, 7))
    text = render(protocol, "w", CA_MAU, REQUESTER, Step.REQUEST)
    assert "104/2016" not in text and "01 tháng 9 năm 2026" in text


def test_all_letters_differ_where_they_must() -> None:
    planned = wave(PROTOCOL, "pobi-2019", ASKED, REQUESTER, vietnam())
    assert len(planned) == 126
    assert len({item.letter.message_id for item in planned}) == 126
    assert len({item.letter.token for item in planned}) == 63
    assert all(set(item.letter.token) <= set(ALPHABET) for item in planned)
    again = wave(PROTOCOL, "pobi-2019", ASKED[::-1], REQUESTER, vietnam())
    assert [item.letter.raw for item in again] == [item.letter.raw for item in planned]


HOSTILE = ("\r\nBcc: x@y.test", "\nX: y", "\r", "\x00", "\x1b[31m", "\u202e", "\u2066", "\u200b", "\u2028", "a\u0301")
FIELDS = {
    "name_vi": lambda bad: (replace(CA_MAU, name_vi=f"Sở{bad}"), REQUESTER, "w"),
    "name_en": lambda bad: (replace(CA_MAU, name_en=f"D{bad}"), REQUESTER, "w"),
    "request_email": lambda bad: (replace(CA_MAU, request_email=f"a{bad}@b.test"), REQUESTER, "w"),
    "[sender] name": lambda bad: (CA_MAU, replace(REQUESTER, name=f"N{bad}"), "w"),
    "[sender] address": lambda bad: (CA_MAU, replace(REQUESTER, address=f"n{bad}@b.test"), "w"),
    "[sender] organisation": lambda bad: (CA_MAU, replace(REQUESTER, organisation=f"O{bad}"), "w"),
    "[sender] postal_address": lambda bad: (CA_MAU, replace(REQUESTER, postal_address=f"P{bad}"), "w"),
    "[sender] phone": lambda bad: (CA_MAU, replace(REQUESTER, phone=f"0{bad}"), "w"),
    "campaign name": lambda bad: (CA_MAU, REQUESTER, f"w{bad}"),
}


@pytest.mark.parametrize("bad", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_can_inject_or_hide(field: str, bad: str) -> None:
    agency, requester, campaign = FIELDS[field](bad)
    with pytest.raises(ProtocolError, match=re.escape(f"{agency.id}: {field} ")):
        compose(PROTOCOL, campaign, agency, requester, Step.REQUEST)


def test_template_syntax_in_a_field_is_only_text() -> None:
    requester = replace(REQUESTER, organisation="{{ 6 * 7 }}{% for x in y %}")
    assert "{{ 6 * 7 }}{% for x in y %}" in compose(PROTOCOL, "w", CA_MAU, requester, Step.REQUEST).text


TEMPLATE_FAULTS = {
    "missing field": ("{{ nobody }}", UndefinedError, "'nobody' is undefined"),
    "missing attribute": ("{{ requester.nobody }}", UndefinedError, "no attribute 'nobody'"),
    "missing in a condition": ("{% if nobody %}x{% endif %}", UndefinedError, "'nobody' is undefined"),
    "a way out of the fields": ("{{ requester.__class__.__mro__ }}", SecurityError, "unsafe"),
    "another file": ('{% include "../../../secret" %}', TemplateNotFound, "secret"),
    "a loop without end": ("{% for n in range(10 ** 9) %}x{% endfor %}", OverflowError, "Range too big"),
    "a long loop": ("{% for n in range(99999) %}x{% endfor %}", ValueError, f"longer than {MOST_TEXT} characters"),
    "loops in loops": (
        "{% for n in range(99999) %}{% for m in range(99999) %}x{% endfor %}{% endfor %}", ValueError, "longer than",
    ),
    "calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", RecursionError, "recursion"),
}  # fmt: skip


@pytest.mark.parametrize("case", TEMPLATE_FAULTS)
def test_a_template_ends_and_leaves_nothing_out(case: str) -> None:
    source, error, message = TEMPLATE_FAULTS[case]
    with pytest.raises(error, match=re.escape(message)):
        merge(ENVIRONMENT.from_string(source), fields_of(PROTOCOL, "w", CA_MAU, REQUESTER))


@pytest.mark.parametrize("name", sorted(name for name in ENVIRONMENT.list_templates() if name.endswith(".txt")))
def test_every_template_of_the_package_can_be_filled(name: str) -> None:
    source, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)  # type: ignore[union-attr]
    assert find_undeclared_variables(ENVIRONMENT.parse(source)) <= {field.name for field in fields(Fields)}
    template, step, language, _ = name.split(".")
    for citizen, form in ((True, "none"), (True, "01a"), (False, "none"), (False, "01b")):
        protocol = replace(PROTOCOL, template=template, form=form)
        text = render(protocol, "w", CA_MAU, replace(REQUESTER, citizen=citizen), Step(step), language)
        assert "{" not in text and "%}" not in text and "\n\n\n" not in text


def test_english_stands_below_the_vietnamese_text_and_says_what_it_is() -> None:
    letter = compose(replace(PROTOCOL, language="vi+en"), "w", CA_MAU, REQUESTER, Step.REQUEST)
    vietnamese, _, english = letter.text.partition(TRANSLATION)
    assert vietnamese.strip() == compose(PROTOCOL, "w", CA_MAU, REQUESTER, Step.REQUEST).text.strip()
    assert english.strip() == render(PROTOCOL, "w", CA_MAU, REQUESTER, Step.REQUEST, "en").strip()
    assert message_from_bytes(letter.raw, policy=policy.SMTP)["Content-Language"] == "vi, en"


LONG = {
    "organisation in the text": (replace(REQUESTER, organisation="x" * 5_000), True),
    "words in the text": (replace(REQUESTER, postal_address="đường " * 1_000 + "y"), True),
    "name in headers": (replace(REQUESTER, name="Nguyễn " * 100 + "z"), True),
    "more than a letter holds": (replace(REQUESTER, organisation="x" * 30_000), False),
}


@pytest.mark.parametrize("case", LONG)
def test_long_values_are_folded_or_refused(case: str) -> None:
    requester, carried = LONG[case]
    if not carried:
        with pytest.raises(ProtocolError, match="longer than"):
            compose(PROTOCOL, "w", CA_MAU, requester, Step.REQUEST)
        return
    raw = compose(PROTOCOL, "w", CA_MAU, requester, Step.REQUEST).raw
    assert max(map(len, raw.split(b"\r\n"))) <= 78


ADDRESSES = {
    "sotaichinh@camau.gov.test": True,
    "foia/pa@agency.test": True,  # odd but valid
    "a@b.test,c@d.test": False,
    "a@b.test c@d.test": False,
    "Sở <a@b.test>": False,
    "<a@b.test>": False,
    "a@b.test>": False,
    "a": False,
    "@b.test": False,
    "a@": False,
    "": False,
    "sở@camau.test": False,
    "a@b.test (c)": False,
    f"{'a' * 250}@b.test": False,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_one_plain_address(address: str) -> None:
    assert (address_fault(address) == "") == ADDRESSES[address]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=60))
def test_any_name_is_carried_exactly_or_refused(organisation: str, name: str) -> None:
    """What `assemble` returns always reads back as it was meant; everything else is a ProtocolError."""
    requester = replace(REQUESTER, organisation=organisation, name=name)
    try:
        letter = compose(PROTOCOL, "w", CA_MAU, requester, Step.REQUEST)
    except ProtocolError:
        return
    read = message_from_bytes(letter.raw, policy=policy.SMTP)
    assert read.get_content().replace("\r\n", "\n") == letter.text
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
         "Content-Transfer-Encoding", "Content-Language"]
    )  # fmt: skip


# --- who, in what order, when


def test_an_agency_without_a_reviewed_address_is_refused_or_left_out() -> None:
    unreviewed = [replace(CA_MAU, request_email_reviewed_by=""), *[a for a in ASKED if a != CA_MAU]]
    with pytest.raises(ProtocolError, match="1 of 63 .* stc-ca-mau"):
        asked(PROTOCOL, unreviewed)
    ready, without = asked(replace(PROTOCOL, leave_out_without_address=True), unreviewed)
    assert (len(ready), [a.slug for a in without]) == (62, ["stc-ca-mau"])


def test_one_address_gets_one_letter() -> None:
    double = [*ASKED[:-1], replace(ASKED[-1], request_email=ASKED[0].request_email.upper())]
    with pytest.raises(ProtocolError, match="one address would get several letters"):
        asked(PROTOCOL, double)


def test_only_the_frame_and_kind_of_the_protocol() -> None:
    others = [replace(CA_MAU, frame="2025"), replace(CA_MAU, kind="portal")]
    with pytest.raises(ProtocolError, match="no agency of frame '2019'"):
        asked(PROTOCOL, others)
    assert asked(PROTOCOL, [*ASKED, *others])[0] == ASKED


def test_the_order_is_drawn_capped_and_balanced() -> None:
    planned = schedule(PROTOCOL, ASKED, vietnam(), PLACES)
    moments = [moment for _, moment in planned]
    assert moments == sorted(moments) and len(set(moments)) == 63
    assert sorted(a.id for a, _ in planned) == sorted(a.id for a in ASKED)
    assert Counter(m.date().isoformat() for m in moments) == {"2020-04-13": 21, "2020-04-14": 21, "2020-04-15": 21}
    assert all(time(8, 30) <= m.time() < time(10) for m in moments)
    by_region: dict[str, Counter[date]] = {}
    for agency, moment in planned:
        by_region.setdefault(agency.pobi_region, Counter())[moment.date()] += 1
    for region, days in by_region.items():
        share = sum(days.values()) / 3
        assert all(abs(days[day] - share) <= 2 for day in {m.date() for m in moments}), (region, days)
    other = [a.id for a, _ in schedule(replace(PROTOCOL, seed=7), ASKED, vietnam(), PLACES)]
    assert other != [a.id for a, _ in planned]
    assert schedule(PROTOCOL, ASKED[::-1], vietnam(), PLACES) == planned


def test_a_wave_steps_over_holidays() -> None:
    protocol = replace(PROTOCOL, first_day=date(2020, 4, 29), per_day=30)
    days = Counter(moment.date().isoformat() for _, moment in schedule(protocol, ASKED, vietnam(), PLACES))
    assert days == {"2020-04-29": 30, "2020-05-04": 30, "2020-05-05": 3}


SLOTS = {
    "2020-04-13T07:00": "2020-04-13T08:30",
    "2020-04-13T08:30": "2020-04-13T08:30",
    "2020-04-13T09:59": "2020-04-13T09:59",
    "2020-04-13T10:00": "2020-04-14T08:30",
    "2020-04-17T12:00": "2020-04-20T08:30",
    "2020-04-29T10:00": "2020-05-04T08:30",
    "2020-04-30T09:00": "2020-05-04T08:30",
}


@pytest.mark.parametrize("moment", SLOTS)
def test_the_next_moment_in_the_window(moment: str) -> None:
    found = next_slot(PROTOCOL.window, datetime.fromisoformat(f"{moment}+07:00"), vietnam())
    assert found == datetime.fromisoformat(f"{SLOTS[moment]}+07:00")


def test_the_cap_counts_per_day_and_the_spacing_over_midnight() -> None:
    at = datetime(2020, 4, 13, 9, 0, tzinfo=HANOI)
    handed = Handed(at - timedelta(seconds=10))
    pace = Pace(5, timedelta(seconds=60))
    assert earliest(PROTOCOL, pace, at, handed, vietnam()) == at + timedelta(seconds=50)
    handed.on[at.date()] = 5
    assert earliest(PROTOCOL, pace, at, handed, vietnam()) == datetime(2020, 4, 14, 8, 30, tzinfo=HANOI)
    handed.on[date(2020, 4, 14)] = 5
    assert earliest(PROTOCOL, pace, at, handed, vietnam()) == datetime(2020, 4, 15, 8, 30, tzinfo=HANOI)


# --- what is due: (request, reminder, heard, mailbox read) → actions

ACCEPTED = datetime(2020, 4, 13, 8, 45, tzinfo=HANOI)
REMIND = reminder_at(PROTOCOL, "a", ACCEPTED, vietnam())
PLANNED_AT = datetime(2020, 4, 13, 8, 40, tzinfo=HANOI)
FRESH = REMIND - timedelta(hours=15)
STALE = REMIND - timedelta(hours=25)
S = SendState

DUE = {
    "request planned": ((S.PLANNED, S.PLANNED), [], None, [(Do.SEND, "request")]),
    "request deferred": ((S.DEFERRED, S.PLANNED), [], None, [(Do.SEND, "request")]),
    "earlier objection": ((S.PLANNED, S.PLANNED), ["OB"], None, [(Do.CANCEL, "request"), (Do.CANCEL, "reminder")]),
    "request on the wire": ((S.SENDING, S.PLANNED), [], None, []),
    "request in doubt": ((S.UNCERTAIN, S.PLANNED), [], FRESH, []),
    "request refused": ((S.REFUSED, S.PLANNED), [], FRESH, [(Do.CANCEL, "reminder")]),
    "request cancelled": ((S.CANCELLED, S.PLANNED), [], FRESH, [(Do.CANCEL, "reminder")]),
    "accepted, no time yet": ((S.ACCEPTED, None), [], FRESH, [(Do.TIME, "reminder")]),
    "accepted, mailbox read": ((S.ACCEPTED, S.PLANNED), [], FRESH, [(Do.SEND, "reminder")]),
    "accepted, mailbox stale": ((S.ACCEPTED, S.PLANNED), [], STALE, [(Do.HOLD, "reminder")]),
    "accepted, mailbox never read": ((S.ACCEPTED, S.PLANNED), [], None, [(Do.HOLD, "reminder")]),
    "automatic answer only": ((S.ACCEPTED, S.PLANNED), ["A1", "RR", "SP"], FRESH, [(Do.SEND, "reminder")]),
    "bounced": ((S.ACCEPTED, S.PLANNED), ["N0"], FRESH, [(Do.CANCEL, "reminder")]),
    "receipt by a person": ((S.ACCEPTED, S.PLANNED), ["A2"], FRESH, [(Do.CANCEL, "reminder")]),
    "unclear message": ((S.ACCEPTED, S.PLANNED), ["A1", "UN"], FRESH, [(Do.CANCEL, "reminder")]),
    "objection": ((S.ACCEPTED, S.PLANNED), ["OB"], FRESH, [(Do.CANCEL, "reminder")]),
    "reminder deferred": ((S.ACCEPTED, S.DEFERRED), [], FRESH, [(Do.SEND, "reminder")]),
    "all sent": ((S.ACCEPTED, S.ACCEPTED), [], FRESH, [(Do.CLOSE, "")]),
    "reminder in doubt": ((S.ACCEPTED, S.UNCERTAIN), [], FRESH, []),
    "nothing was ever accepted": ((S.REFUSED, S.CANCELLED), [], FRESH, []),
}  # fmt: skip


@pytest.mark.parametrize("case", DUE)
def test_due(case: str) -> None:
    (request, reminder), events, read, wanted = DUE[case]
    sent = ACCEPTED if request is S.ACCEPTED else None
    timed = REMIND if request is S.ACCEPTED and reminder is not None else None
    rows = [
        Row(1, "a", Step.REQUEST, request, 1, PLANNED_AT, sent),
        Row(2, "a", Step.REMINDER, reminder or S.PLANNED, 1, timed, REMIND if reminder is S.ACCEPTED else None),
    ]
    found = due(PROTOCOL, rows, {"a": [Event(e) for e in events]}, vietnam(), read)
    assert [(action.do, str(action.row.step) if action.row else "") for action in found] == wanted
    for action in found:
        if action.do is Do.TIME:
            assert action.moment == REMIND
        if action.do is Do.CLOSE:
            assert action.at == waiting_ends(PROTOCOL, ACCEPTED, vietnam()) == datetime(2020, 5, 28, tzinfo=HANOI)


@pytest.mark.parametrize(("limit", "stopped"), [(0, False), (1, True), (2, False)])
def test_the_stopping_rule_counts_the_agencies_that_were_asked(limit: int, stopped: bool) -> None:
    rows = [
        Row(1, "a", Step.REQUEST, S.ACCEPTED, 1, PLANNED_AT, ACCEPTED),
        Row(2, "b", Step.REQUEST, S.CANCELLED, 2, PLANNED_AT, None),
        Row(3, "c", Step.REQUEST, S.PLANNED, 3, PLANNED_AT, None),
    ]
    heard = {agency: [Event.OBJECTION] for agency in ("a", "b")}  # b objected to an earlier campaign
    (found,) = due(replace(PROTOCOL, stop_after_objections=limit), rows, heard, vietnam(), None)
    assert found.do is (Do.CANCEL if stopped else Do.SEND)
    assert found.reason == ("the stopping rule: objections so far: 1" if stopped else "")


def test_the_reminder_of_an_arm_has_its_own_time() -> None:
    text = TEXT + ONE_ARM + ONE_ARM.replace("plain", "soon") + "reminder_working_days = 2\n"
    rows = [
        Row(1, "a", Step.REQUEST, S.ACCEPTED, 1, PLANNED_AT, ACCEPTED, "soon"),
        Row(2, "a", Step.REMINDER, S.PLANNED, 1, None, None, "soon"),
    ]
    (found,) = due(parse(text, "x.toml"), rows, {}, vietnam(), None)
    assert found.do is Do.TIME and found.moment and found.moment.date() == date(2020, 4, 15)


def test_the_reminder_leaves_after_its_working_days_inside_the_window() -> None:
    assert REMIND.date() == date(2020, 4, 27)
    assert time(8, 30) <= REMIND.time() < time(10)


# --- approval


def test_the_hash_covers_everything_but_the_order() -> None:
    letter = dict.fromkeys(("agency", "step", "token", "message_id", "mail_from", "rcpt"), "x") | {"raw": b"r"}
    other = letter | {"agency": "y"}
    base = digest("p", [letter, other])
    assert digest("p", [other, letter]) == base
    assert digest("q", [letter, other]) != base
    assert digest("p", [letter]) != base
    for key, value in letter.items():
        changed = letter | {key: value + value}  # type: ignore[operator]
        assert digest("p", [changed, other]) != base


def test_tokens_depend_on_seed_campaign_and_agency_and_do_not_collide() -> None:
    many = {token(seed, campaign, f"a{n}") for seed in (1, 2) for campaign in ("x", "y") for n in range(5_000)}
    assert len(many) == 20_000
    assert token(1, "ab", "c") != token(1, "a", "bc")


def test_every_key_of_the_protocol_says_what_it_is() -> None:
    assert all(spec.description for spec in declared(Protocol).values())
