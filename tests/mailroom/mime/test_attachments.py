"""Names of attachments are safe, and each is another."""

from hypothesis import given
from hypothesis import strategies as st

from mailroom.mime import attachments


@given(st.lists(st.text(max_size=300), max_size=8))
def test_attachment_names_are_safe_and_unique(names: list[str]) -> None:
    made = attachments.describe([attachments.Part(name, "text/csv", b"1;2") for name in names])
    shown = [a.name.lower() for a in made]
    assert len(set(shown)) == len(names)
    assert not any(c in name for name in shown for c in '/\\\0<>:"\r\n')
    assert all(0 < len(name) <= attachments.MAX_NAME + 4 for name in shown)
