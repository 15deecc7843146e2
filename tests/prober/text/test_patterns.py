"""Every pattern that meets text of strangers takes time in proportion to it, whatever it is (see tests.growth).

Here only what can take the square is tried, to 64 kB; tests/proof/test_long_texts.py tries everything to 256 kB.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prober.text import patterns
from prober.text.patterns import ShortPattern
from tests.growth import ROOT, all_patterns, grows, no_endless_search, sources, use_of
from tests.pumping import endless, pumps

LENGTHS = (16_000, 32_000, 64_000)
# What `re` offers with a pattern written on the spot; escape and flags are no patterns.
INLINE = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer", "template"}


@pytest.fixture(autouse=True)
def _no_endless_search() -> Iterator[None]:
    with no_endless_search():
        yield


def test_no_pattern_takes_the_square_of_a_text() -> None:
    found = {
        name: grows(compiled, use, endless(compiled.pattern, compiled.flags), LENGTHS)
        for name, (compiled, use) in all_patterns().items()
    }
    assert {name: how for name, how in found.items() if how} == {}


SQUARES = (
    r"[a-z0-9](?:[a-z0-9.+-]*[a-z0-9])?@[a-z]+", r"\s+$", r"<a[^>]*x>", r"\d+/x", r"a.*b", r"(?:a|b)*c", r"(?:a+)+b",
    r"[\w.-]+\w@", r"(?:\s*\n)+x", r"<!--.*?-->", r"\[[^\]]*\]", r"(?:box|ящик)\w*[^.\n]{0,20}full", r"fail\w* to",
    r"\$\.(?:get|post)\([^;]*?=>",
)  # fmt: skip
SQUARES_FROM_ONE_PLACE = (r"name:\s*\s*=", r"[a-z]+x[\w.]*\.*,*\.+!", r"q(?:\w|\w\w)*z", r"\s*(?:\d*\s*)*=")


@pytest.mark.parametrize(
    ("source", "method"), [*((s, "search") for s in SQUARES), *((s, "match") for s in SQUARES_FROM_ONE_PLACE)]
)
def test_what_takes_the_square_is_seen(source: str, method: str) -> None:
    compiled = re.compile(source)
    assert grows(compiled, use_of(compiled, {method}), endless(source, compiled.flags), LENGTHS)


@pytest.mark.parametrize(
    "source", [r"(?<!\s)\s+$", r"<a[^<>]*x>", r"[\w.]{1,60}@", r"\b(?:wrote|viết)\b", r"[.!\n]+\s*"]
)
def test_what_is_linear_passes(source: str) -> None:
    compiled = re.compile(source)
    assert grows(compiled, use_of(compiled, {"search"}), pumps(source, compiled.flags), LENGTHS) == ""


def test_a_short_pattern_sees_only_the_beginning() -> None:
    short = ShortPattern(re.compile(r"\s+$"), 10)
    assert not short.search("x" * 20 + " ") and short.search("x  ") and not short.match("x")


def test_no_pattern_is_made_in_another_way() -> None:
    """Of what meets strangers' text: `re.compile`, and `re.search` and the like with a pattern written on the spot.

    A literal text behind `re.escape` is no pattern.
    """
    inline = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources()
        if path != Path(str(sys.modules[patterns.__name__].__file__))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and _of_re(call.func) in INLINE and _of_re(call.args[0]) != "escape"
    }
    assert inline == set()


def _of_re(node: ast.expr) -> str:
    """Return the name of what is taken from the module re, or ""."""
    node = node.func if isinstance(node, ast.Call) else node
    is_re = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"
    return node.attr if is_re and isinstance(node, ast.Attribute) else ""
