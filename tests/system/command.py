"""`prober` at work with the private mail servers, and what a service manager hears of it."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from prober.cli import cli
from tests.conftest import Manager
from tests.system.post import HOST, PASSWORD, Post

CONFIG = """
world = "live"
[crawl]
user_agent = "prober-test (https://prober.test/)"
browser = "none"
[sender]
name = "Nhóm khảo sát"
address = "{own}"
[smtp]
host = "{host}"
port = {submission}
user = "{own}"
password_env = "TEST_PASSWORD"
[imap]
host = "{host}"
port = {imaps}
user = "{own}"
password_env = "TEST_PASSWORD"
"""

MAIL = b"From: a@b.test\r\nTo: khao-sat@prober.test\r\nSubject: thu\r\nMessage-ID: <1@b.test>\r\n\r\nChao\r\n"


class Command:
    """`prober …` in a folder with a prober.toml: in this process, or as one of its own."""

    def __init__(self, post: Post, folder: Path) -> None:
        self.post, self.folder, self.own = post, folder, post.account()
        self.environ = {"SSL_CERT_FILE": str(post.authority), "TEST_PASSWORD": PASSWORD}
        text = CONFIG.format(own=self.own, host=HOST, **post.ports)
        self.config = folder / "prober.toml"
        self.config.write_text(text, encoding="utf-8")

    def run(self, *words: str, **environ: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *words], env=self.environ | environ)

    def started(self, *words: str, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "prober", "--config", str(self.config), *words],
            env=os.environ | self.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


def told(manager: Manager, key: str) -> dict[str, str]:
    """The next message that has `key`; the manager's socket gives up after 20 seconds."""
    while key not in (said := manager()):
        pass
    return said
