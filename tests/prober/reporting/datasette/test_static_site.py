"""A site of plain files: the pages of the server, no link to nowhere, and the old site until the new one is whole."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from prober.cli import cli
from prober.errors import ProberError, UsageError
from prober.reporting.datasette import static_site
from prober.reporting.datasette.serve import application
from prober.reporting.datasette.static_site import Address, Files
from prober.reporting.publish.publication import Publication, publish
from prober.reporting.tables import unread
from prober.store.results.registry import sync
from prober.studies.folder import packaged
from tests.site_files import wrong_links

URL = "https://survey.example.test/pobi"
POBI = packaged("pobi-2019")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """A snapshot of a list of its own with two agencies: few pages."""
    from tests.prober.conftest import Survey

    survey = Survey(tmp_path_factory.mktemp("small") / "results.db")
    few = tuple(
        agency for agency in POBI.agencies if agency.province in ("ca-mau", "ha-giang") and agency.frame == "2019"
    )
    sync(survey.db, few, (), "sandbox")
    scan = survey.scan()
    for agency in few:
        survey.visit(scan, agency.id)
        survey.verdict(scan, agency.id, "qa", "found")
    survey.run()
    survey.db.execute("UPDATE scan SET agencies = 4")
    survey.db.conn.commit()
    return publish(survey.db, survey.path.parent / "publish")


def written(published: Publication, out: Path) -> int:
    site = application(published.folder / "results.db", POBI, "sandbox", immutable=True, provisional=True)
    return asyncio.run(static_site.write(site, published.folder, out, URL, lambda *_: None))


@pytest.fixture(scope="module")
def folder(published: Publication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "site"
    assert written(published, out) == len([*out.rglob("*.html")]) - 1  # besides that of what is not found
    return out


@pytest.mark.proof
def test_every_link_leads_to_a_file(folder: Path) -> None:
    assert [*wrong_links(folder, "/pobi")] == []


@pytest.mark.proof
def test_it_has_every_page_of_the_server_in_both_languages_and_says_what_it_is(folder: Path) -> None:
    for path in (
        "survey/2019/headline",
        "survey/2019/place/ca-mau",
        "names",
        "downloads",
        "search",
        "survey/2019/find",
    ):
        for file, language in ((f"{path}.html", "vi"), (f"en/{path}.html", "en")):
            page = LexborHTMLParser((folder / file).read_text(encoding="utf-8"))
            assert page.css_first("html").attributes["lang"] == language
            assert page.css_first(".banner"), file
            policy = page.css_first('meta[http-equiv="Content-Security-Policy"]').attributes["content"]
            assert policy and policy.startswith("default-src 'none'")
            assert page.css_first('link[rel="canonical"]').attributes["href"] == f"{URL}/{file}"


@pytest.mark.proof
def test_a_page_shows_what_the_server_shows(published: Publication, folder: Path) -> None:
    site = application(published.folder / "results.db", POBI, "sandbox", immutable=True, provisional=True)

    async def served(path: str) -> str:
        answer = await site.client.get(path, headers={"host": urlsplit(URL).hostname})
        return visible(answer.text)

    for path, file in (
        ("/?lang=en", "en/index.html"),
        ("/survey/2019/place/ca-mau?lang=vi", "survey/2019/place/ca-mau.html"),
    ):
        assert visible((folder / file).read_text(encoding="utf-8")) == asyncio.run(served(path))


def visible(text: str) -> str:
    """The words of a page, without its own addresses."""
    body = LexborHTMLParser(text).body
    assert body
    return " ".join(re.sub(r"https?://\S+", "", body.text()).split())


@pytest.mark.proof
def test_the_data_are_those_of_the_snapshot(published: Publication, folder: Path) -> None:
    for name in ("results.db", "csv/participation.csv", "manifest.json"):
        assert (folder / "data" / name).read_bytes() == (published.folder / name).read_bytes()
    rows = json.loads((folder / "rows" / "participation.json").read_text(encoding="utf-8"))
    assert [row["province"] for row in rows] == ["ca-mau", "ha-giang"]
    assert (folder / "rows" / "lost_qa.csv").read_bytes().startswith(b"\xef\xbb\xbfat,")


@pytest.mark.proof
def test_robots_sitemap_and_feed_name_whole_addresses(folder: Path) -> None:
    assert (folder / "favicon.ico").read_bytes().startswith(b"\x89PNG")
    assert f"Sitemap: {URL}/sitemap.xml" in (folder / "robots.txt").read_text()
    listed = (folder / "sitemap.xml").read_text().count("<loc>")
    assert listed == len([*folder.rglob("*.html")]) - 1
    assert f'href="{URL}/survey/2019/changes.atom"' in (folder / "survey/2019/changes.atom").read_text(encoding="utf-8")
    lost = (folder / "404.html").read_text(encoding="utf-8")
    assert 'href="/pobi/survey/style.css"' in lost  # whatever the address that was not found


@pytest.mark.proof
def test_a_provisional_snapshot_says_so_on_every_page(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        language = "en" if path.is_relative_to(folder / "en") else "vi"
        assert getattr(unread.PROVISIONAL_LONG, language) in path.read_text(encoding="utf-8"), path


def test_a_broken_run_leaves_the_old_site(
    published: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one(_site: Any, _files: Any, folder: Path, _show: Any) -> int:
        (folder / "index.html").touch()
        return 1

    monkeypatch.setattr(static_site, "_pages", one)  # how a site takes its place is the same for one page and for many
    out = tmp_path / "site"
    written(published, out)
    (out / "old").touch()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(static_site, "_data", full)
        with pytest.raises(ProberError, match="No space left"):
            written(published, out)
    assert (out / "old").exists() and [path.name for path in tmp_path.iterdir()] == ["site"]
    out.rename(tmp_path / ".site.before")  # killed between its two last steps
    written(published, out)
    assert not (out / "old").exists() and [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_of_something_else_is_left_alone(
    survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled(survey)
    monkeypatch.chdir(survey.path.parent)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    refused = CliRunner().invoke(cli, ["publish", "--site", str(other)])
    assert refused.exit_code == 2 and "no site of prober's" in refused.output
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]
    assert not (survey.path.parent / "publish").exists()  # nothing was published either
    for url in ("survey.example.test", "ftp://survey.example.test", "https://"):
        with pytest.raises(UsageError, match="not a web address"):
            static_site.allowed(tmp_path / "new", url)


@pytest.mark.parametrize(
    ("link", "file"),
    [
        ("/survey/2019/map", "../map.html"),
        ("/survey/2019/changes?cause=all&lang=en", "../../../en/survey/2019/changes~cause-all.html"),
        ("/survey/2019/figure/a.b.svg?language=en", "../figure/a.b~language-en.svg"),
        ("/results/proof?agency=x", "../../../downloads.html#proof"),
        ("/results/proof.csv?agency=x&_size=max", "../../../data/csv/proof.csv"),
        ("/results/proof.json?agency=x", "../../../rows/proof.json"),
        ("/results.db", "../../../data/results.db"),
        ("/results?sql=SELECT+1", "../../../downloads.html"),
        ("http://site.invalid/survey/2019/place/ca-mau", "ca-mau.html"),
        ("#letters", "#letters"),
        ("https://camau.gov.test/", "https://camau.gov.test/"),
    ],
)
def test_a_link_leads_to_its_file(link: str, file: str) -> None:
    files = Files(("vi", "en"), "/results", frozenset({"proof"}))
    drawn = files.page(f'<a href="{link}">', Address("/survey/2019/place/ca-mau"), "vi", "")
    assert drawn == f'<a href="{file}">'


def test_what_a_page_says_is_not_taken_for_a_link() -> None:
    files = Files(("vi", "en"), "/results", frozenset())
    told = '<code>&lt;a href="/search"&gt;</code><iframe srcdoc="&lt;a href=&quot;/search&quot;&gt;"></iframe>'
    assert files.page(told, Address("/"), "vi", "") == told
