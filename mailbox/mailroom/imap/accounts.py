"""Get the password or the OAuth2 access tokens of each configured mailbox. Another program renews the tokens."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field

from prober.config.load import Imap, secret, secret_file
from prober.errors import ConfigError, ServerUnreachable, TokenRefused
from prober.text.patterns import linear

COMMAND_SECONDS = 60.0  # for a program that prints a token; it may have to ask a server for it
_TOKEN = linear(r"[!-~]+")  # one word of any visible ASCII, which is more than RFC 6750, 2.1 allows


class Tokens:
    """Get OAuth2 access tokens of one mailbox from its `token_command` or `token_file`.

    A token is read anew at every login and stored nowhere. One that the server refused is not sent to it again.
    """

    def __init__(self, imap: Imap) -> None:
        self._imap = imap
        self._refused = ("", "")  # the token, and the server's words about it

    def fresh(self) -> str:
        """Return a token to log in with now.

        Raises TokenRefused if it is still the refused one, ConfigError if the configured source can give no token, and
        ServerUnreachable if the program failed, which may be temporary.
        """
        token = self._printed() if self._imap.token_command else self._kept()
        if not _TOKEN.fullmatch(token):
            raise ConfigError(f"{self.source} gives no access token: one word is expected, in the first line")
        if token == self._refused[0]:
            raise TokenRefused(f"{self._refused[1]}; {self.source} still gives the same token, which must be renewed")
        return token

    def refuse(self, token: str, said: str) -> None:
        """Record that the server refused `token`, with its words `said`."""
        self._refused = (token, said)

    @property
    def source(self) -> str:
        """Return where tokens come from, for messages; without the program's arguments, which may be secret."""
        imap = self._imap
        return f"token_command {imap.token_command[0]}" if imap.token_command else f"token_file {imap.token_file}"

    def _printed(self) -> str:
        try:
            done = subprocess.run(
                self._imap.token_command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise ServerUnreachable(f"{self.source} gave no token in {COMMAND_SECONDS:.0f} s") from error
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.source} cannot be run: {error}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ServerUnreachable(f"{self.source} failed (exit code {done.returncode}): {said or 'it said nothing'}")
        return _first_line(done.stdout)

    def _kept(self) -> str:
        return _first_line(secret_file("token_file", self._imap.token_file))


Login = str | Tokens  # a password, or a source of access tokens


@dataclass(frozen=True, slots=True)
class Account:
    """Hold the configuration of a mailbox with its password or tokens."""

    imap: Imap
    login: Login = field(repr=False)


def opened_by(imap: Imap) -> Account:
    """Return `imap` with its password or tokens. Raises ConfigError if it names none or the password cannot be read."""
    if imap.token_command or imap.token_file:
        return Account(imap, Tokens(imap))
    if not (imap.password_env or imap.password_file):
        raise ConfigError(
            f"nothing opens the mailbox of {imap.user} at {imap.host}; give its [[imap]] table password_env, "
            "password_file, token_command or token_file"
        )
    return Account(imap, secret(imap))


def accounts_of(mailboxes: Iterable[Imap]) -> tuple[Account, ...]:
    """Return every mailbox with its password or tokens, in the order of the configuration.

    Raises ConfigError that names all faults.
    """
    found, faults = [], []
    for imap in mailboxes:
        try:
            found.append(opened_by(imap))
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return tuple(found)


def _first_line(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip().partition("\n")[0].strip()
