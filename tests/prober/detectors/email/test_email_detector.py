"""A page's mailboxes of offices and of persons: every page of tests/fixtures/mailboxes, read as a whole."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from prober.detectors.body import Body
from prober.detectors.email.email_detector import emails
from prober.domain.indicator import OFFICIAL
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
FOLDER = Path(__file__).parents[3] / "fixtures" / "mailboxes"
DOMAIN = "camau.gov.test"

# What a page is of: its host, the name that its title says, and its kind.
BODIES = {
    "finance": (f"sotaichinh.{DOMAIN}", "Sở Tài chính tỉnh Cà Mau", "finance"),
    "portal": (DOMAIN, "Cổng thông tin điện tử tỉnh Cà Mau", "portal"),
    "ward": (f"anxuyen.{DOMAIN}", "UBND phường An Xuyên", ""),
    "ward-nguyen-trai": (f"nguyentrai.{DOMAIN}", "UBND phường Nguyễn Trãi", ""),
    "commune-vinh-loc": (f"vinhloc.{DOMAIN}", "UBND xã Vĩnh Lộc", ""),
}
CASES = [
    pytest.param(case, id=f"{file.stem}-{case['name']}")
    for file in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(file.read_text())["page"]
]
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")


@pytest.mark.parametrize("case", CASES)
def test_an_office_is_published_and_a_person_is_not(case: Mapping[str, Any]) -> None:
    host, name, kind = BODIES[case.get("body", "finance")]
    place = ("Cà Mau", "Ca Mau") if kind else ("", "")
    body = Body(name, *place, kind, (DOMAIN,), vocabulary=VIETNAMESE)
    html = case["html"].replace("{}", DOMAIN)
    page = f"<title>{name}</title><main>{html}</main>" if "<footer" not in html else f"<title>{name}</title>{html}"
    found = emails(Page(f"https://{host}/{case.get('at', 'lien-he')}", 200, page, NOW, words=VI), body)
    official = {address.replace("{}", DOMAIN) for address in case["official"]}
    assert {each.value for each in found if each.category in OFFICIAL and each.value} == official
    persons = set(ADDRESS.findall(html)) - official
    assert not persons & {each.value for each in found}
