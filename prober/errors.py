"""The errors a user can meet. Every message names the file, row or key at fault and the remedy."""

from types import TracebackType

OURS = ("prober", "spiders", "mailroom")  # packages of this project; only their lines are named in failures and logs


class ProberError(Exception):
    """Base of every error that is reported as one line, never as a stack trace. Exit code 1."""

    exit_code = 1


class UsageError(ProberError, ValueError):
    """A command was asked for something that does not exist or makes no sense. Exit code 2, nothing changed."""

    exit_code = 2


class ConfigError(UsageError):
    """`prober.toml`, or the environment it names, is missing a key, has an unknown one, or one of a wrong type."""


class RegistryError(UsageError):
    """A row of the registry, or of a CSV that is to be imported, is not usable."""


class StudyError(UsageError):
    """The folder of a study is faulty: every fault of every file, with file, row or key, and what to do."""


class ProtocolError(UsageError):
    """A campaign protocol is incomplete or contradicts itself."""


class SchemaError(UsageError):
    """A database is not one of ours, or was written by a version that this one cannot read."""


class ServerUnreachable(ProberError, ConnectionError):
    """The mail server of the configuration, or the embedded world, does not answer."""


class ServerMisbehaves(ServerUnreachable):
    """The mail server sends what no server sends: gigabytes at once, lines without end. It is not asked again."""


class FolderRefused(ProberError, PermissionError):
    """The mail server lists a folder and does not let it be read: no permission, or it has just vanished."""


class TokenRefused(ConfigError):
    """The mail server does not take an OAuth2 access token: expired, of another account, or not for mail."""


class NotApproved(UsageError):
    """Something would be sent that no person has approved, or that changed since it was approved."""


def place(error: BaseException) -> str:
    """Return the type of an error and its place in our code; not its message, which may contain text of the page.

    >>> place(ValueError("an address"))
    'ValueError'
    """
    return f"{type(error).__name__}{_line(error.__traceback__)}"


def _line(frames: TracebackType | None) -> str:
    """Return the innermost line of our own packages, in brackets; "" if there is none."""
    found = ""
    while frames:
        module = str(frames.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in OURS:
            found = f" ({module}, line {frames.tb_lineno})"
        frames = frames.tb_next
    return found
