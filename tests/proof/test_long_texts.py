"""Every pattern on 64, 128 and 256 kB of every piece that it is made of, also where its form cannot take the square."""

import pytest

from tests.growth import all_patterns, grows, no_endless_search
from tests.pumping import pumps

LENGTHS = (64_000, 128_000, 256_000)
PARTS = 8


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_no_piece_of_a_pattern_keeps_it_busy(part: int) -> None:
    with no_endless_search():
        found = {
            name: grows(compiled, use, pumps(compiled.pattern, compiled.flags), LENGTHS)
            for name, (compiled, use) in list(all_patterns().items())[part::PARTS]
        }
    assert {name: how for name, how in found.items() if how} == {}
