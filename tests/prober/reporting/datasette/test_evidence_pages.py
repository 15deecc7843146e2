"""The pages of the evidence over HTTP: the archived page in its frame, where something was sought, what leads there."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.prober.reporting import archived_survey
from tests.serving import ON_DEMAND, fetch, get, header, serving

SITE = archived_survey.SITE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, int]:
    return archived_survey.write(folder)


@pytest.fixture(scope="module")
def base(folder: Path, found: dict[str, int]) -> Iterator[str]:
    (folder / "taken.txt").write_text("", encoding="utf-8")
    (folder / "prober.toml").write_text('[publish]\ntakedowns = "taken.txt"\n', encoding="utf-8")
    with serving(folder, program=ON_DEMAND) as (url, _):
        yield url


def page(base: str, path: str) -> LexborHTMLParser:
    status, text = get(base + path)
    assert status == 200, text[:500]
    return LexborHTMLParser(text)


def test_an_observation_is_shown_in_a_frame_that_can_do_nothing(base: str, found: dict[str, int]) -> None:
    tree = page(base, f"/survey/evidence/{found['office']}?lang=en")
    frame = tree.css_first("iframe")
    assert frame is not None and frame.attributes["sandbox"] == "" and "src" not in frame.attributes
    assert "allow" not in frame.attributes and frame.attributes["title"]
    inside = frame.attributes["srcdoc"] or ""
    assert "<mark" in inside and "ubnd@camau.gov.test" in inside
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', inside)
    assert policy is not None and unescape(policy[1]).startswith("default-src 'none'; style-src 'sha256-")
    assert tree.css_first("img.picture") is not None  # beside it
    text = " ".join((tree.body.text() if tree.body else "").split())
    for part in ("warc/scan-00001.warc.gz", "13 April 2020", f"{SITE}/office", "The words that prove the verdict"):
        assert part in text
    outer = header(f"{base}/survey/evidence/{found['office']}")["content-security-policy"]
    assert outer.startswith("default-src 'none'; style-src 'self' 'sha256-") and "unsafe" not in outer


def test_no_script_of_a_page_is_anywhere_in_ours(base: str, found: dict[str, int]) -> None:
    _, text = get(f"{base}/survey/evidence/{found['hostile']}?lang=en")
    assert "<script" not in text and "onerror" not in unescape(unescape(text))


def test_words_that_do_not_show_the_address_say_so(base: str, found: dict[str, int]) -> None:
    _, text = get(f"{base}/survey/evidence/{found['secret']}?lang=en")
    assert "The address vp@camau.gov.test does not stand in these words" in text
    assert "data-cfemail=&#34;3a4c4a&#34;" in text  # the source that proves it


def test_the_record_of_the_protocol_is_a_numbered_list_and_the_look_list_stands_before_it(
    base: str, found: dict[str, int]
) -> None:
    tree = page(base, f"/survey/searched/{found['search']}?lang=en")
    steps = [" ".join(node.text().split()) for node in tree.css("ol.steps > li")]
    assert [step.split(":")[0] for step in steps] == ["Home page", "Site maps", "Usual paths"]
    assert "read (200), 57 links" in steps[0] and "done, nothing there" in steps[1] and "(404)" in steps[2]
    first = " ".join(tree.css_first("#verdict").parent.text().split())  # type: ignore[union-attr]
    assert "absent (by a person): ntq" in first and "a menu link that failed or is empty" in first
    link = tree.css_first(".steps a[href*=archived]")
    assert link is not None and link.attributes["href"]
    copy = page(base, f"{link.attributes['href']}?lang=en")
    assert "ubnd@camau.gov.test" in (copy.css_first("iframe").attributes["srcdoc"] or "")
    assert get(f"{base}/survey/searched/{found['search'] - 1}")[0] == 404  # found: it has its proof


@pytest.mark.parametrize("path", ["evidence/99999", "evidence/x", "searched/99999", f"archived/{'0' * 64}"])
def test_what_is_not_there_is_not_found(base: str, path: str) -> None:
    assert get(f"{base}/survey/{path}")[0] == 404


@pytest.mark.parametrize(
    ("path", "kind", "of"),
    [
        ("/survey/2019/place/ca-mau", "evidence", "office"), ("/survey/2019/place/ca-mau", "searched", "search"),
        ("/results/proof", "evidence", "office"), ("/results/observation", "evidence", "old"),
        ("/results/latest_observation", "evidence", "office"), ("/results/verdict", "evidence", "office"),
        ("/results/observation/{}", "evidence", "old"),
        ("/results/figure?indicator=email&frame=2019", "evidence", "office"),
        ("/results/figure?indicator=&frame=2019", "searched", "search"),
    ],
)  # fmt: skip
def test_verdicts_figures_and_rows_lead_to_their_evidence(
    base: str, found: dict[str, int], path: str, kind: str, of: str
) -> None:
    _, text = get(base + path.format(found[of]))
    assert f'href="/survey/{kind}/{found[of]}"' in text


def test_a_takedown_counts_at_once_and_is_told(base: str, folder: Path, found: dict[str, int]) -> None:
    address = f"{base}/survey/evidence/{found['office']}?lang=en"
    _, before = get(address)
    picture = re.search(r"/survey/picture/[0-9a-f]{64}\.png", before)
    assert "<iframe" in before and picture is not None and fetch(base + picture[0])[0] == 200
    sha256 = picture[0].rpartition("/")[2].removesuffix(".png")
    (folder / "taken.txt").write_text(
        f"{SITE}/office 2026-11-02 the office asks for it\n{sha256} 2026-11-02 a face\n", encoding="utf-8"
    )
    _, after = get(address)
    assert "Taken down on 2 November 2026: the office asks for it" in after
    assert "<iframe" not in after and "Thư điện tử: ubnd" not in after and "/survey/picture/" not in after
    assert fetch(base + picture[0])[0] == 404
    (folder / "taken.txt").write_text("", encoding="utf-8")
    assert "<iframe" in get(address)[1]
