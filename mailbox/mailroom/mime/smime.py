"""Take the content out of S/MIME that is signed as a whole (RFC 5652): the signature encloses a readable letter.

Only the BER structure is read; no signature is checked. `signed_content` does not raise. asn1crypto 1.5 was weighed: it
reads no string that comes in pieces (0x24), as programs write it that do not know its length, so this module would be
needed all the same. A test holds it against asn1crypto on a string in one piece.
"""

from collections.abc import Iterator

_SIGNED = bytes.fromhex("2a864886f70d010702")  # the identifier of signed data
_SEQUENCE, _CONTENT, _PIECES = 0x30, 0xA0, 0x24  # tags; a string may come in pieces
_DEEPEST = 30
_MOST = 300_000  # elements that are read; 30 MB in pieces of a kilobyte need 150,000 reads
_Element = tuple[int, int, int]  # tag, start and end of the content


def signed_content(data: bytes) -> bytes:
    """Return the bytes that were signed; b"" if they are not inside, or `data` is encrypted or broken."""
    frame = _Frame(data)
    try:
        kind, wrapped = frame.elements(frame.first((0, 0, len(data)), _SEQUENCE))
        if data[kind[1] : kind[2]] != _SIGNED:
            return b""
        content = frame.first(frame.first(frame.first(wrapped, _SEQUENCE), _SEQUENCE), _CONTENT)
        return b"".join(frame.octets(frame.elements(content)[0]))
    except (IndexError, ValueError):
        return b""


class _Frame:
    """Read nested elements as BER writes them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = _MOST

    def octets(self, string: _Element, depth: int = 0) -> Iterator[bytes]:
        tag, start, end = string
        if tag != _PIECES:
            yield self.data[start:end]
        elif depth < _DEEPEST:
            for piece in self.elements(string):
                yield from self.octets(piece, depth + 1)

    def first(self, holder: _Element, tag: int) -> _Element:
        return [element for element in self.elements(holder) if element[0] == tag][0]

    def elements(self, holder: _Element) -> list[_Element]:
        """Return the elements inside `holder`, up to the mark that ends one of indefinite length."""
        _, at, end = holder
        found = []
        while at < end and self.data[at : at + 2] != b"\0\0":
            element, at = self.element(at)
            found.append(element)
        return found

    def element(self, at: int, depth: int = 0) -> tuple[_Element, int]:
        """Return the element at `at`, and the position after it.

        Raises ValueError for one that is cut off or too deep, and after too many elements.
        """
        tag, length = self.data[at], self.data[at + 1]
        at += 2
        self.left -= 1
        if depth > _DEEPEST or self.left < 0:
            raise ValueError("too deep, or too many")
        if length == 0x80:  # indefinite length: the element ends at two zero bytes
            start = at
            while self.data[at : at + 2] != b"\0\0":
                _, at = self.element(at, depth + 1)
            return (tag, start, at), at + 2
        if length > 0x80:
            size = length & 0x7F
            length = int.from_bytes(self.data[at : at + size], "big")
            at += size
        if at + length > len(self.data):
            raise ValueError("cut off")
        return (tag, at, at + length), at + length
