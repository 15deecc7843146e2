"""An older copy of private.db whose send journal is lost: what else knows which letters have left, and is asked."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from mailroom.outcomes import projection
from prober.cli import cli
from prober.domain.correspondence import LetterReason
from prober.domain.reason import Reason, from_json
from prober.services.context import Context
from prober.store import open_private, open_results, send_journal, transaction
from prober.store.private import outbox
from prober.store.results import registry
from tests.mailroom.sending.test_send_due import AGENCY, START, Orders, SteppedClock, approved, asked, peer, send
from tests.pobi import POBI

REMINDED = START + timedelta(days=14)


def test_results_db_knows_what_left(tmp_path: Path) -> None:
    """Three were asked after the copy was made: one letter is refused, two are accepted, and one of these reminded."""
    private, results = approved(tmp_path / "p.db", number=3, reminder=10), open_results(tmp_path / "r.db")
    registry.sync(results, asked(3), (), "sandbox")
    projection.project(private, results, POBI)
    assert outbox.published_as_left(results) == []
    private.close()  # the last connection: its log is in the file
    shutil.copy(tmp_path / "p.db", tmp_path / "backup.db")

    private, orders = open_private(tmp_path / "p.db"), Orders({f"RCPT {AGENCY}": "550 5.1.1 unknown"})
    with peer(orders) as port:
        send(private, port, SteppedClock())
        with transaction(private):
            why = Reason(LetterReason.COPY_CAME)
            outbox.move(private, 6, ("planned",), "accepted", why, REMINDED, accepted_at=REMINDED.isoformat())
        projection.project(private, results, POBI)
        (out,) = {len(orders.copies)}
        send_journal.beside(private).unlink()
        private.close()
        shutil.copy(tmp_path / "backup.db", tmp_path / "p.db")

        private = open_private(tmp_path / "p.db")
        left = outbox.published_as_left(results)
        assert sorted((one.step, bool(one.at)) for one in left) == [
            ("reminder", True), ("request", True), ("request", True),
        ]  # fmt: skip
        begun_anew = [one._replace(at="2020-04-01T08:00:00+07:00") for one in left]
        assert outbox.doubt_unpublished(private, begun_anew) == 0
        assert outbox.doubt_unpublished(private, [outbox.Left("other", "nobody", "request", left[0].at)]) == 0
        projection.project(private, results, POBI)
        assert outbox.doubt_unpublished(private, left) == 0
        states = "SELECT agency, step, attempts, sending_since, reason FROM outbox WHERE state = 'uncertain'"
        known = {(one.agency, one.step): one.at for one in left}
        for agency, step, attempts, since, reason in private.execute(states).fetchall():
            assert (attempts, since) == (1, known.pop((agency, step)))
            assert from_json(reason) == (Reason(LetterReason.IN_RESULTS),)
        assert known == {}
        send(private, port, SteppedClock())
    assert len(orders.copies) == out == 2  # the refused one was tried again, and refused again
    private.close()
    results.close()


LIVE = """world = "live"
[crawl]
user_agent = "prober-test (https://prober.test/)"
[sender]
name = "Nhóm khảo sát (mô phỏng)"
address = "khao-sat@prober.test"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
[imap]
host = "127.0.0.1"
port = 1
user = "khao-sat"
tls = "none"
password_file = "password"
"""


def test_late_letters_stay_where_the_mailbox_cannot_be_asked(tmp_path: Path) -> None:
    """The wave was to leave months ago. Perhaps it did, and all of this folder is an older copy."""
    orders = Orders()
    with peer(orders) as port:
        config = tmp_path / "prober.toml"
        config.write_text(LIVE.format(port=port), encoding="utf-8")
        (tmp_path / "password").write_text("x", encoding="utf-8")
        (tmp_path / "password").chmod(0o600)
        with Context(config) as context:
            context.sync_registry()
            for agency in registry.stored(context.results, "2019", "finance")[:3]:
                registry.accept(context.results, agency.id, f"{agency.slug}@agency.gov.test", "", by="nv", at=START)

        def campaign(*words: str, code: int = 0) -> str:
            done = CliRunner().invoke(cli, ["--config", str(config), "campaign", *words])
            assert done.exit_code == code, (words, done.output)
            return done.output

        campaign("new", "w", "--without-address")
        protocol = tmp_path / "campaigns" / "w.toml"
        text = re.sub(r"(?m)^first_day = \S+", "first_day = 2026-09-07", protocol.read_text(encoding="utf-8"))
        protocol.write_text(text, encoding="utf-8")
        campaign("approve", "w", "--by", "nv", "--name", "w")
        said = campaign("send", "w", "--live", code=1)
    assert "3 letters should have left by now" in said
    assert "nothing was sent, because the mailbox could not be read: 127.0.0.1:1" in said
    assert orders.copies == []
