"""Pages that are kept once drawn: the same bytes, never those of another state of the data, in bounded memory."""

import asyncio
import socket
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from prober.reporting.datasette.kept_pages import drawn_pages
from prober.reporting.datasette.kept_pages.drawn_pages import MOST_BYTES, App, DrawnPages, KeptPages
from prober.reporting.datasette.serve import listen
from prober.store import open_results
from tests.serving import get, header

_open = build_opener(ProxyHandler({})).open


class Counting:
    """An ASGI application that answers with its path, as often as it is asked, and counts how often that is."""

    def __init__(self, size: int = 0, status: int = 200, cookie: bytes = b"") -> None:
        self.size, self.status, self.cookie, self.asked = size, status, cookie, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        headers = [(b"content-type", b"text/plain")] + ([(b"set-cookie", self.cookie)] if self.cookie else [])
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        given = dict(scope["headers"])
        said = scope["path"].encode() + b" http://" + given.get(b"host", b"") + b"/ " + given.get(b"cookie", b"")
        body = said.ljust(self.size, b".")
        await send({"type": "http.response.body", "body": body[:5], "more_body": True})
        await send({"type": "http.response.body", "body": body[5:]})


def keeping(app: App, database: Path, changes: bool = False, most: int = MOST_BYTES) -> KeptPages:
    return KeptPages(app, database, changes, ("vi", "en"), DrawnPages(most))


def ask(app: KeptPages, path: str = "/a", query: bytes = b"", cookie: bytes = b"", **more: str) -> list[dict[str, Any]]:
    return asyncio.run(_ask(app, path, query, cookie, **more))


def body(sent: list[dict[str, Any]]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


async def _ask(app: KeptPages, path: str, query: bytes, cookie: bytes, **more: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(name.encode().replace(b"_", b"-"), value.encode()) for name, value in more.items()]
    headers += [(b"cookie", cookie)] if cookie else []
    headers += [(b"host", b"127.0.0.1:8001")] if "host" not in more else []
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": headers}
    await app(scope, None, send)
    return sent


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "results.db"
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
    connection.close()
    return path


def test_a_page_is_drawn_once_for_each_address_and_language(database: Path) -> None:
    app = keeping(counting := Counting(), database)
    first = ask(app)
    assert ask(app) == first and counting.asked == 1
    assert body(first) == b"/a http://127.0.0.1:8001/ lang=vi"
    ask(app, "/b"), ask(app, query=b"x=1"), ask(app, cookie=b"lang=en"), ask(app, cookie=b"lang=en")
    assert counting.asked == 4


def test_one_drawing_is_for_readers_of_every_host_and_of_every_other_cookie(database: Path) -> None:
    app = keeping(counting := Counting(), database)
    hosts = ("127.0.0.1:8001", "survey.example.vn", "[::1]:80")
    answers = [ask(app, host=host, cookie=b"visits=" + host[:3].encode()) for host in hosts]
    assert [body(answer) for answer in answers] == [f"/a http://{host}/ lang=vi".encode() for host in hosts]
    assert len({dict(answer[0]["headers"])[b"etag"] for answer in answers}) == 3 and counting.asked == 1
    for host, answer in zip(hosts, answers, strict=True):
        assert dict(answer[0]["headers"])[b"content-length"] == str(len(body(answer))).encode()
        assert ask(app, host=host, if_none_match=dict(answer[0]["headers"])[b"etag"].decode())[0]["status"] == 304


@pytest.mark.parametrize("more", [{"host": 'x"><script>'}, {"cookie": b"ds_actor=somebody"}])
def test_a_host_that_needs_an_escape_and_a_reader_with_a_name_get_a_page_of_their_own(
    database: Path, more: dict[str, Any]
) -> None:
    app = keeping(counting := Counting(), database)
    ask(app, **more), ask(app, **more)
    assert counting.asked == 2 and app.kept.bytes == 0


def test_an_error_is_in_the_name_of_the_host_that_was_asked(database: Path) -> None:
    assert body(ask(keeping(Counting(status=404), database), host="a.test")) == b"/a http://a.test/ lang=vi"


def test_many_who_ask_at_once_have_it_drawn_once(database: Path) -> None:
    app = keeping(counting := Counting(), database)

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(_ask(app, "/a", b"", b"") for _ in range(32)))

    assert len({str(answer) for answer in asyncio.run(crowd())}) == 1 and counting.asked == 1


