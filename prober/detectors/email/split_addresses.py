"""Find addresses that are split in the source but look whole: by a picture for the "@", a line break, or a decoy."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from prober.detectors.email.deobfuscation import plain
from prober.domain.page import Page

# Icons of "@", by their text, class, or file name.
_SIGN = (
    'img[alt="@"], i[class*="fa-at"], span[class*="fa-at"], i[class*="bi-at"], img[src*="/at."], img[src*="/acong."]'
)
_HEAD = re.compile(r"[\w.+-]+\s*$")
_TAIL = re.compile(r"^\s*[\w-]+(?:\.[\w-]+)+")
_CUT = re.compile(r"[\w.+-]@$|[\w.+-]@[\w-]+(?:\.[\w-]+)*\.$|^@\w")


def icon_addresses(page: Page) -> Iterator[tuple[LexborNode, str]]:
    """Yield (icon, address) where a picture or an icon replaces the "@" between two pieces of text."""
    for icon in page.tree.css(_SIGN):
        before, after = icon.prev, icon.next
        head = _HEAD.search(before.text()) if before is not None else None
        tail = _TAIL.search(after.text()) if after is not None else None
        if head and tail:
            for address in plain(f"{head[0].strip()}@{tail[0].strip()}"):
                yield icon, address


def split_lines(page: Page) -> Iterator[tuple[int, str]]:
    """Yield (number of the first block, text) where a line ends within an address and the same element continues it.

    Between the two pieces there are only a line break or hidden decoys ("stc", hidden "no-spam", "@camau.gov.vn").
    """
    blocks = page.blocks
    for index, block in enumerate(blocks):
        if "@" not in block.text or block.hidden or not (cut := _CUT.search(block.text)):
            continue
        step = -1 if cut[0].startswith("@") else 1
        other = index + step
        while 0 <= other < len(blocks) and blocks[other].hidden:
            other += step
        if 0 <= other < len(blocks) and blocks[other].node.mem_id == block.node.mem_id:
            first, second = sorted((index, other))
            yield first, blocks[first].text + blocks[second].text
