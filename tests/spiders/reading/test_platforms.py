"""Portal technologies by their marks."""

import time
from datetime import datetime

import pytest

from prober.domain.indicator import Kind
from prober.domain.pages.page import Page
from spiders.reading.platforms import GENERIC, PLATFORMS, recognise
from tests.languages import EN, VI
from tests.pobi import HANOI

MARKS = {
    "liferay": '<div class="portlet-boundary"></div><a href="/web/guest/hoi-dap">Hỏi đáp</a>',
    "websphere": '<div class="wpsPortletBody"><a href="/wps/portal/hoidap">Hỏi đáp</a></div>',
    "sharepoint": '<script src="/_layouts/15/init.js"></script><a href="/Pages/HoiDap.aspx">Hỏi đáp</a>',
    "sharepoint-portal": '<script src="/_layouts/15/a.js"></script><a href="/portal/Pages/2020-4-1/tin.aspx">Tin</a>',
    "dotnetnuke": '<div id="dnn_ctr412_ModuleContent"></div><img src="/Portals/0/logo.png">',
    "nukeviet": "<script>var nv_base_siteurl = '/', nv_lang_data = 'vi';</script>",
    "drupal": '<meta name="generator" content="Drupal 8"><div class="views-row"></div>',
    "joomla": '<meta name="generator" content="Joomla! - Open Source"><a href="/index.php/hoi-ap">Hỏi đáp</a>',
    "wordpress": '<link rel="stylesheet" href="/wp-content/themes/x/style.css">',
    "spa": '<div id="root"></div><script src="/static/js/main.8d21.js"></script>',
    "generic": "<p>Một trang không có dấu hiệu gì, kể chuyện id của Portals.</p>",
}


@pytest.mark.parametrize("name", MARKS)
def test_recognition(name: str) -> None:
    page = Page("https://x.gov.vn/", 200, f"<html><body>{MARKS[name]}</body></html>", datetime.now(HANOI))
    assert recognise(page).name == name


def test_every_technology_has_a_case() -> None:
    assert {platform.name for platform in (*PLATFORMS, GENERIC)} == set(MARKS)


@pytest.mark.parametrize("platform", [*PLATFORMS, GENERIC], ids=lambda platform: platform.name)
def test_guesses_are_absolute_paths_without_repetition(platform) -> None:  # type: ignore[no-untyped-def]
    for kind in (Kind.QA, Kind.EMAIL, Kind.ACCESS):
        paths = platform.guesses(kind, VI)
        assert paths and len(set(paths)) == len(paths) and all(path.startswith("/") for path in paths)


@pytest.mark.parametrize("platform", [*PLATFORMS, GENERIC], ids=lambda platform: platform.name)
def test_an_english_site_is_not_asked_for_vietnamese_addresses(platform) -> None:  # type: ignore[no-untyped-def]
    english = {path for kind in (Kind.QA, Kind.EMAIL, Kind.ACCESS) for path in platform.guesses(kind, EN)}
    vietnamese = {path.lower() for kind in (Kind.QA, Kind.EMAIL, Kind.ACCESS) for path in platform.guesses(kind, VI)}
    assert english and not [path for path in english if "hoi" in path or "lien" in path or "tiep" in path]
    assert any("hoi" in path for path in vietnamese)


@pytest.mark.parametrize("piece", ["/themes/x", "/pages/x", "/portal/pages/x", "/lists/x", "name='generator'"])
def test_recognition_takes_time_in_proportion_to_the_page(piece: str) -> None:
    began = time.process_time()
    for platform in PLATFORMS:
        platform.recognises(piece * (300_000 // len(piece)), "http://x.gov.vn/")
    assert time.process_time() - began < 3  # the square of the page is more than a minute
