"""An IMAP server of one folder that answers by a script."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

# (number of the connection, tag, command) → what the server says; None: it hangs up
Answer = Callable[[int, str, str], bytes | None]


class Scripted(threading.Thread):
    """One connection after another; `commands` is what clients said, `connections` how many there were."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(daemon=True)
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.commands: list[str] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._line = connection
            with suppress(OSError), connection, connection.makefile("rb") as lines:  # clients are killed, too
                connection.sendall(b"* OK ready\r\n")
                for line in lines:
                    tag, _, command = line.decode().strip().partition(" ")
                    self.commands.append(command)
                    answer = self._answer(self.connections, tag, command)
                    if answer is None:
                        break
                    connection.sendall(answer)

    def say(self, words: bytes) -> None:
        """Something that nobody has asked for, on the connection that is open."""
        self._line.sendall(words)

    def close(self) -> None:
        self._listener.close()


def mail(n: int) -> bytes:
    head = f"From: a{n}@b.test\r\nTo: khao-sat@prober.test\r\nSubject: thu {n}\r\nMessage-ID: <{n}@b.test>\r\n\r\n"
    return f"{head}Chao {n}\r\n".encode()


BODY = mail(1)


def polite(tag: str, command: str, uidvalidity: int = 7, uid: int = 1, body: bytes = BODY) -> bytes:
    """A server with one message that behaves."""
    done = f"{tag} OK done\r\n".encode()
    name = command.upper()
    if name.startswith("CAPABILITY"):
        return b"* CAPABILITY IMAP4rev1\r\n" + done
    if name.startswith("LIST"):
        return b'* LIST () "/" INBOX\r\n' + done
    if name.startswith(("EXAMINE", "SELECT")):
        return f"* 1 EXISTS\r\n* OK [UIDVALIDITY {uidvalidity}]\r\n".encode() + done
    if name.startswith("UID SEARCH"):
        return f"* SEARCH {uid}\r\n".encode() + done
    if name.startswith("UID FETCH") and "BODY" in name:
        head = f'* 1 FETCH (UID {uid} INTERNALDATE "14-Apr-2020 09:00:00 +0700" BODY[] {{{len(body)}}}\r\n'
        return head.encode() + body + b")\r\n" + done
    if name.startswith("UID FETCH") and "SIZE" in name:
        return f"* 1 FETCH (UID {uid} RFC822.SIZE {len(body)})\r\n".encode() + done
    if name.startswith("UID FETCH"):
        return f'* 1 FETCH (UID {uid} INTERNALDATE "14-Apr-2020 09:00:00 +0700")\r\n'.encode() + done
    return done
