"""The process from which tests fork outlives those that ask it for a fork."""

import socket
import subprocess

from tests import forked


def test_who_is_killed_while_it_asks_for_a_fork_takes_no_other_with_it() -> None:
    forked._server.ensure_running()
    for said in (b"", b"x"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(forked._server._forkserver_address)
            client.send(said)
    assert forked.call(subprocess.run, ["true"]) == 0
