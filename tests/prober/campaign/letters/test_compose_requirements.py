"""What the law asks of a request: each requirement met or not, from protocol and sender alone."""

from dataclasses import replace
from typing import Any

import pytest

from prober.campaign.letters.compose import Requester, requirements
from prober.campaign.protocol import Protocol, parse
from prober.domain.reason import Reason, Reasons, from_json, to_json
from prober.studies.law import Judged
from tests.pobi import POBI

TEXT = POBI.protocol
COMPLETE = replace(parse(TEXT, "pobi-2019.toml"), form="01a", identity=True)
CITIZEN = Requester("Nguyễn Thị Thử Nghiệm", "nguyen@prober.test", "", "Số 1, Hà Nội", "024 0000 0000", citizen=True)

# (changes to the protocol, changes to the requester) → requirements that are not met
LACKS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "complete": ({}, {}, []),
    "English below": ({"language": "vi+en"}, {}, []),
    "no number": ({"identity": False}, {}, ["identity"]),
    "no slip": ({"form": "none", "identity": False}, {}, ["slip", "identity"]),
    "an organisation alone": ({"form": "01b", "identity": False}, {"citizen": False}, ["citizen", "identity"]),
    "no address": ({}, {"postal_address": ""}, ["address"]),
    "no telephone is no gap": ({}, {"phone": ""}, []),
    "no contact": ({}, {"phone": "", "address": ""}, ["contact"]),
    "no document": ({"documents": ()}, {}, ["documents"]),
    "no purpose": ({"purpose": ""}, {}, ["purpose"]),
    "the law of 2026": ({"regime": "ATI-2026"}, {}, ["known"]),
}


def case(name: str) -> tuple[Protocol, Requester, list[str]]:
    protocol, requester, lacking = LACKS[name]
    return replace(COMPLETE, **protocol), replace(CITIZEN, **requester), lacking


def reasons(rows: tuple[Judged, ...]) -> Reasons:
    return tuple(reason for row in rows for reason in row.lacking)


@pytest.mark.parametrize("name", LACKS)
def test_what_a_request_lacks(name: str) -> None:
    protocol, requester, lacking = case(name)
    rows = requirements(protocol, requester, POBI)
    assert [row.field for row in rows if not row.met] == lacking
    assert all(bool(row.why) != row.met for row in rows)
    assert all(
        row.article and row.article in row.why for row in rows if not row.met and row.field not in ("known", "citizen")
    )
    assert (reasons(rows) == ()) == (not lacking)


@pytest.mark.parametrize("name", LACKS)
def test_stored_reasons_read_back_as_the_rows_they_were_made_from(name: str) -> None:
    protocol, requester, _ = case(name)
    rows = requirements(protocol, requester, POBI)
    assert POBI.law.judged_then(protocol.regime, from_json(to_json(reasons(rows)))) == rows


def test_what_was_lacking_by_the_file_of_another_day_is_still_lacking() -> None:
    protocol, requester, _ = case("no number")
    rows = requirements(protocol, requester, POBI)
    words, others = Reason("text", text="words of 2019"), Reason("lacks", regime=protocol.regime, requirement="stamp")
    *listed, last = POBI.law.judged_then(protocol.regime, (words, *reasons(rows), others, others))
    assert tuple(listed) == rows
    assert (last.field, last.met, last.why) == ("unlisted", False, "words of 2019; stamp")


def test_ten_requirements_each_with_its_article() -> None:
    rows = requirements(COMPLETE, CITIZEN, POBI)
    assert [(row.field, row.article) for row in rows] == [
        ("citizen", "4, 36"), ("slip", "24.1"), ("language", "24.2"), ("name", "24.2a"), ("address", "24.2a"),
        ("identity", "24.2a"), ("contact", "24.2a"), ("documents", "24.2b"), ("provision", "24.2c"),
        ("purpose", "24.2d"),
    ]  # fmt: skip
    assert all(row.about.endswith(".") and ";" not in row.about for row in rows)
