"""Train the second opinion: `python -m mailroom.classification.opinion_training FOLDER [WEIGHTS]`.

FOLDER holds `tuning/labels.csv` (id, event) with `tuning/<id>.eml`, and `wordings.csv` and `letters.csv` (event, text,
names of enclosed files); from those of the last no rule was made. Letters of machines and empty ones are left out.

Least squares with a penalty (ridge regression; Hoerl and Kennard 1970), one column for each class. Unlike logistic
regression it needs no search that ends somewhere near the best weights: they are the solution of one system of linear
equations, the same on every machine but for the last digits, which rounding to one byte removes.

It needs numpy and scipy, which come with the extra `dev`: nothing else of the product uses them.
"""

import csv
import sys
from array import array
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import solve  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from mailroom.classification import second_opinion
from mailroom.mime import parser
from prober.domain.correspondence import Event, Reply

LEFT_OUT = second_opinion.BY_RULES_ALONE - {Event.SPAM}
PENALTY = 0.3  # the best of .1, .3 and .6 in a fivefold cross-validation on these letters
_LARGEST = 127  # of a signed byte

Labelled = tuple[Reply, Event]


def labelled(folder: Path) -> Iterator[Labelled]:
    """Yield the letters of `folder` from which the model learns."""
    for row in _rows(folder / "tuning" / "labels.csv"):
        if row["event"] not in LEFT_OUT:
            yield parser.parse((folder / "tuning" / f"{row['id']}.eml").read_bytes()), Event(row["event"])
    for name in ("wordings.csv", "letters.csv"):
        for row in _rows(folder / name):
            yield _letter(row), Event(row["event"])


def train(letters: Sequence[Labelled]) -> second_opinion.Model:
    """Return the model of `letters`."""
    found = [second_opinion.marks(reply) for reply, _ in letters]
    starts = np.cumsum([0, *map(len, found)])
    values = [value for marks in found for value in marks.values()]
    places = [place for marks in found for place in marks]
    shape = (len(found), second_opinion.BUCKETS)
    matrix = csr_matrix((values, places, starts), shape=shape)
    classes = tuple(event for event in Event if any(event == label for _, label in letters))
    wanted = np.array([[1.0 if event == label else -1.0 for event in classes] for _, label in letters])
    return _rounded(classes, _weights(matrix, wanted))


def _weights(matrix: Any, wanted: Any) -> Any:
    """Return one column of weights for each class: those with the least squared error, plus PENALTY times squares."""
    kernel = (matrix @ matrix.T).toarray()
    return matrix.T @ solve(kernel + PENALTY * np.eye(len(kernel)), wanted, assume_a="pos")


def _rounded(classes: tuple[Event, ...], weights: Any) -> second_opinion.Model:
    step = float(np.abs(weights).max()) / _LARGEST
    # Printed with nine digits: the tenth differs between machines.
    step = float(f"{step:.8e}")
    rows = np.rint(weights / step).astype(int).T.tolist()
    return second_opinion.Model(classes, step, tuple(array("b", row) for row in rows))


def _letter(row: dict[str, str]) -> Reply:
    """Return a short letter; of its files only names are known."""
    message = EmailMessage()
    message["From"] = "vanthu@stc.tinh.gov.test"
    message["Subject"] = "Re: Yêu cầu cung cấp thông tin"
    message.set_content(row["text"])
    for name in filter(None, row["files"].split(";")):
        message.add_attachment(b"", "application", "octet-stream", filename=name)
    return parser.parse(message.as_bytes())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


if __name__ == "__main__":
    second_opinion.save(
        train(list(labelled(Path(sys.argv[1])))),
        Path(sys.argv[2]) if len(sys.argv) > 2 else second_opinion.WEIGHTS,
    )
