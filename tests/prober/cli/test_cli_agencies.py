"""prober agencies: what the registry knows of one agency, in the study's word for its place."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli

HEAD = "slug,kind,name,url,province,province_vi,province_en\n"
ROW = "leeds,council,Leeds City Council,https://leeds.gov.test/,west,Gorllewin,West\n"
LIVE = 'world = "live"\nstudy = "mine"\n[crawl]\nuser_agent = "prober-test (https://prober.test/)"\n'
WORD = '\n[place]\none = { en = "local area" }\nmany = { en = "local areas" }\n'


def prober(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(("own", "word"), [(WORD, "local_area"), ("", "place")])
def test_an_agency_is_shown_in_the_word_of_the_study_for_its_place(tmp_path: Path, own: str, word: str) -> None:
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    prober(tmp_path, "study", "new", "mine", "--blank")
    study = tmp_path / "mine/study.toml"
    study.write_text(study.read_text(encoding="utf-8") + own, encoding="utf-8")
    (tmp_path / "mine/agencies/councils.csv").write_text(HEAD + ROW, encoding="utf-8")
    told = prober(tmp_path, "agencies", "show", "leeds")
    fields = dict(line.strip().split(maxsplit=1) for line in told.splitlines() if len(line.split()) > 1)
    assert (fields[word], fields[f"{word}_vi"], fields[f"{word}_en"]) == ("west", "Gorllewin", "West")
    assert "province" not in told
    (row,) = json.loads(prober(tmp_path, "agencies", "show", "leeds", "--json"))
    assert (row["province"], row["province_vi"], row["province_en"]) == ("west", "Gorllewin", "West")
    assert "province_vi" in prober(tmp_path, "agencies", "show", "leeds", "--csv").splitlines()[0]


def test_a_list_beside_the_study_has_no_word_of_the_study(tmp_path: Path) -> None:
    (tmp_path / "prober.toml").write_text("", encoding="utf-8")
    (tmp_path / "xa.csv").write_text("slug,kind,name_vi,url\nxa-1,commune,Xã Một,http://xa-1.test/\n", encoding="utf-8")
    prober(tmp_path, "agencies", "import", str(tmp_path / "xa.csv"), "--frame", "xa")
    told = prober(tmp_path, "agencies", "show", "xa-1")
    assert "place" in told and "province" not in told
    assert "province_vi" in prober(tmp_path, "agencies", "show", "ca-mau", "--frame", "2019")
