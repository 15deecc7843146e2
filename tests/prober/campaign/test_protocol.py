"""The protocol file: every fault names file and key, all of them at once."""

import re
from dataclasses import MISSING, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.campaign.protocol import Protocol, parse
from prober.errors import ProtocolError
from prober.studies.folder import packaged
from prober.validation import declared
from tests.pobi import POBI
from tests.prober.campaign.example import OWN_TEXT, TEXT

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
    "template": ("seed = 2019\n", 'seed = 2019\ntemplate = "../secret"\n', "template: must be the name of a template"),
    "no template": ("seed = 2019\n", 'seed = 2019\ntemplate = "plain"\n', "no letters/request.plain.vi.txt"),
    "follow-up of nothing": ("seed = 2019\n", "seed = 2019\nfollow_up_working_days = 5\n", "go together"),
    "follow-up never": ("seed = 2019\n", 'seed = 2019\nfollow_up_after = ["A2"]\n', "go together"),
    "follow-up without a letter": (
        "seed = 2019\n", 'seed = 2019\nfollow_up_working_days = 5\nfollow_up_after = ["A2"]\n',
        "the study has no letters/follow-up.vi.txt",
    ),
    "follow-up of a machine": (
        "seed = 2019\n", 'seed = 2019\nfollow_up_working_days = 5\nfollow_up_after = ["A1"]\n',
        "follow_up_after item 1: must be one of silence, A2,",
    ),
    "follow-up of an objection": (
        "seed = 2019\n", 'seed = 2019\nfollow_up_working_days = 5\nfollow_up_after = ["OB"]\n',
        "follow_up_after item 1: must be one of silence, A2,",
    ),
    "follow-up too late": (
        "seed = 2019\n", 'seed = 2019\nfollow_up_working_days = 20\nfollow_up_after = ["silence"]\n',
        "follow_up_working_days: 20 after the reminder's 10 contradicts waiting_working_days 30",
    ),
    "language": ('language = "vi"', 'language = "fr"', "language: the study has no letters/request.fr.txt"),
    "languages": ('language = "vi"', 'language = "vi,en"', "language: must be languages joined by +: vi, or vi+en"),
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
    "document key": ("name_en = ", "name_fr = ", "unknown key [document 1] name_fr; did you mean name?"),
    "no document": ("[[document]]", "[[paper]]", "missing key document"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_faulty_protocol_names_file_and_key(case: str) -> None:
    old, new, message = FAULTS[case]
    assert old in TEXT
    with pytest.raises(ProtocolError) as found:
        parse(TEXT.replace(old, new) if old else TEXT + new, "campaigns/x.toml", POBI)
    assert all(line.startswith("campaigns/x.toml: ") for line in str(found.value).splitlines())
    assert message in str(found.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ProtocolError) as found:
        parse("seed = 'x'\nextra = 1\n", "x.toml")
    lines = str(found.value).splitlines()
    assert len(lines) == 2 + 13  # seed, extra, and every other key without a default


def test_what_is_missing_hides_no_other_fault() -> None:
    faulty = re.sub(r"(?m)^(seed|title|waiting_working_days|regime) = .*\n", "", TEXT)
    faulty = faulty.replace("first_day = 2020-04-13", "first_day = 2018").replace("per_day = 21", "per_day = 0")
    faulty = 'blocks = ["size"]\n' + faulty.replace('language = "vi"', 'language = "vi,en"') + ONE_ARM
    with pytest.raises(ProtocolError) as found:
        parse(faulty, "x.toml", POBI)
    for fault in (
        "missing key seed", "missing key title", "missing key waiting_working_days", "missing key regime",
        "first_day: must be a date", "per_day: must be at least 1", "blocks item 1: must be one of", "arm: 1 given",
        "language: must be languages",
    ):  # fmt: skip
        assert f"x.toml: {fault}" in str(found.value)
    assert len(str(found.value).splitlines()) == 9


# what is changed in a protocol with a [letter] table → the fault
OWN_FAULTS = {
    "both": (
        "seed = 2019\n", 'seed = 2019\ntemplate = "budget-request"\n', "template: contradicts the [letter] table",
    ),
    "two lines in a subject": (
        'subject = "', 'subject = "\\r\\nBcc: x@y.test ', "[letter] subject: holds the control character",
    ),
    "no subject": ('subject = "', 'title = "', "missing key [letter] subject"),
    "hidden text": ('reminder = "', 'reminder = "\u202e', "[letter] reminder: holds the direction mark"),
    "a reminder without words": (
        "reminder = ", "reminder_en = ", "letter: reminder has no text in the language vi",
    ),
    "no translation": (
        'language = "vi"', 'language = "vi+en"', "letter: reminder has no text in the language en",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "fault"), OWN_FAULTS.values(), ids=OWN_FAULTS)
def test_faults_of_letters_in_ones_own_words(before: str, after: str, fault: str) -> None:
    assert parse(OWN_TEXT, "x.toml").letter and before in OWN_TEXT
    with pytest.raises(ProtocolError) as found:
        parse(OWN_TEXT.replace(before, after), "x.toml", POBI)
    assert fault in str(found.value)


def test_every_contradiction_is_named_at_once() -> None:
    faulty = 'sender = "organisation"\nlaw_cited = false\n' + TEXT.replace('form = "none"', 'form = "01a"')
    faulty = faulty.replace("first_day = 2020-04-13", "first_day = 2026-09-01")
    faulty += ONE_ARM + "reminder_working_days = 30\n" + ONE_ARM.replace("plain", "bare") + "form = '01b'\n"
    with pytest.raises(ProtocolError) as found:
        parse(faulty, "x.toml", POBI)
    assert [line.partition(" contradicts ")[0] for line in str(found.value).splitlines()] == [
        "x.toml: arm plain: form: 01a is the slip of a request by citizen, and sender is 'organisation'",
        "x.toml: arm plain: law_cited: false",
        "x.toml: arm plain: reminder_working_days: 30",
        "x.toml: arm bare: law_cited: false",
        "x.toml: regime: ATI-2016",
    ]


def test_a_study_whose_law_asks_for_no_slip_encloses_none() -> None:
    study = packaged("foi-en")
    assert parse(study.protocol, "x.toml", study).form == "none"
    with pytest.raises(ProtocolError) as found:
        parse('form = "01b"\n' + study.protocol, "x.toml", study)
    assert str(found.value) == (
        "x.toml: form: the law of the study foi-en asks for no request slip, so none is enclosed: 'none'"
    )


@pytest.mark.parametrize("key", ["law_cited", "receipt"])
def test_arms_whose_letters_would_be_the_same_are_named(key: str) -> None:
    """A letter in one's own words that does not ask for what differs makes one arm of two."""
    study = packaged("foi-en")
    arms = ONE_ARM + f"{key} = true\n" + ONE_ARM.replace("plain", "bare") + f"{key} = false\n"
    own = "\n[letter]\nsubject = 'Records'\nrequest = 'Under {{ law }} I ask for records. [YC-{{ token }}]'\n"
    own += "reminder = 'I asked for records. [YC-{{ token }}]'\n"
    parse(study.protocol + arms, "x.toml", study)
    with pytest.raises(ProtocolError) as found:
        parse(study.protocol + arms + own, "x.toml", study)
    assert f"x.toml: arm: plain and bare differ in {key} alone, and no letter has it" in str(found.value)
    assert f"{{% if {key} %}}" in str(found.value)
    parse(study.protocol + arms + own.replace("I ask", f"{{% if {key} %}}we{{% else %}}I{{% endif %}} ask"), "x", study)


@pytest.mark.parametrize("share", ["0", "1", "1.5", "-0.1", '"half"', "true"])
def test_an_expected_share_lies_between_none_and_all(share: str) -> None:
    with pytest.raises(ProtocolError, match="expected_share: must be"):
        parse(f"expected_share = {share}\n" + TEXT, "x.toml")
    assert parse("expected_share = 0.25\n" + TEXT, "x.toml").expected_share == 0.25


KEYS = [key for key in re.findall(r"(?m)^([a-z_]+) = ", TEXT) if key not in ("name", "name_en")]


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
    if not named:
        named = missing & {"template"}  # a contradiction, and these are told only where every key is valid
    try:
        parse("\n".join(lines), "x.toml")
    except ProtocolError as error:
        found = [line.removeprefix("x.toml: ").removeprefix("missing key ") for line in str(error).splitlines()]
        assert sorted(line.partition(":")[0] for line in found) == sorted(named)
    else:
        assert not named


def test_any_number_of_documents_and_none_twice() -> None:
    document = '\n[[document]]\nname = "{}"\nname_en = "{}"\n'
    first = TEXT.index("[[document]]")
    twelve = "".join(document.format(letter, letter) for letter in "ABCDEFGHIJKL")
    assert "".join(one.name for one in parse(TEXT[:first] + twelve, "x.toml").documents) == "ABCDEFGHIJKL"
    with pytest.raises(ProtocolError, match="none asked for"):
        parse("document = []\n" + TEXT[:first], "x.toml")
    with pytest.raises(ProtocolError, match="asked for twice"):
        parse(TEXT[:first] + document.format("A", "A") * 2, "x.toml")


def test_every_key_of_the_protocol_says_what_it_is() -> None:
    assert all(spec.description for spec in declared(Protocol).values())
