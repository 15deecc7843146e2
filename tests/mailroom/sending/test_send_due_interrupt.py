"""Ctrl-C while a letter is on the wire: its fate is on disk, or it is in doubt, and it is never sent again."""

import os
import signal
from pathlib import Path

import pytest

from mailroom.sending.send_due import GRACE_SECONDS
from prober.store import open_private
from tests import forked
from tests.mailroom.sending.test_send_due import Orders, SteppedClock, approved, peer, send, state

# where, what the server does → state of the letter, copies that the server has
STORIES = {
    "before DATA": ("copy", {}, "accepted", 1),  # the conversation is carried to its end
    "inside DATA": ("data", {}, "accepted", 1),
    "after the dot": ("dot", {}, "accepted", 1),
    "after the dot, answered late": ("dot", {"DOT": "late"}, "accepted", 1),
    "after the dot, refused late": ("dot", {"DOT": "554 no"}, "refused", 0),
    "after the dot, never answered": ("dot", {"DOT": "mute"}, "uncertain", 1),
}


@pytest.mark.parametrize("story", STORIES)
def test_ctrl_c(story: str, tmp_path: Path) -> None:
    label, misdeeds, wanted, copies = STORIES[story]
    path, orders = tmp_path / "p.db", Orders(dict(misdeeds))
    approved(path, number=1).close()
    with peer(orders) as port:
        child = forked.command("tests.mailroom.sending.interrupted_child", str(path), str(port), label)
        with child.stdin, child.stdout:
            assert child.stdout.readline().strip().decode() == label
            os.kill(child.pid, signal.SIGINT)
            child.stdin.write(b"\n")
            child.stdin.flush()
            assert child.stdout.read().strip() == b"interrupted"
        assert child.wait(20) == 0
        db = open_private(path)
        assert state(db) == (wanted, 1)
        assert len(orders.copies) == copies
        again = send(db, port, SteppedClock())  # the next run finds nothing to send a second time
        assert len(orders.copies) == copies and again.totals == {wanted: 1}
        db.close()
    assert GRACE_SECONDS > 1  # what a person gets; the children above are less patient
