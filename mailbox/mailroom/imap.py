"""The only module that opens IMAP. Reads and never changes: folders are examined, bodies are peeked.

Nothing is flagged, moved or deleted, and `\\Seen` means nothing to us: a person who opens the mailbox in a mail
program must not hide a reply from the study.
"""

import ssl
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError  # type: ignore[import-untyped]

from mailroom import answers, folders
from mailroom.accounts import Login, Tokens
from mailroom.folders import Listed
from mailroom.idle import Idle
from prober.clock import HANOI
from prober.config import Imap
from prober.errors import ConfigError, ServerUnreachable, TokenRefused
from prober.store.messages import Arrival

SECONDS = 60.0  # for any answer of the server
BATCH = 250  # messages asked for at once, and made durable by one commit
BATCH_BYTES = 20_000_000
BEGINNING = 65_536  # bytes asked for of each message of a batch, which is so no heavier than that
LINE = 500  # UIDs in one command: servers take lines of 8 KB and more

# What a lost or confused connection raises; the remedy for all of them is a new connection and a full comparison.
# ValueError and KeyError: imapclient on an answer that was cut in half.
LOST = (OSError, EOFError, IMAPClientError, ssl.SSLError, ValueError, KeyError, AssertionError)


class Mailbox:
    """A connection that is logged in. Use as a context manager; `select` a folder before anything else.

    Raises ServerUnreachable if the server cannot be reached, ConfigError if it refuses user or password, TokenRefused
    if it refuses an access token and another one too, or there is no other.
    """

    def __init__(self, config: Imap, login: Login) -> None:
        self._config = config
        self.folder, self.uidvalidity = "", 0  # of the selected folder
        self.exists = 0  # messages in it, when it was selected
        self._listed: dict[str, int] = {}
        self.absent: list[str] = []  # configured folders that the server did not list, nor has another junk folder for
        self._client = _opened(config, login) if isinstance(login, str) else _opened_by_token(config, login)

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with suppress(*LOST):
                self._client.logout()
        self.close()

    def close(self) -> None:
        with suppress(*LOST):
            self._client.shutdown()

    def folders(self) -> list[str]:
        """The folders to read that exist: those configured, junk, and all mail. Afterwards `absent` is known."""
        listed = self._client.list_folders()
        found = [
            Listed(str(name), (delimiter or b"").decode(), frozenset(bytes(flag).lower() for flag in flags))
            for flags, delimiter, name in listed
        ]
        chosen, self.absent = folders.chosen(found, self._config.folders)
        return chosen

    def select(self, folder: str) -> int:
        """Examine `folder`; returns its UIDVALIDITY."""
        answer = self._client.select_folder(folder, readonly=True)
        self.folder, self.uidvalidity = folder, int(answer[b"UIDVALIDITY"])
        self.exists = int(answer[b"EXISTS"])
        return self.uidvalidity

    def changed(self) -> bool:
        """True if the selected folder has another number of messages than when it was listed on this connection."""
        return self._listed.get(self.folder) != self.exists

    def after(self, uid: int) -> list[int]:
        """The UIDs above `uid` in the selected folder."""
        try:
            found = self._client.search(["UID", f"{uid + 1}:*"])
        except IMAPClientAbortError:
            raise
        except IMAPClientError:  # refused: an emptied folder has no last message that "*" could mean
            return []
        return sorted(each for each in found if each > uid)  # "*" may mean a UID below (RFC 9051, 6.4.9)

    def listing(self, asked: Container[int] | None = None) -> dict[int, datetime | None]:
        """UID → INTERNALDATE of every message of the selected folder; of those alone that are `asked`, if it is given.

        The others are there with None. An asked one whose date is not told is left out.
        """
        self._listed[self.folder] = self.exists
        uids = sorted(self._client.search("ALL")) if self.exists else []
        dated = [uid for uid in uids if asked is None or uid in asked]
        found: dict[int, datetime | None] = dict.fromkeys(set(uids).difference(dated))
        for at in range(0, len(dated), LINE):
            answer = self._answers(dated[at : at + LINE], "(INTERNALDATE)")
            found |= {uid: _hanoi(data[b"INTERNALDATE"]) for uid, data in answer.items() if data.get(b"INTERNALDATE")}
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Arrival]]:
        """Messages in batches. One whose body is NIL, or that vanished, is left out and will be asked for again.

        The beginnings of many come in one answer with their sizes, and most messages are no longer than that; of the
        others all is asked for, as many at once as may be held. Sizes alone are not believed: some servers guess them.
        """
        for at in range(0, len(uids), BATCH):
            asked = uids[at : at + BATCH]
            begun = self._answers(asked, f"(BODY.PEEK[]<0.{BEGINNING}> RFC822.SIZE INTERNALDATE)")
            if whole := {uid: data for uid, data in begun.items() if _is_whole(data)}:
                yield _arrivals(whole)
            rest = begun.keys() - whole
            longer = {uid: int(begun[uid].get(b"RFC822.SIZE") or 0) for uid in asked if uid in rest}
            for batch in _batches(longer):
                yield _arrivals(self._answers(batch, "(BODY.PEEK[] INTERNALDATE)"))

    def _answers(self, uids: Sequence[int], items: str) -> answers.Answers:
        """What the server says to UID FETCH. imapclient has no other way to an answer that it has not read itself."""
        status, answer = self._client._imap.uid("FETCH", ",".join(map(str, uids)), items)
        if status != "OK":
            raise IMAPClientError(f"fetch failed: {answer}")
        return answers.parsed(answer)

    @contextmanager
    def idling(self) -> Iterator["Idle"]:
        """IDLE on the selected folder, ended with DONE. After it `heard` says whether there was any hint."""
        self._client.idle()
        idle = Idle(self._client.socket())
        try:
            yield idle
        finally:
            _, late = self._client.idle_done()
            idle.heard = idle.heard or any(response[1:2] == (b"EXISTS",) for response in late)

    def idles(self) -> bool:
        return bool(self._client.has_capability("IDLE"))


