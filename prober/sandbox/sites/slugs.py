"""Words as they stand in addresses: folded, or with letters lost as old Joomla and Liferay sites have it."""

import re
import unicodedata


def slug_of(text: str, lost: str = "") -> str:
    """`Hỏi đáp` → `hoi-dap`. `lost` says which letters the site loses: "đ" alone, or "all" that carry marks.

    >>> slug_of("Hỏi đáp"), slug_of("Hỏi đáp", "đ"), slug_of("Tin tức", "all")
    ('hoi-dap', 'hoi-ap', 'tin-t-c')
    """
    lower = unicodedata.normalize("NFC", text).lower()
    if lost == "đ":
        lower = lower.replace("đ", "")
    plain = re.sub(r"[^a-z0-9]+", "-", lower if lost == "all" else _folded(lower))
    return plain.strip("-")


def camel(slug: str) -> str:
    """`hoi-dap` → `HoiDap`, as ASP.NET sites name their pages."""
    return "".join(word.capitalize() for word in slug.split("-"))


def ascii_words(text: str) -> str:
    """`Cà Mau` → `Ca Mau`: for PDF text and file names."""
    return _folded(text).replace("Đ", "D")


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
