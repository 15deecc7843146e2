"""Training anew gives the model that is shipped: the same classes, and the same margins but for the last digits."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.classification import opinion_training, second_opinion
from mailroom.mime import parser
from prober.domain.correspondence import Event, Reply
from tests import forked

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "fixtures" / "replies"


def others() -> Iterator[Reply]:
    """Yield the letters from which nothing is learned."""
    for path in sorted(path for path in FOLDER.glob("*/*.eml") if path.parent.name != "tuning"):
        yield parser.parse(path.read_bytes())


def test_trained_anew_it_says_the_same_of_every_letter() -> None:
    shipped = second_opinion.load(second_opinion.WEIGHTS)
    labelled = list(opinion_training.labelled(FOLDER))
    anew = opinion_training.train(labelled)
    pairs = [(shipped.read(reply), anew.read(reply)) for reply in (*(reply for reply, _ in labelled), *others())]
    assert len(pairs) > 1200
    changed = "the letters, or what is read of them, changed: run opinion_training and look at the scores"
    assert all(one.event == other.event for one, other in pairs), changed
    assert max(abs(one.margin - other.margin) for one, other in pairs) < 1e-6, changed


def test_the_command_learns_from_a_folder_and_from_its_labels(tmp_path: Path) -> None:
    """Ten letters of which the labels are turned round: the model believes the labels."""
    (tmp_path / "tuning").mkdir()
    rows = list(csv.DictReader((FOLDER / "tuning" / "labels.csv").read_text(encoding="utf-8").splitlines()))
    taken = [next(row for row in rows if row["event"] == event) for event in ("A2", "R2", "N0")]
    turned = {"A2": "R2", "R2": "A2", "N0": "N0"}
    for row in taken:
        shutil.copy(FOLDER / "tuning" / f"{row['id']}.eml", tmp_path / "tuning")
    labels = "".join(f"{row['id']},{turned[row['event']]}\n" for row in taken)
    (tmp_path / "tuning" / "labels.csv").write_text(f"id,event\n{labels}", encoding="utf-8")
    (tmp_path / "wordings.csv").write_text("event,text,files\nX1,Tuần sau bên em gửi nhé.,\n", encoding="utf-8")
    (tmp_path / "letters.csv").write_text("event,text,files\nA2,Đã rõ.,\n", encoding="utf-8")
    done = forked.run("mailroom.classification.opinion_training", str(tmp_path), str(tmp_path / "out"), folder=ROOT)
    assert done.returncode == 0, done.stderr
    model = second_opinion.load(tmp_path / "out")
    assert set(model.classes) == {Event.HUMAN_ACK, Event.REFUSAL, Event.EXTENSION}  # none of a machine
    for row in taken[:2]:
        reply = parser.parse((tmp_path / "tuning" / f"{row['id']}.eml").read_bytes())
        assert model.read(reply).event == turned[row["event"]]


@pytest.mark.parametrize("event", ["N0", "EM"])
def test_letters_of_machines_and_empty_ones_teach_nothing(event: str) -> None:
    assert Event(event) in opinion_training.LEFT_OUT
