"""How fast this machine is now: limits of time were set on one that counts the words of a text in 80 ms."""

import time
from collections import Counter

WORDS, SECONDS = 200_000, 0.08


def allowed(seconds: float) -> float:
    """Return `seconds`, or as much more as this machine takes longer for the words than the one they were set on."""
    begun = time.process_time()
    Counter(" ".join(map(str, range(WORDS))).split())
    return seconds * max(1.0, (time.process_time() - begun) / SECONDS)
