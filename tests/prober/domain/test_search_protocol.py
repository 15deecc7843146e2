"""The record of the protocol as rows, and the look list."""

from dataclasses import replace

from prober.domain.reason import Reason
from prober.domain.search_protocol import (
    MOST_LOOKS,
    Carried,
    LookEntry,
    LookMark,
    OpenedAddress,
    Outcome,
    ProtocolRecord,
    ProtocolStep,
    StepRecord,
    shortlist,
)

READ = OpenedAddress(ProtocolStep.LINKS, "http://x.test/hoi-dap", Outcome.READ, "Hỏi đáp", ("qa",), 200)
RECORD = ProtocolRecord(
    (
        StepRecord(ProtocolStep.HOME, Carried.DONE),
        StepRecord(ProtocolStep.LINKS, Carried.NOT_DONE, (Reason("not_read", url="http://x.test/a"),)),
    ),
    (READ, OpenedAddress(ProtocolStep.HOME, "http://x.test/", Outcome.READ, status=200, count=9)),
)


def test_each_step_is_followed_by_its_addresses() -> None:
    rows = [(row["step"], row["outcome"], row["url"], row["kinds"]) for row in RECORD.rows()]
    assert rows == [
        ("home", "done", "", ""), ("home", "read", "http://x.test/", ""), ("links", "not_done", "", ""),
        ("links", "read", "http://x.test/hoi-dap", '["qa"]'),
    ]  # fmt: skip
    assert RECORD.rows()[2]["reason"] == '[{"code":"not_read","url":"http://x.test/a"}]'


def test_visits_that_met_the_same_have_one_hash() -> None:
    other = replace(RECORD, addresses=(replace(READ, status=403, outcome=Outcome.FAILED),))
    assert RECORD.sha256 == replace(RECORD).sha256 != other.sha256


def test_the_look_list_is_short_and_has_what_matters_first() -> None:
    looks = [LookEntry(LookMark.ACCOUNT, f"http://x.test/{n}") for n in range(20)]
    questions = LookEntry(LookMark.QUESTIONS_NAMED, "http://x.test/hoi-dap")
    found = shortlist([*looks, questions, questions])
    assert found[0] == questions and len(found) == MOST_LOOKS == len(set(found))
