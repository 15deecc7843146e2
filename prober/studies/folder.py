"""Read the folder of a study, with every fault of every file at once."""

import tomllib
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from prober.errors import StudyError
from prober.studies import calendar_file
from prober.studies.study import Study

_HERE = Path(__file__).parent
PACKAGED = {"pobi-2019": _HERE / "pobi_2019"}
PACKS = _HERE / "packs"


@cache
def packaged(name: str) -> Study:
    """Return a study that comes with the prober."""
    return read(PACKAGED[name])


def read(folder: Path) -> Study:
    """Return the study in `folder`. Raises StudyError with one line for every fault."""
    table = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    file = PACKS / table["calendar"] / "calendar.toml"
    calendar, faults = calendar_file.read(file.read_text(encoding="utf-8"), ZoneInfo(table["zone"]))
    if calendar is None:
        raise StudyError("\n".join(f"{file}: {fault}" for fault in faults))
    return Study(name=table["name"], calendar=calendar)
