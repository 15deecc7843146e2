"""Messages at which the line broke. Pure bookkeeping, over several connections.

A server that cannot read one message may hang up on whoever asks for it (Dovecot does: BYE "FETCH failed"), each time;
and a line may break at any message without its fault. So whatever was asked for when the line broke is asked for one by
one, and what breaks it twice more, alone, is asked for no more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

GIVEN_UP = 3  # breaks of the line: one among others, two alone

Asked = tuple[object, str, int]  # folder, items, UID


class Suspects:
    """Of one mailbox. Made by whoever makes its connections, and handed to each of them."""

    def __init__(self) -> None:
        self._breaks: Counter[Asked] = Counter()
        self._waiting: dict[str, list[Asked]] = {}  # tag of a question without an answer yet → what it asks for

    def parts(self, folder: object, items: str, uids: Sequence[int]) -> Iterator[Sequence[int]]:
        """`uids` in the parts in which they are to be asked for."""
        doubted = {uid: self._breaks[folder, items, uid] for uid in uids} if self._breaks else {}
        alone = [[uid] for uid, breaks in doubted.items() if 0 < breaks < GIVEN_UP]
        yield from filter(None, ([uid for uid in uids if not doubted.get(uid)], *alone))

    def asked(self, tag: str, folder: object, items: str, uids: Sequence[int]) -> None:
        self._waiting[tag] = [(folder, items, uid) for uid in uids]

    def answered(self, tag: str) -> None:
        for one in self._waiting.pop(tag):
            del self._breaks[one]  # it was not its fault; a Counter does not mind one that is not there

    def broke(self) -> bool:
        """The line is lost. True if it was at messages, which are asked for in another way from now on.

        A server answers in order: the oldest question is the one at which it broke.
        """
        oldest = next(iter(self._waiting.values()), [])
        self._breaks.update(oldest)
        self.spare()
        return bool(oldest)

    def spare(self) -> None:
        """The line was given up, and not by the server: no message is to blame."""
        self._waiting.clear()
