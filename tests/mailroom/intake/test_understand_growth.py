"""Whatever a stranger repeats in a mail: eight times as much of it takes no more than in proportion to read."""

import time

import pytest

from mailroom.intake.understand import SentLetters, Stored, understand
from mailroom.matching import scoring
from tests.languages import VIETNAMESE
from tests.mailroom.mime.growing_mails import GROWING
from tests.office import START
from tests.processor import allowed

TIMES = 8
MOST = 2.5 * TIMES  # what is linear takes 8 times as long at most, what takes the square 64 times
ANYTHING = 0.05  # seconds of the processor that any message may take: below it a ratio says nothing
PART = 6  # a sixth of what is repeated tells the square as well; all of it is a proof
SECONDS = 2.0
REQUEST = scoring.Sent(
    "pobi-2019", "2019-stc-ca-mau", "abcdefghij", ("<abcdefghij.request.pobi-2019@prober.test>",),
    "stc@camau.gov.test", "Yêu cầu cung cấp thông tin ngân sách [YC-abcdefghij]",
    "Chúng tôi trân trọng đề nghị Quý cơ quan cung cấp các tài liệu hiện có sau đây.",
)  # fmt: skip
SENT = SentLetters(
    scoring.index((REQUEST,), VIETNAMESE), frozenset(), frozenset(), {(REQUEST.campaign, REQUEST.agency): (START,)},
    vocabulary=VIETNAMESE,
)  # fmt: skip


def cost(raw: bytes) -> float:
    """Seconds of the processor. What comes from files is read elsewhere, with limits of its own."""
    begun = time.process_time()
    assert understand(Stored(raw, START), SENT).error == ""
    return time.process_time() - begun


@pytest.mark.parametrize("part", [PART, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("name", GROWING)
def test_what_is_repeated_costs_in_proportion(name: str, part: int) -> None:
    number, made = GROWING[name]
    number = -(-number // part)
    few, many = made(number), made(number * TIMES)
    assert len(many) > len(few)
    for _ in range(3):  # another program may take the processor's cache, and tables are built when first needed
        often = cost(many)
        if often <= MOST * ANYTHING / part**2:  # else what takes the square and all of it shows would be passed here
            return  # however little the few take
        once = cost(few)
        if often <= allowed(SECONDS) and often <= MOST * once:
            return
    pytest.fail(f"{len(few)} bytes take {once:.2f} s, {len(many)} bytes {often:.2f} s")