def _opened(config: Imap, password: str) -> IMAPClient:
    def log_in(client: IMAPClient) -> None:
        _log_in(client, config.user, password)

    return _authenticated(config, log_in, ConfigError, "the login")


def _opened_by_token(config: Imap, tokens: Tokens) -> IMAPClient:
    """A refused token may have expired a moment ago; a fresh one is tried once, on a connection of its own."""
    try:
        return _opened_by_one(config, tokens)
    except TokenRefused:
        return _opened_by_one(config, tokens)


def _opened_by_one(config: Imap, tokens: Tokens) -> IMAPClient:
    token = tokens.fresh()
    bearer = _Bearer(config.user, token)

    def log_in(client: IMAPClient) -> None:
        if not client.has_capability("AUTH=XOAUTH2"):
            raise ConfigError(f"{_place(config)} does not offer XOAUTH2; open {config.user} with a password")
        client.sasl_login("XOAUTH2", bearer)

    try:
        return _authenticated(config, log_in, TokenRefused, "the access token")
    except TokenRefused as error:
        tokens.refuse(token, f"{error} {bearer.said}".strip())
        raise


class _Bearer:
    """The client's side of XOAUTH2: the token at once, and nothing on what the server has to say of a refused one."""

    def __init__(self, user: str, token: str) -> None:
        self._opening = f"user={user}\1auth=Bearer {token}\1\1"
        self.said = ""

    def __call__(self, challenge: bytes) -> str:
        self.said = challenge.decode("utf-8", "replace")
        return "" if challenge else self._opening


def _authenticated(
    config: Imap, log_in: Callable[[IMAPClient], None], refused: type[ConfigError], what: str
) -> IMAPClient:
    """A new connection on which `log_in` succeeded; raises `refused`, which names `what`, where the server says no."""
    client = _connect(config)
    try:
        client.normalise_times = False  # aware times, in the server's zone
        log_in(client)
        return client
    except BaseException as error:
        with suppress(*LOST):
            client.shutdown()
        if isinstance(error, ConfigError):
            raise
        if isinstance(error, LoginError) and not _passes(error):
            raise refused(f"{_place(config)} refuses {what} of {config.user}: {error}") from error
        if isinstance(error, LOST):
            raise ServerUnreachable(f"{_place(config)}: no login just now: {error}") from error
        raise


def _place(config: Imap) -> str:
    return f"{config.host}:{config.port}"


def _connect(config: Imap) -> IMAPClient:
    context = ssl.create_default_context()
    client = None
    try:
        implicit = config.tls == "implicit"
        client = IMAPClient(
            config.host, config.port, ssl=implicit, ssl_context=context if implicit else None, timeout=SECONDS
        )
        client._imap.debug = 0  # it would write out every byte that comes, for a log that nobody keeps
        if config.tls == "starttls":
            client.starttls(context)
    except LOST as error:
        if client is not None:
            with suppress(*LOST):
                client.shutdown()
        raise ServerUnreachable(
            f"{_place(config)}: the mailbox cannot be reached ({error}). "
            "Check [imap] host, port and tls, and the network; nothing was changed."
        ) from error
    return client


def _log_in(client: IMAPClient, user: str, password: str) -> None:
    """LOGIN carries ASCII only; a name or password with other letters goes by AUTHENTICATE PLAIN, as UTF-8 (RFC 4616).

    Raises LoginError.
    """
    if (user + password).isascii():
        client.login(user, password)
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user, password)
    else:
        raise LoginError("user or password has letters beyond ASCII, and the server offers no AUTH=PLAIN for them")


def _passes(error: LoginError) -> bool:
    """True where the login was not refused: imapclient says LoginError also of a connection lost on the way, and of
    an authentication service that is down (RFC 5530).
    """
    return isinstance(error.__context__, IMAPClientAbortError) or "[UNAVAILABLE]" in str(error).upper()


def _is_whole(data: Mapping[bytes, object]) -> bool:
    """Whether a beginning is all there is. As long as was asked for, it may be cut; longer, nothing was cut."""
    body, size = data.get(b"BODY[]"), data.get(b"RFC822.SIZE")
    return isinstance(body, bytes) and isinstance(size, int) and len(body) >= size and len(body) != BEGINNING


def _arrivals(answer: answers.Answers) -> list[Arrival]:
    return [
        Arrival(uid, _hanoi(data[b"INTERNALDATE"]), bytes(data[b"BODY[]"]))
        for uid, data in sorted(answer.items())
        if data.get(b"BODY[]") is not None and data.get(b"INTERNALDATE")
    ]


def _batches(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """UID → bytes, as lists that are no heavier than may be held at once; a single message may be."""
    batch: list[int] = []
    weight = 0
    for uid, size in sizes.items():
        if batch and (len(batch) >= BATCH or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += size
    if batch:
        yield batch


def _hanoi(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=HANOI)
    return aware.astimezone(HANOI)
