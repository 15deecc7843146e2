"""Which channel an address of a social network is."""

import pytest

from prober.detectors.social import normalise
from prober.domain.page import Link

CHANNELS = [
    ("https://m.facebook.com/cttdtcamau/?ref=x", "https://www.facebook.com/cttdtcamau"),
    ("https://www.facebook.com/plugins/page.php?href=https%3A%2F%2Ffacebook.com%2Fcamau", "https://www.facebook.com/camau"),
    ("https://www.facebook.com/profile.php?id=100064", "https://www.facebook.com/100064"),
    ("https://www.facebook.com/sharer/sharer.php?u=x", None),
    ("https://www.facebook.com/camau/posts/12", None),
    ("https://www.facebook.com/", None),
    ("https://www.youtube.com/embed/abc", None),
    ("https://www.youtube.com/watch?v=abc", None),
    ("https://www.youtube.com/channel/UCabc", "https://www.youtube.com/channel/UCabc"),
    ("https://zalo.me/0912345678", None),
    ("https://zalo.me/giaothongcamau", "https://zalo.me/giaothongcamau"),
    ("https://twitter.com/intent/tweet?x", None),
    ("https://www.tiktok.com/@camau", "https://www.tiktok.com/@camau"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "channel"), CHANNELS)
def test_channel(url: str, channel: str | None) -> None:
    found = normalise(Link(url, "", "footer", url))
    assert (found[2] if found else None) == channel
