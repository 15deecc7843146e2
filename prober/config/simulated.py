"""Make the simulated configuration: settings of the crawl, the sender, and the servers of the running world."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Protocol

from prober.config.sections import Config, Crawl, Dkim, Imap, Paths, Sandbox, Sender, Smtp

_SENDERS = {
    "vi": Sender(
        name="Nhóm khảo sát công khai ngân sách (mô phỏng)",
        address="",
        organisation="Nhóm khảo sát công khai ngân sách (mô phỏng)",
        postal_address="Số 1, phố Thử Nghiệm, Hà Nội (địa chỉ mô phỏng)",
        phone="024 0000 0000",
    ),
    "en": Sender(
        name="Local Answers survey (simulated)",
        address="",
        organisation="Local Answers survey (simulated)",
        postal_address="1 Example Street, London (simulated address)",
        phone="020 7946 0000",
    ),
}


class WorldServers(Protocol):
    """The addresses of the servers of a running world, all on loopback."""

    @property
    def smtp_host(self) -> str: ...
    @property
    def smtp_port(self) -> int: ...
    @property
    def imap_host(self) -> str: ...
    @property
    def imap_port(self) -> int: ...
    @property
    def imap_user(self) -> str: ...
    @property
    def mail_domain(self) -> str: ...
    @property
    def authserv_id(self) -> str: ...
    @property
    def dkim_selector(self) -> str: ...
    @property
    def dkim_key_file(self) -> str: ...


def embedded(root: Path, sandbox: Sandbox | None = None) -> Config:
    """Return the configuration of the embedded world, with its files under `root`; `connected` adds the servers.

    Delay and timeout are shorter than for real sites, so that a demonstration takes minutes. The delay is still kept,
    which the world's log proves.
    """
    paths = Paths(**{field.name: root / getattr(Paths(), field.name) for field in fields(Paths)})
    return Config(root=root, paths=paths, crawl=Crawl(delay=0.25, timeout=6.0), sandbox=sandbox or Sandbox())


def connected(config: Config, at: WorldServers, language: str) -> Config:
    """Return `config` with mail servers and key of the running world `at`, and a sender who writes `language`."""
    return replace(
        config,
        sender=replace(_SENDERS.get(language, _SENDERS["en"]), address=f"khao-sat@{at.mail_domain}"),
        smtp=Smtp(
            host=at.smtp_host, port=at.smtp_port, tls="none", per_day=25, seconds_between=60,
            outgoing_ip=at.smtp_host,
        ),
        dkim=Dkim(domain=at.mail_domain, selector=at.dkim_selector, key_file=at.dkim_key_file),
        imap=(Imap(host=at.imap_host, port=at.imap_port, user=at.imap_user, tls="none", authserv_id=at.authserv_id),),
    )  # fmt: skip
