"""What is kept of a message: one way into private.db and one way out."""

import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from prober.domain.correspondence import PUBLIC_FACTS, Letterhead, MessageDetail, Recipient
from prober.store.schema.mail_tables import REPLY

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
RECIPIENTS = st.lists(st.builds(Recipient, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple)
LETTERHEADS = st.builds(Letterhead, TEXT, TEXT, TEXT, TEXT, TEXT, st.none() | st.floats(0, 1))
DETAILS = st.builds(
    MessageDetail, RECIPIENTS, st.booleans(), WORDS, WORDS, WORDS, TEXT, st.none() | TEXT, TEXT, WORDS, WORDS,
    LETTERHEADS, TEXT, WORDS,
)  # fmt: skip


@given(DETAILS)
def test_what_is_written_is_read_again(detail: MessageDetail) -> None:
    assert MessageDetail.from_json(detail.to_json()) == detail


def test_a_fact_that_was_not_kept_yet_has_its_default() -> None:
    assert MessageDetail.from_json("{}") == MessageDetail()
    assert MessageDetail.from_json('{"undelivered": true}') == MessageDetail(undelivered=True)


def test_every_fact_is_stored_under_its_own_name() -> None:
    assert set(json.loads(MessageDetail().to_json())) == {field.name for field in fields(MessageDetail)}


def test_a_public_fact_is_a_column_of_replies_with_the_default_of_its_field() -> None:
    columns = {column.name: column for column in REPLY.columns}
    empty = MessageDetail().public()
    assert {"second_opinion": "", "opinion_margin": 0.0}.items() <= empty.items()
    assert [(columns[fact.name].about, columns[fact.name].default) for fact in PUBLIC_FACTS.values()] == [
        (fact.about, repr(empty[fact.name]).removesuffix(".0")) for fact in PUBLIC_FACTS.values()
    ]


@given(DETAILS)
def test_a_public_fact_is_shown_as_it_is_kept(detail: MessageDetail) -> None:
    assert detail.public() == {fact.name: getattr(detail, held) for held, fact in PUBLIC_FACTS.items()}
