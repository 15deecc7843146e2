"""The demonstration's site with some changes, served once for each file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prober.reporting import changed_site
from tests.serving import serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Path:
    return changed_site.write(tmp_path_factory.mktemp("site"), pobi_db)


@pytest.fixture(scope="module")
def base(folder: Path) -> Iterator[str]:
    with serving(folder) as (url, _):
        yield url
