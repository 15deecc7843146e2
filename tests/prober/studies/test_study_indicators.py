"""What a study looks for, by name: a tiny package that is built and installed here, and what is not loaded."""

import asyncio
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.indicator import INDICATORS, names, rules_mark
from prober.domain.pages.page import Page
from prober.studies.study_indicators import ANY, from_packages, indicators_of, of_pack, read
from spiders.reading.page_reading import PageSource
from spiders.reading.reading_processes import ReadingProcesses
from tests.documented import block
from tests.languages import VIETNAMESE

MODULE = block("indicators.md", "prober_land_plans.py")
POINTS = block("indicators.md", "pyproject.toml")
PAGE = "<title>Giá đất</title><main><h1>Kế hoạch sử dụng đất 2020-2024</h1></main>"


def wheel(folder: Path, version: str = "1.2.0") -> Path:
    """Build a package as a wheel, which is a zip file with a description."""
    ((group, points),) = tomllib.loads(POINTS)["project"]["entry-points"].items()
    named = "\n".join(f"{name} = {target}" for name, target in points.items())
    info = f"prober_land_plans-{version}.dist-info"
    path = folder / f"prober_land_plans-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("prober_land_plans.py", MODULE)
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: prober-land-plans\nVersion: {version}\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/entry_points.txt", f"[{group}]\n{named}\n")
        made.writestr(f"{info}/RECORD", "")
    return path


def install(path: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target)]
    subprocess.run([*command, str(path)], check=True, timeout=120, capture_output=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed; nobody changes it."""
    folder = tmp_path_factory.mktemp("package")
    install(wheel(folder), folder / "site")
    return folder / "site"


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "prober_land_plans", raising=False)
    return site


NAMED = {"prober-land-plans": "1.2.0"}


def test_a_package_that_the_study_names_with_its_version_finds_its_indicator(installed: Path) -> None:
    sought, faults = indicators_of([*names(INDICATORS), "land_plans"], ["vi"], plugins=NAMED)
    assert not faults and names(sought)[-1] == "land_plans" and sought[-1].source == "prober-land-plans 1.2.0"
    body = Body("Ủy ban nhân dân tỉnh", sought=sought, vocabulary=VIETNAMESE)
    page = Page("http://x.gov.test/gia-dat", 200, PAGE, datetime.now(UTC), False, body.words)
    (found,) = [found for found in detect(page, body) if found.kind == "land_plans"]
    assert (found.value, found.snippet) == (page.url, "Giá đất")
    assert body.words.links["land_plans"].labels and "land_plans" not in Body("x", vocabulary=VIETNAMESE).words.links


def test_it_is_called_in_the_processes_that_read_pages(installed: Path) -> None:
    sought, _ = indicators_of(["land_plans"], ["vi"], plugins=NAMED)
    readers = ReadingProcesses()
    try:
        source = PageSource(PAGE, "http://x.gov.test/gia-dat", 200, {}, datetime.now(UTC))
        reading, _ = asyncio.run(
            readers.page(source, Body("Ủy ban nhân dân tỉnh", sought=sought, vocabulary=VIETNAMESE), 10.0)
        )
    finally:
        readers.stop()
    assert [found.kind for found in reading.findings] == ["land_plans"]


def test_what_the_study_does_not_name_is_not_loaded(installed: Path) -> None:
    _, faults = indicators_of(["land_plans"], ["vi"])
    assert "no indicator is called 'land_plans'" in faults[0] and "prober_land_plans" not in sys.modules


def test_another_version_is_not_loaded(installed: Path) -> None:
    found, faults = from_packages({"prober-land-plans": "1.3.0"})
    assert not found and faults == ["plugins: prober-land-plans 1.2.0 is installed, the study names 1.3.0"]
    assert "prober_land_plans" not in sys.modules
    assert "is not installed" in from_packages({"prober-nothing": "1"})[1][0]


FAULTY = {
    "raise OSError('no')": "OSError: no",
    MODULE.replace('"land_plans",\n', '"qa",\n'): "'qa' is no name",
    MODULE.replace(":land_plans", ":missing"): "AttributeError",
    MODULE.replace("@hookimpl", ""): "ValueError",
}


@pytest.mark.parametrize("module", FAULTY)
def test_a_faulty_package_is_told_in_words(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    shutil.copytree(site, tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "site" / "prober_land_plans.py").write_text(module, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "prober_land_plans", raising=False)
    found, faults = from_packages(NAMED)
    assert not found and faults[0].startswith("plugins: prober-land-plans 1.2.0, entry point land: ")
    assert FAULTY[module] in faults[0]


def test_readings_by_other_rules_are_read_again(installed: Path) -> None:
    (one,), _ = from_packages(NAMED)
    (own,), _ = read('[own]\nen = "x"\nlinks = ["x"]')
    (other,), _ = read('[own]\nen = "x"\nlinks = ["y"]')
    marks = {rules_mark(sought) for sought in (INDICATORS, (*INDICATORS, one), (own,), (other,))}
    assert len(marks) == 4 and any("prober-land-plans 1.2.0" in mark for mark in marks)


def test_names_of_packs_and_of_the_study_do_not_meet() -> None:
    assert names(of_pack("vi"))[:4] == ("petitions", "hotline", "consultations", "open_data")
    assert {"trackers", "mobile"} <= {*names(of_pack(ANY))} and "trackers" not in names(of_pack("vi"))
    own, _ = read('[petitions]\nen = "x"\nlinks = ["x"]')
    assert "two indicators are called 'petitions'" in indicators_of(["qa"], ["vi"], own)[1][0]
    sought, faults = indicators_of(["petitions", "qa"], ["vi"])
    assert names(sought) == ("petitions", "qa") and not faults


def test_one_of_the_repository_is_a_table_and_where_words_are_not_enough_a_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "prober.detectors.field_reports"
    module = ModuleType(name)
    exec(block("indicators.md", "prober/detectors/field_reports.py"), module.__dict__)
    monkeypatch.setitem(sys.modules, name, module)
    table = block("indicators.md", "prober/studies/packs/vi/indicators.toml")
    (one,), faults = read(table, "pack vi", ours=True)
    assert not faults
    body = Body("Ủy ban nhân dân tỉnh", sought=(*INDICATORS, one), vocabulary=VIETNAMESE)
    shown = "<title>Bản đồ</title><div id='ban-do-phan-anh'>Bản đồ</div>"
    for html, kinds in ((shown, ["field_reports"]), ("<title>Bản đồ phản ánh</title>", [])):
        page = Page("http://x.gov.test/ban-do", 200, html, datetime.now(UTC), False, body.words)
        assert [found.kind for found in detect(page, body)] == kinds
    assert "detector" in read(table)[1][0]  # a file of a study takes words only
