"""A private Postfix and a private Dovecot on loopback ports: Debian's own programs, folders of their own.
from tests.pobi import agencies

Postfix takes letters with STARTTLS and a login (asked of Dovecot), and hands everything to Dovecot by LMTP: its only
other transport is `error:`, so nothing can leave the machine. Dovecot keeps mailboxes for the departments and for us,
and refuses any other address, so that Postfix bounces it. Needs root, because both change their user.
"""

import base64
import hmac
import json
import secrets
import shutil
import smtplib
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from tests.pobi import agencies
from tests.system.daemon import Daemon, free_ports
from tests.system.daemon import program as program_path

HOST = "127.0.0.1"
PASSWORD = "mat khau + 1"  # ASCII, so that LOGIN can carry it
# The departments of the registry, each with a mailbox; any other address bounces.
DEPARTMENTS = {a.slug: f"{a.slug.replace('stc-', 'stc.')}@agency.gov.test" for a in agencies("2019", "finance")}
REHEARSED = (  # offices of a rehearsal
    "stc.ca-mau@dientap.gov.test", "stc.an-giang@dientap.gov.test", "van.thu.xa-8@dientap.gov.test",
    *(f"ubnd.xa-{number}@dientap.gov.test" for number in range(1, 9)),
    *(f"foi@council-{number}.gov.test" for number in range(1, 13)),
)  # fmt: skip
LISTENERS = ("imap", "imaps", "lmtp", "sasl", "submission")

DOVECOT = """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
mail_driver = maildir
mail_home = {folder}/mail/%{{user}}
mail_path = %{{home}}/Maildir
mail_uid = dovecot
mail_gid = dovecot
first_valid_uid = 1
auth_username_format = %{{user | lower}}
auth_allow_cleartext = yes
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2
auth_verbose = yes
ssl = yes
ssl_server_cert_file = {folder}/cert.pem
ssl_server_key_file = {folder}/key.pem
passdb passwd-file {{
  passwd_file_path = {folder}/users
}}
userdb static {{
}}
oauth2 {{
  introspection_mode = local
  oauth2_local_validation {{
    dict fs {{
      fs posix {{
        prefix = {folder}/keys/
      }}
    }}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = create
    special_use = "\\\\Junk"
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener sasl {{
    port = {sasl}
  }}
}}
"""

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.prober.test
mydestination =
mynetworks =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
local_transport = error:nothing is delivered here
default_transport = error:5.4.4 nothing leaves this machine
relay_transport = error:5.4.4 nothing leaves this machine
smtp_dns_support_level = disabled
lmtp_dns_support_level = disabled
lmtp_destination_recipient_limit = 1
message_size_limit = 50000000
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {folder}/key.pem, {folder}/cert.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""

# An smtpd keeps its line to Dovecot's login service, which a test restarts: each serves one client only.
MASTER_CF = """
127.0.0.1:{submission} inet n - n - - smtpd -o max_use=1
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass
class Post:
    """The two servers. `with Post.started() as post:`."""

    folder: Path
    ports: dict[str, int]
    authority: Path  # certificate that a client must trust
    running: dict[str, Daemon] = field(default_factory=dict)
    token_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # with which Dovecot checks tokens
    letters_account: tuple[str, str] = ("mat-khau@prober.test", "Mật khẩu số 1")  # its password is not ASCII
    accounts: list[str] = field(default_factory=lambda: [f"khao-sat-{n}@prober.test" for n in range(1, 100)])

    @classmethod
    def started(cls) -> "Post":
        """Write the configurations and start both. Raises RuntimeError with the servers' log if they do not come up."""
        folder = Path(tempfile.mkdtemp(prefix="prober-post-"))  # short: it holds sockets, whose paths end at 107 bytes
        folder.chmod(0o755)  # the servers' users must pass
        post = cls(folder, free_ports(HOST, *LISTENERS), folder / "authority.pem")
        try:
            post._write()
            post.start("dovecot")
            post.start("postfix")
        except BaseException:
            post.__exit__()
            raise
        return post

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *_: object) -> None:
        for program in list(self.running):
            self.stop(program)
        shutil.rmtree(self.folder)

    def start(self, program: str) -> None:
        """Start "dovecot" or "postfix", and return when it greets."""
        command = self._dovecot() if program == "dovecot" else self._postfix()
        port = self.ports["imap" if program == "dovecot" else "submission"]
        self.running[program] = Daemon(command, self.folder / f"{program}.out", (HOST, port), greets=True)

    def stop(self, program: str) -> None:
        self.running.pop(program).stop()

    def account(self) -> str:
        """A mailbox of our own that no one used before, opened by PASSWORD; returns its address."""
        return self.accounts.pop()

    def token(self, address: str, seconds: float = 3600.0) -> str:
        """An access token (JWT, RFC 7519) that opens the mailbox of `address` for so many seconds."""
        now = int(time.time())
        claims = {"sub": address, "email": address, "iat": now - 60, "exp": now + int(seconds)}
        parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT", "kid": "default"}, claims)]
        signed = b".".join(map(_base64url, parts))
        return (signed + b"." + _base64url(hmac.digest(self.token_key, signed, "sha256"))).decode()

    def deliver(self, address: str, raw: bytes) -> None:
        """Push a message to the mailbox of `address` by LMTP; it is stored when this returns."""
        with smtplib.LMTP(HOST, self.ports["lmtp"], local_hostname="mail.test", timeout=20) as line:
            assert line.sendmail("a@b.test", [address], raw, mail_options=["BODY=8BITMIME"]) == {}

    def delivered(self, address: str) -> list[bytes]:
        """The messages in the inbox of any address, as the server stored them, with the line ends of the wire."""
        inbox = self.folder / "mail" / address / "Maildir"
        found = sorted([*inbox.glob("new/*"), *inbox.glob("cur/*")])
        return [path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for path in found]

    def _dovecot(self) -> list[str]:
        return [program_path("dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")]

    def _postfix(self) -> list[str]:
        """Its master, after `postfix check` has made the queue folders: `postfix start-fg` would hide it in a child."""
        config = ["-c", str(self.folder / "etc")]
        subprocess.run(
            [program_path("postfix"), *config, "check"], stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        asked = [program_path("postconf"), *config, "-h", "daemon_directory"]
        where = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        return [f"{where}/master", *config, "-d"]

    def _write(self) -> None:
        for name in ("mail", "data", "queue", "etc"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "mail", "dovecot")
        shutil.chown(self.folder / "data", "postfix")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.authority)
        certificate = authority.issue_cert(HOST, "mail.prober.test")
        certificate.private_key_pem.write_to_path(self.folder / "key.pem")
        (self.folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        keys = self.folder / "keys/default/HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(self.token_key))
        values = {"folder": self.folder, **self.ports}
        users = "".join(
            f"{address}:{{PLAIN}}{PASSWORD}\n" for address in (*self.accounts, *DEPARTMENTS.values(), *REHEARSED)
        )
        users += "{}:{{PLAIN}}{}\n".format(*self.letters_account)
        (self.folder / "users").write_text(users, encoding="utf-8")
        for name, text in (("dovecot.conf", DOVECOT), ("etc/main.cf", MAIN_CF), ("etc/master.cf", MASTER_CF)):
            (self.folder / name).write_text(text.format(**values), encoding="utf-8")


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
