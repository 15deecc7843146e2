"""Measure 32 readers at once: the served snapshot of a demo, and beside it the same site as plain files from nginx.

wrk asks for the pages of all provinces in both languages, one after the other, as often as it is answered.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from benchmarks.record import Result, Row, Tell
from prober.documents import child_process
from prober.reporting.datasette.kept_pages import drawn_ahead
from prober.reporting.publish import publication

READERS, SECONDS = 32, 15
PUBLISHED = ("--published", "publish")
READY_SECONDS = 4.0  # after the start, in which templates are compiled
ALONE = ("/", "/results", "/results/participation", "/survey/2019/map", "/survey/2019/place/ca-mau")
PAGES_A_SECOND, P99_MS, JSON_A_SECOND, ALONE_MS = 500, 200.0, 200, 100.0
# wrk counts requests of each thread from another place, so that threads do not ask for the same page together.
SCRIPT = """local urls = {{{urls}}}
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init() at = number * math.floor(#urls / 2) end
function request() at = at % #urls + 1; return wrk.format("GET", urls[at]) end
"""
NGINX = """{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 2;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types; access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {site}; }}
}}
"""
_open = build_opener(ProxyHandler({})).open


def run(folder: Path, tell: Tell) -> Result:
    demo = folder / "demo"
    subprocess.run(
        child_process.command("prober", "demo", "--dir", str(demo)),
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    tell("a demo run")
    return measured(demo, folder, tell)


def measured(demo: Path, folder: Path, tell: Tell) -> Result:
    """Publish the results in `demo` as snapshot and as plain files below `folder`, and measure both."""
    command = child_process.command("prober", "publish", "--site", str(folder / "site"))
    subprocess.run(command, cwd=demo, check=True, stdout=subprocess.DEVNULL)
    tell("published, as a site of plain files too")
    provinces = _provinces(publication.latest(demo / "publish").folder / "results.db")
    own = [f"/survey/2019/place/{slug}?lang={language}" for slug in provinces for language in ("vi", "en")]
    files = [f"{root}/survey/2019/place/{slug}.html" for slug in provinces for root in ("", "/en")]
    with _served(demo, *PUBLISHED) as base:
        at_once = _wrk(base, own, folder)
        tell("the crowd that comes with the first page")
        data = _wrk(base, ["/results/participation.json"], folder)
        tell("the data")
    drawn_ahead.file_of(publication.latest(demo / "publish").folder).unlink()
    with _served(demo, *PUBLISHED) as base:
        undrawn = _wrk(base, own, folder)
        tell("the crowd where no page is drawn ahead")
    with _served(demo) as base:
        time.sleep(READY_SECONDS)
        alone = {path: _alone(base + path, demo / "results.db") for path in ALONE}
        tell("one reader of results.db")
    with _nginx(folder) as base:
        plain = _wrk(base, files, folder)
        tell("the plain files")
    times = ", ".join(f"{path} {found:.0f}" for path, found in alone.items())
    slowest = max(alone, key=lambda path: alone[path])
    return Result(
        [
            _row("pages of provinces, from the first request on", at_once, PAGES_A_SECOND),
            _row("`participation.json`", data, JSON_A_SECOND),
            _row("pages of provinces where none is drawn ahead, from the first request on", undrawn, 0),
            Row("alone, of results.db, with no page kept: start page, tables, map, a province",
                f"slowest {alone[slowest]:.0f} ms ({slowest})", f"< {ALONE_MS:.0f} ms", alone[slowest] < ALONE_MS),
            _row("the same pages of provinces as plain files from nginx", plain, 0),
        ],
        f"""
`prober serve --published` and nginx on loopback, {READERS} readers for {SECONDS} s by wrk over the {len(own)} pages of
all provinces in both languages, with wrk on the same two cores, from the moment in which the server says its address.
One reader alone has `prober serve` of the database that is written: {times} ms.""",
    )  # fmt: skip


def _provinces(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return [slug for (slug,) in db.execute("SELECT province FROM participation WHERE frame = '2019' ORDER BY 1")]


@contextmanager
def _served(demo: Path, *options: str) -> Iterator[str]:
    command = child_process.command("prober", "serve", *options, "--port", "0")
    with subprocess.Popen(command, cwd=demo, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().split()[0].rstrip("/")
        finally:
            server.send_signal(signal.SIGINT)


@contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf, user = folder / "nginx.conf", "" if os.geteuid() else "user root;"
    conf.write_text(NGINX.format(folder=folder, site=folder / "site", port=port, user=user))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen([program, "-c", str(conf)], stderr=subprocess.DEVNULL) as server:
        try:
            _until_it_answers(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)


def _until_it_answers(url: str) -> None:
    for _ in range(100):
        try:
            with _open(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def _alone(url: str, database: Path) -> float:
    """Return how long a page takes, ms, of a database that has changed since any page was drawn."""
    os.utime(database)
    time.sleep(0.1)
    begin = time.perf_counter()
    with _open(url, timeout=60) as answer:
        answer.read()
    return (time.perf_counter() - begin) * 1000


def _wrk(base: str, paths: Sequence[str], folder: Path) -> tuple[float, float]:
    """Return requests answered a second, and the time within which 99 of 100 were, ms."""
    script = folder / "crowd.lua"
    script.write_text(SCRIPT.format(urls=", ".join(f'"{path}"' for path in paths)))
    command = ["wrk", "-t2", f"-c{READERS}", f"-d{SECONDS}s", "--latency", "--timeout", "30s", "-s", str(script), base]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    rate, slow = re.search(r"Requests/sec: +([\d.]+)", said), re.search(r" 99% +([\d.]+)(us|ms|s)\s", said)
    if not rate or not slow:
        raise RuntimeError(said)
    return float(rate[1]), float(slow[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[slow[2]]


def _row(what: str, found: tuple[float, float], target: int) -> Row:
    rate, slow = found
    wanted = f"≥ {target}/s, p99 ≤ {P99_MS:.0f} ms" if target else ""
    return Row(what, f"{rate:,.0f}/s, p99 {slow:.0f} ms", wanted, rate >= target and slow <= P99_MS if target else None)
