"""Write an OLE storage ([MS-CFB]), of at most six megabytes."""

import struct
from collections.abc import Mapping

Tree = Mapping[str, "bytes | Tree"]
END, FREE, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF
FAT = 0xFFFFFFFD
SECTOR, MINI, CUTOFF = 512, 64, 4096


def storage(tree: Tree) -> bytes:
    entries: list[list[object]] = [["Root Entry", 5, NONE, NONE, END, 0]]  # name, kind, child, next, start, size
    mini = bytearray()
    mini_fat: list[int] = []
    large: list[int] = []  # numbers of entries with sectors of their own
    contents: list[bytes] = []

    def add(inside: Tree) -> int:
        before = NONE
        for name, content in reversed(inside.items()):
            number = len(entries)
            entries.append([name, 1 if isinstance(content, dict) else 2, NONE, before, END, 0])
            if isinstance(content, bytes) and len(content) >= CUTOFF:
                large.append(number)
                contents.append(content)
                entries[number][5] = len(content)
            elif isinstance(content, bytes):
                first, count = len(mini_fat), -(-len(content) // MINI)
                mini.extend(content.ljust(count * MINI, b"\0"))
                mini_fat.extend([*range(first + 1, first + count), END] if count else [])
                entries[number][4:] = [first if count else END, len(content)]
            else:
                entries[number][2] = add(content)
            before = number
        return before

    entries[0][2] = add(tree)
    entries[0][4:] = [0, len(mini)]
    parts = [bytes(mini), struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"".join(map(_entry, entries)), *contents]
    fat: list[int] = []
    starts = []
    for part in parts:
        starts.append(len(fat))
        count = max(-(-len(part) // SECTOR), 1)
        fat += [*range(len(fat) + 1, len(fat) + count), END]
    entries[0][4] = starts[0]
    for number, start in zip(large, starts[3:], strict=True):
        entries[number][4] = start
    parts[2] = b"".join(map(_entry, entries))
    tables = -(-(len(fat) * 128 // 127 + 2) // (SECTOR // 4))
    at = len(fat)
    fat += [FAT] * tables
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIIII", 62, 3, 0xFFFE, 9, 6, 0, tables, starts[2], 0, CUTOFF, starts[1],
        -(-len(mini_fat) * 4 // SECTOR), END, 0, at,
    )  # fmt: skip
    head += (
        struct.pack("<I", FREE) * 108
        if tables == 1
        else b"".join(struct.pack("<I", at + n if n < tables else FREE) for n in range(1, 109))
    )
    body = b"".join(part.ljust(max(-(-len(part) // SECTOR), 1) * SECTOR, b"\xff" if n == 1 else b"\0")
                    for n, part in enumerate(parts))  # fmt: skip
    return head + body + struct.pack(f"<{len(fat)}I", *fat).ljust(tables * SECTOR, b"\xff")


def _entry(entry: list[object]) -> bytes:
    name, kind, child, after, start, size = entry
    raw = f"{name}\0".encode("utf-16-le")
    return raw.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI16xIII", len(raw), kind, 1, NONE, after, child, 0, start, size, 0
    )
