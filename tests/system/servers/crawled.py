"""One crawl of many of the table's servers, in the rehearsal world: real HTTP on loopback, the live code path."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rehearsal import Rehearsal
from tests.system.servers.applications import SERVED_IN_FRAMES
from tests.system.servers.department import serve
from tests.system.servers.row import Row
from tests.system.servers.wire import Reply, Servers, Site

KINDS = ("qa", "email", "web_form", "social", "access", "budget")
NEIGHBOUR = serve(
    {"/": Reply("<html><head><title>Công ty Phần mềm</title></head><body><h1>Công ty Phần mềm</h1></body></html>")}
)
# Other bodies' sites, to which pages of the table lead.
NEIGHBOURS: dict[str, Site] = (
    dict.fromkeys(
        (
            "nhacungcap.test",
            "www.nhacungcap.test",
            "sso.nhacungcap.test",
            "diachimoi.test",
            "trangmoi.test",
            "dichvucong.test",
        ),
        NEIGHBOUR,
    )
    | SERVED_IN_FRAMES
)
CRAWL = "delay = 0.1\ntimeout = 4.0\nseconds_per_agency = 60\nmax_crawl_delay = 1.0\nmax_retry_after = 2.0"


@dataclass
class Crawled:
    """The servers and what the crawl says of them."""

    servers: Servers
    desk: Rehearsal
    exit_code: int
    said: str
    verdicts: Mapping[str, Mapping[str, str]]  # row → kind → verdict
    failures: Mapping[str, str]  # row → why it was not fully seen

    def wrong(self, row: Row) -> dict[str, str]:
        """The verdicts that the row does not allow."""
        found = self.verdicts.get(row.name, {})
        return {kind: state for kind in KINDS if (state := found.get(kind, "not_seen")) not in row.allowed(kind)}

    def forbidden(self, row: Row) -> list[str]:
        """What was asked for against the site's robots.txt."""
        return [target for target in self.servers.targets(row.host) if row.never and re.search(row.never, target)]


@contextmanager
def crawled(rows: Mapping[str, Row], folder: Path, crawl: str = CRAWL) -> Iterator[Crawled]:
    """Crawl all rows at once; their servers stay up until the end of the block."""
    with Servers(NEIGHBOURS | {row.host: row.site for row in rows.values()}) as servers:
        hosts = dict.fromkeys(servers.sites, f"127.0.0.1:{servers.port}")
        hosts |= {f"www.{row.host}": f"127.0.0.1:{servers.port}" for row in rows.values()}
        desk = Rehearsal(folder, hosts, browser="auto", crawl=crawl)
        agencies = (f"may-chu,{name},finance,Sở Tài chính tỉnh Cà Mau,http://{row.host}/" for name, row in rows.items())
        assert (imported := desk.imported(*agencies)).exit_code == 0, imported.output
        done = desk.run("crawl", "--frame", "may-chu")
        verdicts: dict[str, dict[str, str]] = {}
        for agency, kind, state in desk.rows("SELECT agency, kind, state FROM latest_verdict"):
            verdicts.setdefault(str(agency).removeprefix("may-chu-"), {})[str(kind)] = str(state)
        failures = {
            str(agency).removeprefix("may-chu-"): str(failure or "")
            for agency, failure in desk.rows("SELECT agency, failure FROM latest_visit")
        }
        yield Crawled(servers, desk, done.exit_code, done.output, verdicts, failures)
        assert servers.failures == []
