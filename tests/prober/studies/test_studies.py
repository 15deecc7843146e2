"""A study is a folder of text: whole, moved and renamed, it is the same; every fault of every file is told at once."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from prober.domain.agency import Term
from prober.domain.indicator import INDICATORS, names
from prober.errors import StudyError, UsageError
from prober.sandbox import client
from prober.studies.folder import PACKS, named, packaged, packaged_names, read
from prober.studies.packs import link_names
from prober.studies.study import Study, said
from tests.documented import block
from tests.pobi import POBI


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The study that comes with the prober, copied to another place under another name."""
    shutil.copytree(POBI.folder, tmp_path / "moved")
    text = (tmp_path / "moved/study.toml").read_text(encoding="utf-8")
    (tmp_path / "moved/study.toml").write_text(text.replace('"pobi-2019"', '"renamed"', 1), encoding="utf-8")
    return tmp_path / "moved"


def change(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(StudyError) as found:
        read(folder)
    return str(found.value).splitlines()


def unplaced(study: Study) -> Study:
    return replace(study, name="", folder=Path(), version="")


def test_what_comes_with_the_prober_is_read_by_its_name() -> None:
    assert "pobi-2019" in packaged_names()
    assert named("pobi-2019", Path()) is POBI
    assert (len(POBI.agencies), len(POBI.successions), len(POBI.documents)) == (194, 126, 3)
    assert POBI.frame_names == ("2019", "2025") and POBI.languages == ("vi",)
    finance = POBI.kind("finance")
    assert finance and finance.asked and said(finance.many, "en") == "Departments of Finance"


def test_moved_and_renamed_it_is_the_same_study(folder: Path) -> None:
    moved = named(str(folder), Path("/nowhere"))
    assert moved.name == "renamed" and moved.version != POBI.version
    assert unplaced(moved) == unplaced(POBI)


def test_a_folder_is_named_from_prober_toml_on(folder: Path) -> None:
    assert named("moved", folder.parent).folder == folder
    with pytest.raises(StudyError, match="is no folder.*pobi-2019"):
        named("elsewhere", folder.parent)


def test_every_fault_of_every_file_is_told_at_once(folder: Path) -> None:
    change(folder, "study.toml", ('zone = "Asia/Ho_Chi_Minh"', 'zone = "Hanoi"'), ("waiting_working", "wating_working"))
    change(folder, "letters/request.vi.txt", ("Subject: ", "Subjekt: "))
    change(folder, "letters/reminder.vi.txt", ("agency.name_vi", "agenzy.name_vi"))
    change(folder, "agencies/2019.csv", (",stc-ha-noi,", ",STC,"), ("https://camau.gov.vn", "camau"))
    change(folder, "successions.csv", ("2019-cao-bang", "2019-nowhere"))
    (folder / "protocol.toml").unlink()
    told = faults(folder)
    for name, words in (
        ("study.toml", "zone: must be a time zone"),
        ("study.toml", "unknown key wating_working_days; did you mean waiting_working_days?"),
        ("letters/request.vi.txt", "must begin with a line 'Subject: '"),
        ("letters/reminder.vi.txt", "unknown name 'agenzy'; did you mean agency?"),
        ("agencies/2019.csv", "line 3: slug: must be lower-case letters"),
        ("agencies/2019.csv", "camau' must begin with https://"),
        ("successions.csv", "line 4: predecessor '2019-nowhere' is no agency of the registry"),
        ("protocol.toml", "is missing"),
    ):
        assert any(line.startswith(f"{folder / name}: ") and words in line for line in told), (name, words, told)
    assert not any("request..txt" in line for line in told)  # which language comes first is not known then


def test_a_language_without_a_pack_needs_a_label_of_each_indicator(folder: Path) -> None:
    change(folder, "study.toml", ('languages = ["vi"] ', 'languages = ["vi", "km"] '))
    told = faults(folder)
    assert len(told) == len(link_names())
    assert (
        f"{folder / 'words.toml'}: [km.links.qa.labels] is missing: 'km' has no pack of words (en, vi have one)"
        in told[0]
    )
    labels = "".join(f'[km.links.{name}.labels]\nstrong = ["សំណួរ"]\n' for name in link_names())
    (folder / "words.toml").write_text(labels, encoding="utf-8")
    assert read(folder).vocabulary.languages == ("vi", "km")


def test_law_and_calendar_of_ones_own_go_before_a_pack(folder: Path) -> None:
    change(
        folder, "study.toml", ('calendar = "vi" ', 'calendar = "calendar.toml" '), ('law = "vi" ', 'law = "law.toml" ')
    )
    (folder / "calendar.toml").write_text('country = "GB"\nsubdivision = "ENG"\n', encoding="utf-8")
    law = folder.parents[0] / "moved/law.toml"
    law.write_text('[[regime]]\nname = "FOI"\nlaw = "Act"\nfrom = 2005-01-01\ncited_as = "the Act"\n', encoding="utf-8")
    study = read(folder)
    assert [regime.name for regime in study.law.regimes] == ["FOI"]
    assert study.calendar.country.code == "GB" and study.calendar.zone.key == "Asia/Ho_Chi_Minh"
    change(folder, "study.toml", ('law = "law.toml"', 'law = "atlantis"'))
    assert any("law: 'atlantis' is no pack with a law.toml (en, vi)" in line for line in faults(folder))


@pytest.mark.parametrize(("name", "pack"), [("pobi-2019", "vi"), ("foi-en", "en")])
def test_law_and_calendar_of_a_pack_are_the_same_as_files_of_the_folder(name: str, pack: str, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(packaged(name).folder, folder)
    assert not {"law.toml", "calendar.toml"} & {file.name for file in folder.iterdir()}
    referring = read(folder)
    for what in ("law", "calendar"):
        change(folder, "study.toml", (f'\n{what} = "{pack}"', f'\n{what} = "{what}.toml"'))
        shutil.copy(PACKS / pack / f"{what}.toml", folder)
    alone = read(folder)
    assert (alone.law, alone.calendar) == (referring.law, referring.calendar)


COUNCILS = "slug,kind,name_en,url\nleeds,council,Leeds City Council,https://leeds.gov.test\n"


def test_a_list_in_one_language_without_a_column_of_its_frame_is_enough(folder: Path) -> None:
    frame, kind = '[[frame]]\nname = "', '[[kind]]\nname = "'
    change(folder, "study.toml", (f"{kind}portal", f"{kind}council"), (f"{frame}2025", f"{frame}uk"))
    change(folder, "study.toml", ('part_of = "portal" ', 'part_of = "council" '))
    shutil.rmtree(folder / "agencies")
    (folder / "successions.csv").unlink()
    (folder / "agencies").mkdir()
    (folder / "agencies/uk.csv").write_text(COUNCILS, encoding="utf-8")
    (leeds,) = read(folder).agencies
    assert (leeds.id, leeds.province) == ("uk-leeds", "leeds")
    assert leeds.name_vi == leeds.name_en == "Leeds City Council"


def test_a_department_has_a_body_that_it_is_part_of_and_names(folder: Path) -> None:
    (finance,) = read(folder).vocabulary.departments
    assert (finance.kind, finance.part_of, finance.called[0]) == ("finance", "portal", "sở tài chính")
    change(
        folder, "study.toml", ('part_of = "portal" ', 'part_of = "finance" '), ('marks = ["taichinh"', '# ["taichinh"')
    )
    told = "\n".join(faults(folder))
    assert "kind 'finance': part_of = 'finance' is no other kind of this study" in told
    assert "kind 'finance': a department needs called and marks" in told
    change(folder, "study.toml", ('part_of = "finance" ', "# "))
    assert any("kind 'finance': called, marks and mail_domains are of departments" in line for line in faults(folder))


def test_what_a_study_looks_for_is_named_in_it(folder: Path) -> None:
    assert POBI.sought == INDICATORS
    change(folder, "study.toml", ('"budget"]', '"petitions", "complaints"]'))
    (folder / "indicators.toml").write_text(block("indicators.md", "indicators.toml"), encoding="utf-8")
    study = read(folder)
    assert names(study.sought) == ("qa", "email", "social", "access", "web_form", "petitions", "complaints")
    assert study.sought[-1].name == ("Khiếu nại, tố cáo", "Complaints")


def test_faults_of_indicators_are_told_with_the_others(folder: Path) -> None:
    days = "waiting_working_days = 30"
    change(folder, "study.toml", ('"budget"]', '"complains"]'), (days, "waiting_working_days = 0"))
    table = '[complaints]\nen = "Complaints"\npatterns = [".*"]\n'
    (folder / "indicators.toml").write_text(table, encoding="utf-8")
    told = "\n".join(faults(folder))
    for words in ("indicators.toml: [complaints] unknown key patterns", "missing key links", "waiting_working_days"):
        assert words in told
    (folder / "indicators.toml").unlink()
    change(folder, "study.toml", ("waiting_working_days = 0", f'{days}\nplugins = {{"prober-x" = "1.0"}}'))
    told = "\n".join(faults(folder))
    assert "no indicator is called 'complains'" in told and "the package prober-x is not installed" in told


def test_the_embedded_world_of_a_study_is_the_one_that_it_names() -> None:
    councils = packaged("foi-en")
    assert (client.populated_by(POBI), client.populated_by(councils)) == ("pobi-2019", "foi-en")
    assert client.populated_by(replace(councils, languages=("vi",))) == "foi-en"
    with pytest.raises(UsageError, match='pobi-2019 names no embedded world: .*sandbox = "provinces" or "councils"'):
        client.populated_by(replace(POBI, sandbox=""))


def test_an_earlier_survey_is_data_of_the_study(folder: Path) -> None:
    assert [(one.frame, one.indicator, one.k, one.n) for one in POBI.references] == [
        ("2019", "qa_and_email", 61, 63), ("2019", "replied", 8, 63),
    ]  # fmt: skip
    assert POBI.references[1].name == "POBI 2019" and "cannot be paired" in POBI.references[1].limits_en
    for name in ("foi-en", "portal-review"):
        assert packaged(name).references == ()
    text = (folder / "study.toml").read_text(encoding="utf-8")
    again = '\n[[reference]]\nname = "Again"\nframe = "2019"\nof = 5\ncounts = { replied = 6 }\n'
    lost = '\n[[reference]]\nname = "Lost"\nframe = "2020"\nof = 5\ncounts = { replied = 5 }\n'
    (folder / "study.toml").write_text(text + again + lost, encoding="utf-8")
    told = faults(folder)
    for words in (
        "reference 'Again': a list is compared with one survey, and frame '2019' has one",
        "reference 'Again': replied = 6 is more than of = 5",
        "reference 'Lost': frame = '2020' is no [[frame]] of this study",
    ):
        assert any(words in line for line in told), (words, told)


def test_the_earlier_survey_of_the_documentation_is_read_as_it_says(tmp_path: Path) -> None:
    shutil.copytree(packaged("foi-en").folder, tmp_path / "own")
    file = tmp_path / "own/study.toml"
    shown = block("studies.md", "study.toml, an earlier survey")
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{shown}", encoding="utf-8")
    found = read(tmp_path / "own").references
    assert [(one.indicator, one.k, one.n) for one in found] == [("replied", 22, 40), ("access", 31, 40)]
    assert {one.about_vi for one in found} == {
        "An audit of the same forty councils by another team"
    }  # one text for all
    assert {one.limits_en for one in found} == {"Its letters are not published."}


def test_a_place_that_has_a_portal_and_departments_is_called_as_the_study_says(folder: Path) -> None:
    assert Term("kind", "place", "tỉnh, thành phố", "province", "tỉnh, thành phố", "provinces") in POBI.terms
    assert "place" not in {term.name for term in packaged("foi-en").terms}
    change(folder, "study.toml", ('many = { vi = "tỉnh, thành phố", en = "provinces" }', 'many = "prefectures"'))
    assert next(term for term in read(folder).terms if term.name == "place").many_en == "prefectures"
