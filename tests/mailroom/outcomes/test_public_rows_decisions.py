"""A person's word stands over the rules, and can be taken back."""

from datetime import timedelta

import pytest

from mailroom.intake import sync
from mailroom.outcomes import projection
from prober.errors import UsageError
from prober.reporting.words.reasons import stored
from prober.store import Database
from prober.store.private import codings, messages
from tests.languages import VIETNAMESE
from tests.mailroom.outcomes.conftest import FULL, RECEIPT, SLUGS, START, Standing, mail, request, take_in
from tests.pobi import POBI


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (mail("ca-mau", RECEIPT), "cancelled"),
        (mail("ca-mau", "Đề nghị không gửi thư này nữa."), "planned"),  # held back: a person has to read it
        (mail("ca-mau", RECEIPT, headers="Auto-Submitted: auto-replied\n"), "planned"),
        (mail("ha-giang", RECEIPT), "planned"),
    ],
    ids=["receipt", "objection", "automatic", "another agency"],
)
def test_a_word_from_a_person_cancels_the_reminder_in_the_same_transaction(
    private: Database, raw: bytes, state: str
) -> None:
    take_in(private, ((timedelta(days=1), raw),))
    query = "SELECT id, state FROM outbox WHERE agency = '2019-stc-ca-mau' AND step = 'reminder'"
    row, found = private.execute(query).fetchone()
    assert found == state
    events = private.execute("SELECT state FROM outbox_event WHERE outbox = ?", [row]).fetchall()
    assert events == ([("cancelled",)] if state == "cancelled" else [])


def test_a_persons_word_stands_over_the_rules_and_can_be_taken_back(private: Database, results: Database) -> None:
    stranger = mail("ca-mau", RECEIPT).replace(b"khao-sat+abcdefghij@", b"khao-sat@").replace(b"camau.gov", b"khac.gov")
    take_in(private, ((timedelta(days=1), stranger),))
    (waiting,) = messages.unmatched(private)
    sha256 = messages.named(private, waiting["message"])
    codings.decide(private, sha256, "pobi-2019", "2019-stc-ha-giang", "assign", "ntq", START)
    sync.process(private, Standing(), everything=True, vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    assert request(results, "ha-giang")["outcome"] == "A2"
    assert list(messages.unmatched(private)) == []
    with pytest.raises(UsageError, match="already assigned"):
        codings.decide(private, sha256, "pobi-2019", "2019-stc-ha-giang", "assign", "ntq", START)
    codings.decide(private, sha256, "pobi-2019", "2019-stc-ha-giang", "remove", "ntq", START)
    projection.project(private, results, POBI)
    assert request(results, "ha-giang")["outcome"] == "silence"
    assert private.execute("SELECT COUNT(*) FROM match_decision").fetchone() == (2,)


def test_a_wrong_match_is_undone_for_good_and_every_step_is_kept(private: Database, results: Database) -> None:
    """The rules say Cà Mau each time that mail is read; the last word of a person stands."""
    take_in(private, ((timedelta(days=1), mail("ca-mau", FULL)),))
    (sha256,) = private.execute("SELECT sha256 FROM message").fetchone()
    steps = (("ca-mau", "remove"), ("ha-giang", "assign"), ("ha-giang", "remove"), ("ca-mau", "assign"))
    standing = ("", "ha-giang", "", "ca-mau")
    for (slug, action), stands in zip(steps, standing, strict=True):
        codings.decide(private, sha256, "pobi-2019", f"2019-stc-{slug}", action, f"by {slug}", START)
        for _ in range(2):
            projection.project(private, results, POBI)
            found = {slug: request(results, slug)["outcome"] for slug in SLUGS}
            assert found == {slug: "F1" if slug == stands else "silence" for slug in SLUGS}
            assert private.execute("SELECT status FROM message").fetchone() == ("matched" if stands else "unmatched",)
            sync.process(private, Standing(), everything=True, vocabulary=VIETNAMESE)
        with pytest.raises(UsageError, match="already assigned" if action == "assign" else "is not assigned"):
            codings.decide(private, sha256, "pobi-2019", f"2019-stc-{slug}", action, "x", START)
    history = private.execute("SELECT agency, action, [by] FROM match_decision ORDER BY id").fetchall()
    assert history == [(f"2019-stc-{slug}", action, f"by {slug}") for slug, action in steps]
    ((reason,),) = results.execute("SELECT match_reason FROM reply").fetchall()
    assert stored(reason).en == "token address, sender address, by by ca-mau"
