"""Make the words in addresses: folded, or with lost letters as on old Joomla and Liferay sites."""

import re
import unicodedata


def slug_of(text: str, lost: str = "") -> str:
    """Return the slug of a text. `lost` names the letters that the site loses: "đ" alone, or "all" with marks.

    >>> slug_of("Hỏi đáp"), slug_of("Hỏi đáp", "đ"), slug_of("Tin tức", "all")
    ('hoi-dap', 'hoi-ap', 'tin-t-c')
    """
    lower = unicodedata.normalize("NFC", text).lower()
    if lost == "đ":
        lower = lower.replace("đ", "")
    plain = re.sub(r"[^a-z0-9]+", "-", lower if lost == "all" else _folded(lower))
    return plain.strip("-")


def camel(slug: str) -> str:
    """Return `HoiDap` for `hoi-dap`, the form of page names on ASP.NET sites."""
    return "".join(word.capitalize() for word in slug.split("-"))


def ascii_words(text: str) -> str:
    """Return `Ca Mau` for `Cà Mau`: for PDF text and file names."""
    return _folded(text).replace("Đ", "D")


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
