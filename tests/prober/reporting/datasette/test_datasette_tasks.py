"""What a stranger comes for, from the start page by clicks and typing, in either language: three steps at most."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prober.reporting.publish.publication import publish
from prober.store import open_results
from prober.text.vietnamese import fold
from tests.prober.reporting import archived_survey, changed_site
from tests.serving import ON_DEMAND, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("chromium")
MOST = 3
WORDS = {
    "vi": {
        "proof": "Xem trang đã lưu", "kind": "Hỏi đáp", "changes": "Thay đổi", "night": "Đêm gần nhất",
        "changed": "không tìm thấy", "whole": "Toàn bộ, một tệp zip", "method": "Phương pháp",
        "answer": "Sở Tài chính: có trả lời sau", "days": "ngày làm việc", "counted": "vẫn nằm trong mẫu số",
    },
    "en": {
        "proof": "See the archived page", "kind": "Q&A section", "changes": "Changes", "night": "Last night",
        "changed": "not found", "whole": "Everything, one zip file", "method": "Method",
        "answer": "Department of Finance: answered after", "days": "working days",
        "counted": "stay in the denominator",
    },
}  # fmt: skip


class Stranger:
    """Knows the address of the start page and can read; every click and every typed word is a step."""

    def __init__(self, view: "Page", base: str, language: str) -> None:
        self.view, self.words, self.steps = view, WORDS[language], 0
        view.goto(f"{base}/")
        if language == "en":
            self.click("English")

    def click(self, words: str | re.Pattern[str]) -> None:
        self.steps += 1
        self.view.get_by_role("link", name=words, exact=True).first.click()

    def type(self, words: str) -> None:
        self.steps += 1
        self.view.locator("input#name").fill(words)
        self.view.keyboard.press("Enter")

    def reads(self, *words: str) -> None:
        """Find all the words on the page that the last step leads to, after three steps at most."""
        from playwright.sync_api import expect

        assert self.steps <= MOST
        for word in words:
            expect(self.view.locator("body")).to_contain_text(word, use_inner_text=True)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Iterator[str]:
    folder = changed_site.write(tmp_path_factory.mktemp("tasks"), pobi_db)
    with closing(open_results(folder / "results.db")) as db:
        publish(db, folder / "publish", accept="a trial", provisional=True)
    with serving(folder, "--published", "publish", program=ON_DEMAND) as (url, _):
        yield url


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("archived")
    archived_survey.write(folder)
    with serving(folder, program=ON_DEMAND) as (url, _):
        yield url


@pytest.fixture(params=["vi", "en"])
def stranger(base: str, browser: "Browser", request: pytest.FixtureRequest) -> Iterator[Stranger]:
    with closing(browser.new_context(accept_downloads=True)) as context:
        at = request.getfixturevalue("archived") if "proves" in request.node.name else base
        yield Stranger(context.new_page(), at, request.param)


def test_the_answer_of_the_own_province_and_its_time(stranger: Stranger, pobi_db: Path) -> None:
    with closing(open_results(pobi_db)) as db:
        row = next(
            db.query("SELECT province_vi AS name FROM participation WHERE answered = 'found' AND frame = '2019'")
        )
    stranger.type(fold(row["name"]))
    stranger.reads(stranger.words["answer"], stranger.words["days"])


def test_the_page_that_proves_its_section_of_questions(stranger: Stranger) -> None:
    stranger.type("ca mau")
    stranger.click(re.compile(f"{stranger.words['proof']} ?: {re.escape(stranger.words['kind'])}"))
    stranger.reads("SHA-256")
    assert stranger.view.locator("h1").inner_text() == stranger.words["kind"]


def test_all_that_changed_last_night(stranger: Stranger) -> None:
    stranger.click(stranger.words["night"])
    stranger.reads(stranger.words["night"])
    stranger.click(stranger.words["changes"])
    stranger.reads(stranger.words["changed"])


def test_everything_is_fetched_as_one_file(stranger: Stranger, tmp_path: Path) -> None:
    with stranger.view.expect_download() as download:
        stranger.click(stranger.words["whole"])
    download.value.save_as(tmp_path / "everything.zip")
    with zipfile.ZipFile(tmp_path / "everything.zip") as packed:
        packed.extract("results.db", tmp_path)
        assert {"datapackage.json", "csv/participation.csv", "csv/headline.csv"} <= {*packed.namelist()}
    with closing(open_results(tmp_path / "results.db")) as db:
        assert next(iter(db.query("SELECT k, n FROM headline WHERE indicator = 'replied'")))["n"] == 63
    assert stranger.steps <= MOST


def test_how_unknowns_were_counted(stranger: Stranger) -> None:
    stranger.click(stranger.words["method"])
    stranger.reads(stranger.words["counted"])
