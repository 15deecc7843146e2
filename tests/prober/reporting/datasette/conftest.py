"""The demonstration's site with some changes, made and served once for all files of tests that only read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prober.reporting import changed_site
from tests.serving import ON_DEMAND, serving


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Path:
    """The folder of the site. Read only."""
    return changed_site.write(tmp_path_factory.mktemp("site"), pobi_db)


@pytest.fixture(scope="session")
def changed_base(changed: Path) -> Iterator[str]:
    with serving(changed, program=ON_DEMAND) as (url, _):
        yield url


@pytest.fixture(scope="module")
def folder(changed: Path) -> Path:
    return changed


@pytest.fixture(scope="module")
def base(changed_base: str) -> str:
    return changed_base
