"""What may stand in a letter: no character that ends a header, hides text or reorders it."""

import unicodedata

# Line feed is the only control character of a body; a header has none at all.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = frozenset("\u200b\u2060\ufeff\u2028\u2029\x85")


def fault(value: str, multiline: bool = False) -> str:
    """Why `value` may not stand in a letter, or "".

    A CR or LF in a merge field would start a header of the writer's choice; a bidi control shows the reader another
    text than the one approved. Refused, never cleaned: a cleaned field is not the field that was approved.

    >>> fault("Sở Tài chính\\r\\nBcc: all@example.test")
    'holds the control character U+000D'
    >>> fault("Sở Tài chính")
    ''
    """
    for char in value:
        if char == "\n" and multiline:
            continue
        if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn"):
            return f"holds the control character U+{ord(char):04X}"
        if char in BIDI:
            return f"holds the direction mark U+{ord(char):04X}, which can show another text than the one approved"
        if char in INVISIBLE:
            return f"holds the invisible character U+{ord(char):04X}"
    if unicodedata.normalize("NFC", value) != value:
        return "is not in Unicode normal form C"
    return ""
