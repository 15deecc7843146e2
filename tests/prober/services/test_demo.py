"""Where `prober demo --study FOLDER` finds the folder."""

from pathlib import Path

import pytest

from prober.config.sections import Sandbox
from prober.services.demo import configuration


@pytest.mark.parametrize("named", ["mine", "absolute"])
@pytest.mark.parametrize("home", [".", "out"])
def test_a_study_is_named_from_where_the_command_is_typed_or_from_the_folder_of_the_demo(
    home: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / home / "mine"
    folder.mkdir(parents=True)
    out = tmp_path / "out"
    config = configuration(out, Sandbox(small=True), str(folder) if named == "absolute" else named)
    assert (out / config.study).resolve() == folder
    assert f'study = "{config.study}"' in (out / "prober.toml").read_text(encoding="utf-8")


def test_a_study_that_comes_with_the_prober_keeps_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert configuration(tmp_path, Sandbox(), "foi-en").study == "foi-en"
