"""What people are told of: once, by real SMTP and HTTP servers, in a live world, and never an agency."""

import asyncio
import dataclasses
import email
import email.policy
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from prober.config.load import Config
from prober.config.sections import Alarms, Sender, Smtp
from prober.config.simulated import embedded
from prober.domain.reason import Reason, to_json
from prober.domain.world import World
from prober.errors import ConfigError, ProberError, UsageError
from prober.services import alarms
from prober.services.context import Context
from prober.services.mailbox.sync import SyncSummary, _announced
from prober.services.nightly import _alarms, nightly
from prober.services.nights.night_steps import NightRun, NightStep
from prober.store import integrity, open_private, open_results
from prober.store.private.alarm_queue import Alarm, keep, waiting
from tests.prober.services.test_nightly import Moving

TO = "nguoi-truc@prober.test"


class Mailbox:
    """A real SMTP server, and what it took: (recipient, message)."""

    def __init__(self, refuses: bool = False) -> None:
        self.taken: list[tuple[str, Any]] = []
        self._refuses = refuses

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self._refuses:
            return "451 4.3.0 later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken += [(rcpt, message) for rcpt in envelope.rcpt_tos]
        return "250 OK"


@contextmanager
def smtp(refuses: bool = False) -> Iterator[tuple[Mailbox, Smtp]]:
    mailbox, loop = Mailbox(refuses), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    begun = loop.create_server(lambda: SMTP(mailbox, loop=loop), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(begun, loop).result(30)
    try:
        yield mailbox, Smtp(host="127.0.0.1", port=server.sockets[0].getsockname()[1], tls="none")
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@contextmanager
def webhook() -> Iterator[tuple[list[dict[str, str]], str]]:
    """A real HTTP server, and what was posted to it."""
    posted: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(204 if self.path != "/gone" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield posted, f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def study(folder: Path, server: Smtp | None, world: World = World.LIVE, **settings: Any) -> Iterator[Context]:
    sender = Sender(name="Khảo sát", address="survey@prober.test")
    config: Config = dataclasses.replace(
        embedded(folder), world=world, smtp=server, sender=sender, dkim=None, imap=(), alarms=Alarms(**settings)
    )
    with Context(config=config) as context:
        yield context


def tell(context: Context) -> list[str]:
    return alarms.tell(context, context.private, context.results)


def night(context: Context, **steps: str) -> int:
    """A pass of a night with these steps, each with the error that ended it, or ""; the number of the night."""

    def ended(error: str) -> dict[str, int]:
        if error:
            raise ProberError(error)
        return {}

    with context.run("nightly"):
        done = NightRun(context.results, context.run_number, context.clock.now)
        for name, error in steps.items():
            done.do(NightStep(name, partial(ended, error)))
        return done.before.night


def a_day_later(context: Context) -> None:
    context.__dict__["clock"] = Moving([context.clock.now() + timedelta(days=1)])


def found(context: Context, text: str, key: str = "night") -> bool:
    return keep(context.private, Alarm(key, text, text), context.clock.now())


def test_what_waits_is_told_once_in_one_mail_and_to_the_webhook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp() as (mailbox, server), webhook() as (posted, place):
        monkeypatch.setenv("HOOKS", f"json://{place}/hook")
        with study(tmp_path, server, to=(TO,), webhooks_env="HOOKS") as context:
            assert found(context, "Đêm hỏng") and found(context, "9 thư trả lời", "answers:c")
            assert not found(context, "Đêm hỏng")  # the same within a day
            assert tell(context) == [] and tell(context) == []
    ((rcpt, message),) = mailbox.taken
    assert (rcpt, message["subject"], message["auto-submitted"]) == (TO, "[prober] Đêm hỏng (+1)", "auto-generated")
    assert "9 thư trả lời" in message.get_content()
    assert [post["title"] for post in posted] == ["[prober] Đêm hỏng (+1)"]


def test_what_was_not_taken_is_told_the_next_time_and_the_fault_is_named(tmp_path: Path) -> None:
    with smtp(refuses=True) as (_, server), study(tmp_path, server, to=(TO,)) as context:
        found(context, "Đêm hỏng")
        (fault,) = tell(context)
        assert "451" in fault and len(waiting(context.private)) == 1
    with smtp() as (mailbox, server), study(tmp_path, server, to=(TO,)) as context:
        assert tell(context) == []
        assert len(mailbox.taken) == 1 and waiting(context.private) == []


def test_quiet_hours_and_the_most_of_a_day(tmp_path: Path) -> None:
    with smtp() as (mailbox, server):
        with study(tmp_path, server, to=(TO,), quiet="00:00-23:59") as context:
            found(context, "Trong giờ nghỉ")
            assert tell(context) == [] and mailbox.taken == []
        with study(tmp_path, server, to=(TO,), most=2) as context:
            for number in range(4):
                found(context, f"Việc {number}", f"k{number}")
                assert tell(context) == []
            assert len(mailbox.taken) == 2
            assert [alarm.vi for _, alarm in waiting(context.private)] == ["Việc 2", "Việc 3"]


@pytest.mark.parametrize("world", [World.SANDBOX, World.REHEARSAL])
def test_in_another_world_nobody_is_told(tmp_path: Path, world: World) -> None:
    with smtp() as (mailbox, server), study(tmp_path, server, world, to=(TO,)) as context:
        assert not alarms.wanted(context)
        assert _alarms(context, night(context, mailbox="failed")) == Reason("nobody_to_tell")
        assert mailbox.taken == []


def test_an_agency_is_never_told(tmp_path: Path) -> None:
    with smtp() as (mailbox, server), study(tmp_path, server, to=("STC@camau.gov.test",)) as context:
        context.sync_registry()
        context.results.execute("UPDATE agency SET request_email = 'stc@camau.gov.test' WHERE slug = 'stc-ca-mau'")
        context.results.conn.commit()
        found(context, "Đêm hỏng")
        with pytest.raises(UsageError, match="is the address of the agency stc-ca-mau"):
            tell(context)
        assert mailbox.taken == []


@pytest.mark.parametrize(
    "address", ["mailto://stc:secret@camau.gov.test", "mailtos://u:secret@smtp.test?to=a@b.test,STC@camau.gov.test"]
)
def test_a_service_that_would_write_to_an_agency_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Some services of apprise send mail. An address that requests went to before counts too."""
    with webhook() as (posted, place):
        monkeypatch.setenv("HOOKS", f"json://{place}/hook {address}")
        with study(tmp_path, None, webhooks_env="HOOKS") as context:
            context.sync_registry()
            row = {"source": "x", "decided_by": "an", "decided_at": "2019-01-01", "agency": "2019-stc-ca-mau"}
            context.results.table("request_address").insert(row | {"address": "stc@camau.gov.test"})
            found(context, "Đêm hỏng")
            with pytest.raises(UsageError, match="is the address of the agency stc-ca-mau") as refusal:
                tell(context)
        assert posted == [] and "secret" not in str(refusal.value)


def test_mail_is_sent_where_the_addresses_of_services_are_missing(tmp_path: Path) -> None:
    with smtp() as (mailbox, server), study(tmp_path, server, to=(TO,), webhooks_env="NO_SUCH_HOOKS") as context:
        found(context, "Đêm hỏng")
        assert tell(context) == ["[alarms] webhooks_env: environment variable NO_SUCH_HOOKS is not set"]
        assert len(mailbox.taken) == 1 and waiting(context.private) == []


def test_a_night_tells_what_failed_and_gives_its_sign_of_life(tmp_path: Path) -> None:
    with smtp() as (mailbox, server), webhook() as (_, place):
        settings: dict[str, Any] = {"to": (TO,), "alive_file": "var/alive", "alive_url": f"http://{place}/"}
        with study(tmp_path, server, **settings) as context:
            secret = "4.7.1 <an@gmail.test> mật khẩu sai"
            assert _alarms(context, night(context, crawl="", mailbox=secret)) == {}
        assert (tmp_path / "var/alive").exists()
        ((_, message),) = mailbox.taken
        text = message.get_content()
        assert "chưa xong: đọc hộp thư" in text and "prober nightly" in text and "prober campaign new" in text
        assert "gmail.test" not in text and "mật khẩu" not in text
        with study(tmp_path, server, digest=False, to=(TO,)) as context:
            a_day_later(context)
            _alarms(context, night(context, crawl=""))
        assert len(mailbox.taken) == 1


def test_what_lasts_is_told_once_a_night_and_what_is_over_before_it_is_told_is_not(tmp_path: Path) -> None:
    with smtp() as (mailbox, server):
        settings: dict[str, Any] = {"to": (TO,), "digest": False}
        with study(tmp_path, None, **settings) as context:  # the mail servers are away, both of them
            with suppress(ConfigError):
                _alarms(context, night(context, mailbox="away", publish=""))
            assert len(waiting(context.private)) == 1
        with study(tmp_path, server, **settings) as context:
            _alarms(context, night(context, mailbox=""))
            assert waiting(context.private) == [] and mailbox.taken == []
            for publish in ("refused", "refused again"):  # two passes say it in other words
                _alarms(context, night(context, mailbox="", publish=publish))
            assert len(mailbox.taken) == 1
            _alarms(context, night(context, mailbox="away", publish="refused"))
            assert len(mailbox.taken) == 2  # something else
            a_day_later(context)
            _alarms(context, night(context, publish="refused"))
            assert len(mailbox.taken) == 3  # another night


def test_a_scan_in_doubt_is_told(tmp_path: Path) -> None:
    """Also where every step is done: nothing of the night is shown."""
    with smtp() as (mailbox, server), study(tmp_path, server, to=(TO,), digest=False) as context:
        suspect = to_json((Reason("nothing_answers", seen=0, compared=20),))
        row = {
            "world": "live", "frame": "2019", "kinds": "portal", "status": "complete", "agencies": 20, "version": "0",
            "user_agent": "x", "settings": "{}", "started_at": context.clock.now().isoformat(), "suspect": suspect,
        }  # fmt: skip
        number = context.results.table("scan").insert(row).last_pk
        with context.run("nightly"):
            done = NightRun(context.results, context.run_number, context.clock.now)
            done.do(NightStep("crawl 2019", lambda: {"scan": number}))
        _alarms(context, done.before.night)
        ((_, message),) = mailbox.taken
        text = message.get_content()
        assert "chưa tin kết quả quét" in text and "prober publish --accept" in text


def test_a_night_that_the_full_disk_ends_is_told_at_once_in_the_same_words(tmp_path: Path) -> None:
    with smtp() as (mailbox, server), study(tmp_path, server, to=(TO,), digest=False) as context:
        context.results.execute("CREATE TABLE filler (bytes BLOB)")
        context.results.execute(
            "CREATE TRIGGER full AFTER INSERT ON run BEGIN INSERT INTO filler VALUES (zeroblob(1000000)); END"
        )
        (pages,) = context.results.execute("PRAGMA page_count").fetchone()
        context.results.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(2):  # the two passes
            with pytest.raises(OperationalError, match="full"):
                nightly(context, (), False, lambda result: None)
        (_, first), (_, second) = mailbox.taken
        assert "không ghi được vào ổ đĩa" in first.get_content()
        assert first["message-id"] == second["message-id"]


def test_a_sign_of_life_that_nobody_takes_is_a_failure_of_the_night(tmp_path: Path) -> None:
    with webhook() as (_, place), study(tmp_path, None, alive_url=f"http://{place}/gone") as context:
        assert alarms.alive(context) == ["[alarms] alive_url: HTTP Error 404: Not Found"]


class Listener:
    """What a watcher is told of."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def passed(self, label: str, summary: object) -> None:
        pass

    def lost(self, label: str, reason: str) -> None:
        self.faults.append(reason)

    def alive(self) -> None:
        pass


def test_answers_are_told_while_the_mailbox_is_watched(survey: Any, filled: Callable[[Any], None]) -> None:
    """In a thread of its own: the watcher goes on at once, whatever the mail server does."""
    filled(survey)
    survey.db.execute("UPDATE run SET world = 'live'")
    survey.db.execute("UPDATE agency SET world = 'live'")
    survey.db.conn.commit()
    (survey.path.parent / "var").mkdir()
    with closing(open_private(survey.path.parent / "var/private.db")) as private:  # the one that the survey names
        survey.db.execute("DELETE FROM private_database")
        survey.db.execute("INSERT INTO private_database SELECT ?", [integrity.identity(private)])
        survey.db.conn.commit()
    (before,) = survey.db.execute("SELECT COUNT(*) FROM reply WHERE human = 1").fetchone()
    listener = Listener()
    with smtp() as (mailbox, server), study(survey.path.parent, server, to=(TO,)) as context:
        _ = context.private, context.results, context.study, context.clock

        @contextmanager
        def databases() -> Iterator[Any]:
            paths = context.config.paths
            with closing(open_private(paths.private)) as private, closing(open_results(paths.results)) as results:
                yield private, results

        with _announced(context, databases, listener) as heard:
            heard.passed("survey", SyncSummary())
            waited(lambda: len(mailbox.taken) == 1)
            heard.passed("survey", SyncSummary())  # nothing new
            context.results.execute("UPDATE reply SET human = 0 WHERE id = (SELECT MIN(id) FROM reply WHERE human = 1)")
            context.results.conn.commit()
            heard.passed("survey", SyncSummary())
            waited(lambda: len(mailbox.taken) == 2)
    first, second = (message.get_content() for _, message in mailbox.taken)
    assert (f"{before} thư trả lời" in first, f"{before - 1} thư trả lời" in second) == (True, True)
    assert listener.faults == []


def waited(done: Any) -> None:
    until = time.monotonic() + 30
    while not done() and time.monotonic() < until:
        time.sleep(0.01)
    assert done(), done


def test_the_same_alarm_is_no_news_before_another_of_its_kind(tmp_path: Path) -> None:
    with study(tmp_path, None, to=(TO,)) as context:
        now = context.clock.now()
        assert keep(context.private, Alarm("night", "a", "a"), now)
        assert not keep(context.private, Alarm("night", "a", "a"), now + timedelta(days=30))
        assert keep(context.private, Alarm("night", "b", "b"), now + timedelta(days=30))
        assert keep(context.private, Alarm("night", "a", "a"), now + timedelta(days=31))


def test_a_night_that_cannot_even_open_its_database_is_told(tmp_path: Path) -> None:
    """A full disk has no room for the log of its writes (results.db-wal); a folder in its place stands for that."""
    with smtp() as (mailbox, server), study(tmp_path, server, to=(TO,), digest=False) as context:
        context.results.close()
        del context.results
        Path(f"{context.config.paths.results}-wal").mkdir()
        with pytest.raises((ProberError, OperationalError)):
            nightly(context, (), False, lambda result: None)
        ((_, message),) = mailbox.taken
        assert "không ghi được vào ổ đĩa" in message.get_content()
