"""Ctrl-C while a letter is on the wire: its fate is on disk, or it is in doubt, and it is never sent again."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailroom.sending.send_due import GRACE_SECONDS
from prober.store import open_private
from tests.mailroom.sending.test_send_due import Orders, SteppedClock, approved, peer, send, state

CHILD = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from mailroom.sending import send_due as sending
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.store import open_private
from tests.pobi import POBI

sending.GRACE_SECONDS = 0.5

class Stepped:
    def __init__(self, moment): self.moment = moment
    def now(self): return self.moment
    async def sleep_until(self, moment): self.moment = max(self.moment, moment)

def at(label):
    if label == sys.argv[3]:
        print(label, flush=True)
        sys.stdin.readline()  # goes on when the signal has been sent

clock = Stepped(datetime.fromisoformat("2020-04-13T08:00:00+07:00"))
smtp = Smtp(host="127.0.0.1", port=int(sys.argv[2]), tls="none", seconds_between=0)
sender = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
db = open_private(Path(sys.argv[1]))
try:
    send_due(SendingRun(db, "w", smtp, sender, clock, POBI, clock.now() + timedelta(days=1), at=at))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

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
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(port), label],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with child:
            assert child.stdin and child.stdout
            assert child.stdout.readline().strip() == label
            child.send_signal(signal.SIGINT)
            child.stdin.write("\n")
            child.stdin.flush()
            assert child.stdout.read().strip() == "interrupted"
        assert child.returncode == 0
        db = open_private(path)
        assert state(db) == (wanted, 1)
        assert len(orders.copies) == copies
        again = send(db, port, SteppedClock())  # the next run finds nothing to send a second time
        assert len(orders.copies) == copies and again.totals == {wanted: 1}
        db.close()
    assert GRACE_SECONDS > 1  # what a person gets; the children above are less patient
