"""Arms, blocks and order: the draw can be repeated, is balanced, and never puts one province into both arms."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.campaign.letters.compose import Requester
from prober.campaign.protocol import Allotment, Protocol, parse
from prober.campaign.schedule import schedule
from prober.campaign.wave import NOTHING, DrawFacts, Planned, asked, assign, digest, quality_of, sha256_of, wave
from prober.domain.agency import Agency
from prober.domain.correspondence import Step
from prober.errors import ProtocolError
from prober.store.reading.queries import qa_levels
from tests.pobi import POBI, agencies, vietnam
from tests.prober.campaign.example import SECRET

TEXT = POBI.protocol
ARMS = """
[[arm]]
name = "law"
about = "names the law"

[[arm]]
name = "plain"
about = "does not name it, and reminds sooner"
law_cited = false
reminder_working_days = 5
"""
BOTH = 'blocks = ["region", "quality"]\n'
PLAIN = parse(TEXT, "x.toml")
TWO = parse(BOTH + TEXT + ARMS, "x.toml")
REQUESTER = Requester("Nhóm khảo sát (mô phỏng)", "khao-sat@prober.test", "Viện Thử Nghiệm (mô phỏng)")
ASKED = [
    replace(a, request_email=f"{a.slug}@agency.gov.test", request_email_reviewed_by="nv")
    for a in agencies("2019", "finance")
]
LEVELS = (None, 0, 1, 2, 3, 4, 5)


def spread(places: Iterable[Allotment], key: int | None = None) -> dict[str, int]:
    """How far apart the two arms are in each block, or in each value of one part of it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for place in places:
        found[place.block if key is None else place.block.split(" · ")[key]][place.arm] += 1
    return {block: abs(arms["law"] - arms["plain"]) for block, arms in found.items()}


@st.composite
def countries(draw: st.DrawFn) -> tuple[list[Agency], DrawFacts]:
    """Agencies of up to 70 provinces, one to three in each, in up to five regions; portals of any quality."""
    found, quality = [], {}
    for number in range(draw(st.integers(1, 70))):
        region, level = f"r{draw(st.integers(0, 4))}", draw(st.sampled_from(LEVELS))
        quality[f"p{number}"] = quality_of(level)
        for office in range(draw(st.integers(1, 3))):
            agency = replace(ASKED[0], slug=f"a{number}-{office}", province=f"p{number}", pobi_region=region)
            found.append(agency)
    return found, DrawFacts(quality)


