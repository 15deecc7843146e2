"""Text typed with the fonts of the past is repaired, and other languages are left alone."""

import pytest

from mailroom.mime.decoding import header_text, text_of
from prober.text.charsets import from_tcvn3, from_vni, repair_fonts
from prober.text.vietnamese import decode

TCVN3 = "Hái ®¸p: ñy ban nh©n d©n tØnh Cµ Mau tr¶ lêi c«ng d©n vÒ dù to¸n ng©n s¸ch, quyÕt to¸n vµ c«ng khai tµi chÝnh"
VNI = "Hoûi ñaùp: uûy ban nhaân daân tænh Caø Mau traû lôøi coâng daân veà döï toaùn ngaân saùch, vaø coâng khai"


def test_fonts_of_the_past() -> None:
    assert from_tcvn3("hµnh chÝnh") == "hành chính"
    assert from_vni("Hoûi ñaùp") == "Hỏi đáp"
    assert "hỏi đáp" in decode(TCVN3.encode()).lower().replace("h\u1ecfi \u0111\u00e1p", "hỏi đáp")
    assert "ngân sách" in decode(TCVN3.encode())
    assert "ngân sách" in decode(VNI.encode())


WESTERN = (
    "Le dossier a été reçu à Paris, merci. Où est-ce ? Très bien, élève, naïf, là.", "Müller, für über schön größer",
    "está más qué sí también él mañana", "não é só à você está lá já", "Zürich – 25 °C ± 2, © 2020 ½ «ok» ®",
    "thé, né, là",
)  # fmt: skip


@pytest.mark.parametrize("text", WESTERN)
def test_other_languages_are_read_as_they_are(text: str) -> None:
    assert repair_fonts(text) == text
    for code, label in (
        ("utf-8", "utf-8"),
        ("utf-8", ""),
        ("cp1252", "iso-8859-1"),
        ("cp1252", ""),
        ("cp1252", "utf-8"),
    ):
        assert text_of(text.encode(code), label)[0] == text


def test_a_short_subject_typed_with_a_font_is_read() -> None:
    assert header_text("Tr¶ lêi yªu cÇu") == "Trả lời yêu cầu"
    assert header_text("Traû lôøi yeâu caàu") == "Trả lời yêu cầu"
