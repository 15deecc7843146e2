"""Send what is due, and wait at a point of a letter to be interrupted: run by test_send_due_interrupt.

The arguments are the private database, the port of the mail server and the name of the point.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from mailroom.sending import send_due as sending
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Sender, Smtp
from prober.store import open_private
from tests.mailroom.sending.test_send_due import SteppedClock
from tests.pobi import POBI


def main(path: Path, port: int, label: str) -> None:
    def at(reached: str) -> None:
        if reached == label:
            print(reached, flush=True)
            sys.stdin.readline()  # goes on when the signal has been sent

    sending.GRACE_SECONDS = 0.5
    clock = SteppedClock(datetime.fromisoformat("2020-04-13T08:00:00+07:00"))
    smtp = Smtp(host="127.0.0.1", port=port, tls="none", seconds_between=0)
    sender = Sender(name="Nhóm khảo sát (mô phỏng)", address="khao-sat@prober.test")
    until = clock.now() + timedelta(days=1)
    try:
        send_due(SendingRun(open_private(path), "w", smtp, sender, clock, POBI, until, at=at))
    except KeyboardInterrupt:
        print("interrupted", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