@settings(max_examples=50)
@given(countries(), st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_every_draw_is_balanced_repeatable_and_keeps_provinces_whole(country, seed, random) -> None:  # type: ignore[no-untyped-def]
    asked_, known = country
    protocol = replace(TWO, seed=seed)
    places = assign(protocol, asked_, known)
    shuffled = random.sample(asked_, len(asked_))
    assert assign(protocol, shuffled, known) == places
    provinces = {agency.province: places[agency.id] for agency in asked_}
    assert all(places[agency.id] == provinces[agency.province] for agency in asked_)
    assert max(spread(provinces.values()).values()) <= 1
    assert max(spread(provinces.values(), 0).values()) <= 1
    arms = Counter(place.arm for place in provinces.values())
    assert abs(arms["law"] - arms["plain"]) <= 1
    order = schedule(protocol, asked_, vietnam(), places)
    assert schedule(protocol, shuffled, vietnam(), places) == order
    assert sorted(agency.id for agency, _ in order) == sorted(agency.id for agency in asked_)


def test_the_63_are_32_and_31_and_both_arms_leave_on_every_day() -> None:
    known = DrawFacts({a.province: quality_of(LEVELS[n % 7]) for n, a in enumerate(ASKED)})
    places = assign(TWO, ASKED, known)
    assert sorted(Counter(place.arm for place in places.values()).values()) == [31, 32]
    days: dict[date, Counter[str]] = defaultdict(Counter)
    for agency, moment in schedule(TWO, ASKED, vietnam(), places):
        days[moment.date()][places[agency.id].arm] += 1
    assert len(days) == 3
    assert all(abs(arms["law"] - arms["plain"]) <= 4 for arms in days.values()), days


def test_every_agency_is_as_likely_in_either_arm() -> None:
    """Over 400 seeds, of which 200 are expected with a standard deviation of 10."""
    found: Counter[str] = Counter()
    for seed in range(400):
        places = assign(replace(TWO, seed=seed), ASKED[:9])
        found.update(agency for agency, place in places.items() if place.arm == "law")
    assert all(abs(found[agency.id] - 200) < 40 for agency in ASKED[:9]), found


def test_a_campaign_without_arms_is_drawn_by_region_alone() -> None:
    places = assign(PLAIN, ASKED)
    assert {place.arm for place in places.values()} == {""}
    assert {a.id: places[a.id].block for a in ASKED} == {a.id: a.pobi_region for a in ASKED}
    # The order of the campaigns that were approved before there were arms.
    order = [agency.slug for agency, _ in schedule(PLAIN, ASKED, vietnam(), places)]
    assert order[:5] == ["stc-dong-thap", "stc-son-la", "stc-ha-nam", "stc-can-tho", "stc-quang-binh"]


def test_the_second_of_two_waves_swaps_the_arms() -> None:
    first = {agency: place.arm for agency, place in assign(TWO, ASKED[:40]).items()}
    second = assign(replace(TWO, seed=7, pairs_with="first"), ASKED, DrawFacts(earlier=first))
    assert all(second[agency].arm != arm for agency, arm in first.items())
    new = Counter(place.arm for agency, place in second.items() if agency not in first)
    assert abs(new["law"] - new["plain"]) <= 1 and new.total() == 23


@pytest.mark.parametrize(("earlier", "had"), [({"x": "long"}, "long"), ({"x": ""}, "no arms")])
def test_a_pair_of_waves_has_the_same_arms(earlier: dict[str, str], had: str) -> None:
    with pytest.raises(ProtocolError, match=f"pairs_with: first had {had}, and this protocol has law, plain"):
        assign(replace(TWO, pairs_with="first"), ASKED, DrawFacts(earlier=earlier))


def test_the_hash_covers_block_arm_and_position_of_each_agency_and_no_order() -> None:
    row = {"agency": "a", "block": "b", "arm": "c", "position": 1}
    other = row | {"agency": "d"}
    assert sha256_of([row, other]) == sha256_of([other, row])
    assert all(sha256_of([row | {key: "z"}, other]) != sha256_of([row, other]) for key in row)


# --- letters of arms


def letters(protocol: Protocol, known: DrawFacts = NOTHING) -> list[Planned]:
    return wave(protocol, "w", SECRET, ASKED[:12], REQUESTER, POBI, known)


def test_the_letters_of_two_arms_differ_in_what_the_protocol_says_and_in_nothing_else() -> None:
    planned = letters(TWO)
    assert len(planned) == 24 and len({item.letter.message_id for item in planned}) == 24
    alone = {(i.letter.agency, i.letter.step): i.letter for i in letters(PLAIN)}
    for item in planned:
        same = item.letter.raw == alone[item.letter.agency, item.letter.step].raw
        assert same == (item.arm == "law" or item.letter.step is Step.REMINDER)
        if item.letter.step is Step.REQUEST:
            assert ("104/2016" in item.letter.text) == (item.arm == "law")


def test_an_arm_without_reminder_has_none() -> None:
    protocol = parse(TEXT + ARMS.replace("= 5", "= 0"), "x.toml")
    steps = Counter((item.arm, item.letter.step) for item in letters(protocol))
    assert steps["plain", Step.REMINDER] == 0 and steps["law", Step.REMINDER] == steps["law", Step.REQUEST]


def test_a_receipt_is_asked_for_only_where_the_protocol_says_so() -> None:
    line = "vui lòng trả lời thư này để xác nhận đã nhận được"
    (first, *_), (with_receipt, *_) = letters(PLAIN), letters(replace(PLAIN, receipt=True))
    assert line not in first.letter.text and line in with_receipt.letter.text


def test_the_one_who_asks_is_the_one_of_the_protocol() -> None:
    with pytest.raises(ProtocolError, match=r"sender: the protocol says citizen, and \[sender\] citizen makes it"):
        letters(replace(PLAIN, sender="citizen"))
    assert letters(replace(PLAIN, sender="organisation"))


def test_a_pilot_asks_its_units_alone() -> None:
    ready, _ = asked(replace(PLAIN, units=("stc-ca-mau", "stc-ha-noi")), ASKED)
    assert sorted(agency.slug for agency in ready) == ["stc-ca-mau", "stc-ha-noi"]
    with pytest.raises(ProtocolError, match="units: no agency of frame '2019' and kind 'finance': ca-mau"):
        asked(replace(PLAIN, units=("ca-mau",)), ASKED)


def test_the_law_does_not_change_inside_a_wave() -> None:
    protocol = replace(PLAIN, first_day=date(2026, 8, 27), per_day=5)
    with pytest.raises(ProtocolError, match="last letter would leave on 2026-09-03, when ATI-2026 is in force"):
        letters(protocol)
    assert letters(replace(protocol, per_day=12))


def test_the_approval_covers_the_arms() -> None:
    rows = [
        {"agency": i.letter.agency, "step": i.letter.step, "token": "", "message_id": "", "mail_from": "", "rcpt": ""}
        | {"raw": i.letter.raw}
        for i in letters(TWO)
    ]
    assert digest("p", rows) != digest("p", [row | {"raw": b""} for row in rows])


def test_quality_is_that_of_the_portal_in_the_latest_crawl(survey: Any) -> None:
    portals = agencies("2019", "portal")[:4]
    survey.registry([*portals, *(a for a in ASKED if a.province in {p.slug for p in portals})])
    scan = survey.scan()
    levels = {"found": 5, "not_found": 0, "not_seen": 0}
    for portal, state in zip(portals, levels, strict=False):
        survey.visit(scan, portal.id)
        survey.verdict(scan, portal.id, "qa", state, level=levels[state])
    found = {province: quality_of(level) for province, level in qa_levels(survey.db, "2019").items()}
    assert found == {p.slug: q for p, q in zip(portals, ("high", "low", "unknown", "unknown"), strict=True)}
    assert qa_levels(survey.db, "2025") == {}
