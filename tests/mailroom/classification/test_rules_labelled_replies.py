"""Labelled replies: those by which rules are written are all read rightly; the held-out ones were scored once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailroom.classification.bounces import delivery_reports
from mailroom.mime import parser
from prober.cli import cli
from prober.errors import UsageError
from prober.services.evaluation import mail_cases
from prober.services.evaluation.scores import REPLIES, SEALED, confusion, record, recorded
from prober.studies.folder import packaged

POBI = packaged("pobi-2019")
FOLDER = Path(__file__).parents[2] / "fixtures" / "replies"
TUNING = sorted((FOLDER / "tuning").glob("*.eml"))
RECORDS = recorded(Path(__file__).parents[3] / "docs" / "scores.json")
# Folder → the record of the one time that it was scored.
SCORED_ONCE = {"held_out": RECORDS[REPLIES], "sealed": RECORDS[SEALED]}


def test_replies_by_which_rules_are_written_have_the_class_of_their_label() -> None:
    number, scores = mail_cases.evaluate_replies(FOLDER / "tuning", POBI)
    assert number == len(TUNING)
    assert [(score.kind, score.missed, score.wrong) for score in scores if score.missed or score.wrong] == []


@pytest.mark.parametrize("name", SCORED_ONCE)
def test_the_replies_that_were_scored_once_are_as_many_as_then(name: str) -> None:
    names = {path.stem for path in (FOLDER / name).glob("*.eml")}
    assert len(names) == SCORED_ONCE[name]["cases"] >= 40
    assert not names & {path.stem for path in TUNING}


@pytest.mark.parametrize("name", SCORED_ONCE)
def test_a_record_is_what_the_rules_of_its_version_say(name: str) -> None:
    """A later version has no such record: its rules may have been written with these replies in mind."""
    kept = SCORED_ONCE[name]
    assert int(kept["versions"]["replies"]) <= int(parser.PARSER)
    if kept["versions"] == mail_cases.VERSIONS:
        number, scores = mail_cases.evaluate_replies(FOLDER / name, POBI)
        assert [score.row() for score in scores] == kept["scores"]
        assert number == kept["cases"]


NO_BOUNCE = sorted(
    line.partition(",")[0]
    for line in (FOLDER / "tuning" / "labels.csv").read_text(encoding="utf-8").splitlines()[1:]
    if not line.endswith(",N0")
)


@pytest.mark.parametrize("name", NO_BOUNCE)
def test_no_answer_of_a_person_is_a_delivery_report(name: str) -> None:
    """Among them answers that quote, forward or enclose one, or speak of a letter that came back."""
    assert delivery_reports.examine(parser.parse((FOLDER / "tuning" / f"{name}.eml").read_bytes())) == []


def folder(tmp_path: Path, labels: str) -> Path:
    (tmp_path / "a.eml").write_text("From: a@b.test\n\nSở đã tiếp nhận yêu cầu.\n", encoding="utf-8")
    (tmp_path / "labels.csv").write_text(f"id,event\n{labels}", encoding="utf-8")
    return tmp_path


def test_confusion_shows_what_was_said_of_each_class(tmp_path: Path) -> None:
    number, scores = mail_cases.evaluate_replies(folder(tmp_path, "a,F1\n"), POBI)
    kept = tmp_path / "scores.json"
    kept.write_text("{}", encoding="utf-8")
    record(kept, REPLIES, number, {"replies": "7"}, [score.row() for score in scores])
    text = confusion(kept, REPLIES)
    assert "0 of 1 have the class of their label, by the rules of version 7. Of 1 answers 0 were called one" in text
    assert "| | A2 | F1 |\n|---|---:|---:|\n| **A2** |  |  |\n| **F1** | 1 |  |" in text
    assert text.endswith("Mistaken: a (F1, said A2).")


def test_a_letter_from_the_address_that_the_replies_are_to_is_our_own(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.eml").write_text("From: stc@a.test\nTo: we+t@b.test\n\nĐã nhận.\n", encoding="utf-8")
    (tmp_path / "c.eml").write_text("From: we+t@b.test\nTo: stc@a.test\n\nKính gửi Sở.\n", encoding="utf-8")
    (tmp_path / "labels.csv").write_text("id,event\na,A2\nb,A2\nc,OW\n", encoding="utf-8")
    _, found = mail_cases.evaluate_replies(tmp_path, POBI)
    assert {score.kind: score.right for score in found if score.right} == {"A2": 2, "OW": 1}


def test_prober_eval_scores_a_folder_of_replies(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["eval", str(folder(tmp_path, "a,A2\n")), "--json"])
    rows = json.loads(result.output)
    assert {row["kind"]: row["right"] for row in rows} == {"answer": 0, "A2": 1, "both agree": 1, "they differ": 0}
    assert [row["detector"] for row in rows[2:]] == ["replies", "replies", "second opinion"]


def test_prober_eval_reads_letters_in_the_words_of_the_configured_study(tmp_path: Path) -> None:
    """The letter gives one of the two documents of foi-en; the study of the default reads no English."""
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "labels.csv").write_text("id,event,documents\na,P1,given;refused\n", encoding="utf-8")
    said = "The statement of accounts is here: https://a.gov.test/docs/statement-of-accounts-2018-19.pdf\n\n"
    said += "The register of payments to suppliers is exempt under section 22 of the Act."
    (cases / "a.eml").write_text(f"From: foi@a.gov.test\nSubject: RE: request\n\n{said}\n", encoding="utf-8")
    told = {}
    for study in ("foi-en", "pobi-2019"):
        config = tmp_path / f"{study}.toml"
        config.write_text(f'study = "{study}"\n', encoding="utf-8")
        result = CliRunner().invoke(cli, ["--config", str(config), "eval", str(cases), "--json"])
        told[study] = {row["kind"]: row["right"] for row in json.loads(result.output)}
    assert told["foi-en"] == {"answer": 1, "document": 2, "P1": 1} and not told["pobi-2019"].get("P1")


@pytest.mark.parametrize(
    ("labels", "message"),
    [("a,Z9\n", "row of a: 'Z9' is no event class"), ("b,A2\n", "there is no mail b.eml beside it")],
)
def test_a_mistake_in_the_labels_is_named(labels: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        mail_cases.evaluate_replies(folder(tmp_path, labels), POBI)
