"""A wave of letters: who is asked, and what an approval covers."""

from dataclasses import replace

import pytest

from prober.campaign.letters.mime import ALPHABET
from prober.campaign.wave import asked, digest, wave
from prober.errors import ProtocolError
from tests.pobi import POBI
from tests.prober.campaign.example import ASKED, CA_MAU, PROTOCOL, REQUESTER, SECRET


def test_all_letters_differ_where_they_must() -> None:
    planned = wave(PROTOCOL, "pobi-2019", SECRET, ASKED, REQUESTER, POBI)
    assert len(planned) == 126
    assert len({item.letter.message_id for item in planned}) == 126
    assert len({item.letter.token for item in planned}) == 63
    assert all(set(item.letter.token) <= set(ALPHABET) for item in planned)
    again = wave(PROTOCOL, "pobi-2019", SECRET, ASKED[::-1], REQUESTER, POBI)
    assert [item.letter.raw for item in again] == [item.letter.raw for item in planned]


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


def test_all_that_is_missing_is_told_at_once() -> None:
    first, second, third, *others = ASKED
    lacking = [first, replace(second, request_email=first.request_email), replace(third, request_email=""), *others]
    strange = replace(PROTOCOL, units=(*(agency.slug for agency in ASKED), "stc-atlantis"))
    with pytest.raises(ProtocolError) as refused:
        asked(strange, lacking)
    units, without, doubles = str(refused.value).splitlines()
    assert units.endswith(": stc-atlantis") and f"1 of {len(ASKED)} agencies" in without and third.slug in without
    assert f"{first.slug}, {second.slug} share" in doubles


def test_only_the_frame_and_kind_of_the_protocol() -> None:
    others = [replace(CA_MAU, frame="2025"), replace(CA_MAU, kind="portal")]
    with pytest.raises(ProtocolError, match="no agency of frame '2019'"):
        asked(PROTOCOL, others)
    assert asked(PROTOCOL, [*ASKED, *others])[0] == ASKED


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
