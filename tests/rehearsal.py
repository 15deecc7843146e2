"""Test servers of a rehearsal: plain HTTP on loopback, one port a host, and the prober.toml that lists them."""

import csv
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from prober.cli import cli
from tests.serving import get, serving
from tests.spiders.web import Answer, Site

CONFIG = """world = "rehearsal"

[crawl]
{crawl}
browser = "{browser}"
{sections}
[rehearsal.hosts]
{hosts}
"""
REVIEWED = tuple(f"request_email{part}" for part in ("", "_source", "_reviewed_by", "_reviewed_at"))
COLUMNS = ("frame", "slug", "kind", "name_vi", "url")


class HttpServer(http.server.ThreadingHTTPServer):
    """A server of one site. `asked` holds the targets of all requests, in order."""

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site, self.asked = site, list[str]()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: HttpServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        found = self.server.site.get(self.path, Answer("<title>404</title>Không tìm thấy trang", 404))
        assert isinstance(found, Answer)
        body = found.body.encode() if isinstance(found.body, str) else found.body
        self.send_response(found.status)
        for name, value in {**found.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(*sites: Site) -> Iterator[list[HttpServer]]:
    """One server for each site, until the end of the block."""
    servers = [HttpServer(site) for site in sites]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield servers
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


class Rehearsal:
    """`prober …` in a folder with the configuration of a rehearsal."""

    def __init__(
        self, folder: Path, hosts: Mapping[str, str], sections: str = "", browser: str = "none",
        crawl: str = "delay = 0.0",
    ) -> None:  # fmt: skip
        self.folder, self.config = folder, folder / "prober.toml"
        folder.mkdir(exist_ok=True)
        listed = "\n".join(f'"{name}" = "{place}"' for name, place in hosts.items())
        text = CONFIG.format(hosts=listed, sections=sections, browser=browser, crawl=crawl)
        self.config.write_text(text, encoding="utf-8")

    def run(self, *words: str, **environ: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *words], env=environ)

    def done(self, *words: str, **environ: str) -> str:
        """Run a command that must end well; return what it printed."""
        result = self.run(*words, **environ)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.stdout

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        from prober.store import open_results

        db = open_results(self.folder / "var/rehearsal/results.db")
        try:
            return [tuple(row) for row in db.execute(sql).fetchall()]
        finally:
            db.close()

    def imported(self, *rows: str) -> Result:
        """Import agencies: the values of COLUMNS, and possibly those of REVIEWED, with commas between them."""
        path = self.folder / "agencies.csv"
        columns = (*COLUMNS, *REVIEWED)[: rows[0].count(",") + 1]
        path.write_text("".join(f"{row}\n" for row in (",".join(columns), *rows)), encoding="utf-8")
        return self.run("agencies", "import", str(path))


def assert_marked(desk: Rehearsal, published: Mapping[str, object]) -> None:
    """Every row, page and file says that it is of a rehearsal, and nothing stands outside its folder."""
    assert {path.name for path in desk.folder.iterdir()} - {"thu.toml"} == {"prober.toml", "agencies.csv", "var"}
    assert [path.name for path in (desk.folder / "var").iterdir()] == ["rehearsal"]
    own = desk.folder / "var/rehearsal"
    for table in ("agency", "scan", "campaign", "run"):
        assert set(desk.rows(f"SELECT DISTINCT world FROM {table}")) <= {("rehearsal",)}, table
    report = (own / "report.html").read_text(encoding="utf-8")
    assert "[Diễn tập · Rehearsal]" in report and report.count("Rehearsal data") > 2

    snapshot = own / "publish" / str(published["name"])
    assert published["world"] == "rehearsal" and snapshot.name.startswith("rehearsal-")
    package = json.loads((snapshot / "datapackage.json").read_text(encoding="utf-8"))
    assert package["world"] == "rehearsal" and package["title"].startswith("Rehearsal data")
    assert "**Rehearsal data." in (snapshot / "codebook.md").read_text(encoding="utf-8")
    for path in (snapshot / "csv").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            assert reader.fieldnames and "world" in reader.fieldnames, path.name
            assert {row["world"] for row in reader} <= {"rehearsal"}, path.name
    for name in ("latest.json", "manifest.json"):
        path = (own / "publish" if name == "latest.json" else snapshot) / name
        assert json.loads(path.read_text(encoding="utf-8"))["world"] == "rehearsal"

    with serving(desk.folder) as (base, _):
        for page in ("/", "/survey/thu/map", "/survey/thu/changes", "/results", "/results/agency", "/results/nothing"):
            assert "Rehearsal data" in get(f"{base}{page}?lang=en")[1], page
    for words in (("analysis", "shares"), ("status",), ("agencies", "list")):
        done = desk.run(*words)
        assert done.exit_code == 0 and "Rehearsal: test servers only" in done.stderr
    assert "rehearsal" in desk.done("status")