def test_a_commit_makes_every_page_an_old_one(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_pages, "SETTLED", 0.0)
    app = keeping(counting := Counting(), database, changes=True)
    connection = sqlite3.connect(database)
    ask(app), ask(app)
    assert counting.asked == 1
    connection.execute("INSERT INTO t VALUES (1)")
    connection.commit()
    ask(app), ask(app)
    assert counting.asked == 2
    connection.close()


def test_a_file_that_was_just_written_is_not_trusted_yet(database: Path) -> None:
    app = keeping(counting := Counting(), database, changes=True)
    ask(app), ask(app)
    assert counting.asked == 2 and app.kept.bytes == 0


def test_memory_is_bounded_and_what_was_not_asked_for_longest_goes_first(database: Path) -> None:
    app = keeping(counting := Counting(size=1_000), database, most=10_000)
    for number in range(50):
        ask(app, f"/{number}")
        ask(app, "/0")
        assert app.kept.bytes <= 10_000
    assert counting.asked == 50
    ask(app, "/1")
    assert counting.asked == 51


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/search", "query": b"q=x"},
        {"path": "/results", "query": b"sql=select+1"},
        {"path": "/-/versions.json"},
    ],
)
def test_what_differs_without_end_is_not_kept(database: Path, asked: dict[str, Any]) -> None:
    app = keeping(counting := Counting(), database)
    ask(app, **asked), ask(app, **asked)
    assert counting.asked == 2 and app.kept.bytes == 0


@pytest.mark.parametrize(
    "counting",
    [Counting(status=404), Counting(size=drawn_pages.LONGEST_PAGE + 1), Counting(cookie=b"ds_actor=somebody")],
    ids=("not found", "too long", "a cookie of one's own"),
)
def test_some_answers_are_passed_on_and_not_kept(database: Path, counting: Counting) -> None:
    app = keeping(counting, database)
    sent = ask(app)
    assert sent[0]["status"] == counting.status
    assert len(body(sent)) >= counting.size
    assert app.kept.bytes == 0


def test_a_page_is_drawn_once_for_the_language_of_address_and_cookie_and_proxies_keep_no_cookie(database: Path) -> None:
    app = keeping(counting := Counting(), database)
    named, remembered = ask(app, "/names", query=b"x=1&lang=en"), ask(app, "/names", query=b"x=1", cookie=b"lang=en")
    assert body(named) == body(remembered) and counting.asked == 1
    headers = dict(named[0]["headers"])
    assert headers[b"set-cookie"].startswith(b"lang=en") and headers[b"cache-control"].startswith(b"private")
    headers = dict(remembered[0]["headers"])
    assert b"set-cookie" not in headers and headers[b"cache-control"].startswith(b"public")


def test_one_that_fails_leaves_nobody_waiting(database: Path) -> None:
    class Failing(Counting):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if not self.asked:
                self.asked += 1
                await asyncio.sleep(0)
                raise OSError
            await super().__call__(scope, receive, send)

    app = keeping(Failing(), database)

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(_ask(app, "/a", b"", b"") for _ in range(8)), return_exceptions=True)

    answers = asyncio.run(crowd())
    assert isinstance(answers[0], OSError) and len({str(answer) for answer in answers[1:]}) == 1


def test_who_has_the_page_is_told_so(database: Path) -> None:
    app = keeping(Counting(), database)
    etag = dict(ask(app)[0]["headers"])[b"etag"].decode()
    answer = ask(app, if_none_match=f'"other", W/{etag}')
    assert answer[0]["status"] == 304 and answer[1]["body"] == b""
    assert ask(app, if_none_match='"other"')[0]["status"] == 200


@pytest.mark.parametrize("path", ["/", "/survey/2019/place/ca-mau", "/results/participation.json?_shape=array"])
def test_pages_carry_an_etag_and_are_asked_for_again(base: str, path: str) -> None:
    found = header(base + path)
    assert found["cache-control"] == "no-cache" and found["vary"] == "Cookie" and "content-security-policy" in found
    with pytest.raises(HTTPError) as error:
        _open(Request(base + path, headers={"If-None-Match": found["etag"]}), timeout=30)
    assert error.value.code == 304
    error.value.close()


def test_what_is_written_while_it_serves_is_on_the_kept_pages_at_once(base: str, folder: Path) -> None:
    def title() -> bool:
        return "a new note" in get(f"{base}/results/agency.json?id=2019-ca-mau")[1]

    time.sleep(1.1)  # until the file counts as settled
    assert not title() and not title()
    db = open_results(folder / "results.db")
    db.execute("UPDATE agency SET note = 'a new note' WHERE id = '2019-ca-mau'")
    db.conn.commit()
    assert title()
    db.close()


def test_no_part_of_an_answer_waits_for_the_reader_to_acknowledge_another() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
