"""The site of plain files from a real nginx, read by Chromium: as it is served, asking nobody else."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from prober.cli import cli
from tests.browser import listen, serious
from tests.prober.conftest import Survey, fill
from tests.prober.reporting import changed_site
from tests.serving import fetch, serving
from tests.site_files import wrong_links
from tests.system.daemon import Daemon

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.needs("nginx", "chromium"), pytest.mark.proof]  # a site of 63 provinces takes a minute
FIGURE = "2019.finance.replied.share"
KEPT = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")  # folders that nginx wants to make
READ = (
    ("/", "/index.html"), ("/survey/2019/map?lang=en", "/en/survey/2019/map.html"),
    ("/survey/2019/place/ca-mau?lang=vi", "/survey/2019/place/ca-mau.html"),
    (f"/survey/2019/figure/{FIGURE}?lang=en", f"/en/survey/2019/figure/{FIGURE}.html"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    survey = Survey(tmp_path_factory.mktemp("pobi") / "results.db")
    fill(survey)
    survey.db.close()
    folder = changed_site.write(tmp_path_factory.mktemp("site"), survey.path)
    with pytest.MonkeyPatch.context() as there:
        there.chdir(folder)
        done = CliRunner().invoke(cli, ["publish", "--out", "publish", "--site", "files"])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def nginx(folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.3", 0)) as free:
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(
        "user root; " * (os.geteuid() == 0) + f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}} "
        "http { types { text/html html; text/css css; image/svg+xml svg; application/json json; } access_log off; "
        + "".join(f"{name}_temp_path {folder}/{name}; " for name in KEPT)
        + f"server {{ listen 127.0.0.3:{port}; root {folder}/files; error_page 404 /404.html; }} }}"
    )
    server = Daemon(["nginx", "-c", str(folder / "nginx.conf")], folder / "nginx.log", ("127.0.0.3", port))
    yield f"http://127.0.0.3:{port}"
    server.stop()


def test_every_link_of_every_page_is_answered(folder: Path, nginx: str) -> None:
    files = folder / "files"
    assert [*wrong_links(files)] == []
    asked = [path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()]
    assert len(asked) > 1_000
    for path in asked[:: len(asked) // 100]:
        assert fetch(f"{nginx}/{path}")[0] == 200, path
    assert fetch(f"{nginx}/en/nowhere/at/all")[0] == 404


def test_a_reader_sees_what_the_server_shows(folder: Path, nginx: str, browser: "Browser") -> None:
    with serving(folder, "--published", "publish") as (base, _):
        for path, file in READ:
            view = browser.new_page(viewport={"width": 1280, "height": 900})
            events = listen(view)
            view.goto(nginx + file)
            assert [event for event in events if not event.startswith(f"{nginx}/")] == [], file
            assert view.locator(".banner").is_visible()
            assert view.evaluate("getComputedStyle(document.body).fontFamily") != "Times New Roman"  # its style sheet
            assert serious(view) == [], file
            seen = view.evaluate("document.body.innerText")
            view.goto(base + path)
            assert said(seen) == said(view.evaluate("document.body.innerText")), file
            view.close()


def test_every_page_of_evidence_opened_by_itself_runs_nothing_and_asks_nobody(folder: Path, browser: "Browser") -> None:
    """From the disk, without the server whose policy would protect the reader; of each kind at most 60."""
    files = folder / "files"
    kinds = [
        sorted(files.glob(f"{root}survey/{kind}/*.html")) for root in ("", "en/") for kind in ("evidence", "searched")
    ]
    assert all(kinds)
    view = browser.new_page()
    events = listen(view)
    frames = 0
    for path in [path for kind in kinds for path in kind[:: len(kind) // 60 + 1]]:
        events.clear()
        view.goto(path.as_uri())
        assert [event for event in events if not event.startswith(files.as_uri())] == [], path
        assert view.locator("h1").is_visible(), path
        found = view.locator("iframe").evaluate_all("all => all.map(f => [f.getAttribute('sandbox'), f.srcdoc])")
        assert all(sandbox == "" and "default-src 'none'" in text for sandbox, text in found), path
        assert view.evaluate("document.scripts.length") == 0, path
        frames += len(found)
    assert frames or not any("<iframe" in path.read_text(encoding="utf-8") for path in kinds[0])
    assert not [path for path in files.rglob("*") if path.suffix in (".warc", ".gz", ".xhtml", ".mhtml")]
    view.close()


def said(text: str) -> list[str]:
    """The lines of a page but those that name its own address."""
    return [
        line
        for line in text.splitlines()
        if "/survey/" not in line and "/index.html" not in line and "http://" not in line
    ]


def test_a_reader_changes_language_and_finds_a_place_without_a_script(nginx: str, browser: "Browser") -> None:
    view = browser.new_context(java_script_enabled=False).new_page()
    view.goto(f"{nginx}/survey/2019/map.html")
    view.click(".switch a[lang=en]")
    assert view.url == f"{nginx}/en/survey/2019/map.html"
    view.click("nav a[href$='index.html']")
    view.fill("#name", "ca mau")
    view.press("#name", "Enter")
    view.click("text=Ca Mau")
    assert view.url.startswith(f"{nginx}/en/survey/2019/place/ca-mau.html")
    view.goto(f"{nginx}/nowhere/else")
    assert view.locator(".banner").is_visible() and "404" in view.inner_text("header.top")
    parsed = LexborHTMLParser(view.content())
    assert parsed.css_first('link[rel="stylesheet"]').attributes["href"] == "/survey/style.css"
