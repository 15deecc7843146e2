"""A crawl of WordPress in each state of `wordpress/states.py`: what is shown is found, what is hidden not denied."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.rehearsal import Rehearsal
from tests.system.wordpress.server import WordPress
from tests.system.wordpress.states import KINDS, STATES, State

CRAWL = "delay = 0.2\ntimeout = 10.0\nmax_crawl_delay = 2.0\nmax_retry_after = 3.0"

pytestmark = pytest.mark.needs("root", "nginx", "mariadbd", "php-fpm8.4", "wordpress")


@dataclass
class Crawled:
    wordpress: WordPress
    desk: Rehearsal
    verdicts: dict[str, dict[str, str]]  # state → kind → verdict


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """One installation, and one crawl of all its hosts at once."""
    with WordPress() as wordpress:
        hosts = {state.host: wordpress.place for state in STATES}
        desk = Rehearsal(tmp_path_factory.mktemp("wordpress"), hosts, crawl=CRAWL)
        rows = (f"wp,{state.name},finance,Sở Tài chính tỉnh Cà Mau,http://{state.host}/" for state in STATES)
        assert (imported := desk.imported(*rows)).exit_code == 0, imported.output
        desk.done("crawl", "--frame", "wp")
        verdicts: dict[str, dict[str, str]] = {}
        for agency, kind, verdict in desk.rows("SELECT agency, kind, state FROM latest_verdict"):
            verdicts.setdefault(str(agency).removeprefix("wp-"), {})[str(kind)] = str(verdict)
        yield Crawled(wordpress, desk, verdicts)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_verdict_is_one_that_the_state_allows(crawled: Crawled, state: State) -> None:
    found = {kind: crawled.verdicts[state.name].get(kind, "not_seen") for kind in KINDS}
    wrong = {kind: verdict for kind, verdict in found.items() if verdict not in state.allowed[kind]}
    why = crawled.desk.rows(f"SELECT failure, failure_detail FROM latest_visit WHERE agency = 'wp-{state.name}'")
    assert wrong == {}, (why, crawled.wordpress.asked(state.host))


@pytest.mark.parametrize("state", [state for state in STATES if state.never], ids=lambda state: state.name)
def test_nothing_that_robots_txt_closes_is_asked_for(crawled: Crawled, state: State) -> None:
    asked = crawled.wordpress.asked(state.host)
    assert asked[0] == "/robots.txt"
    assert [target for target in asked if re.search(state.never, target)] == []


def test_the_questions_are_those_that_were_published(crawled: Crawled) -> None:
    """Three answered ones with their dates, one that waits; none invented."""
    rows = crawled.desk.rows(
        "SELECT asked_on IS NOT NULL, answered, answered_on IS NOT NULL FROM qa_thread "
        "WHERE agency = 'wp-in-menu' ORDER BY answered"
    )
    assert rows == [(1, 0, 0), (1, 1, 1), (1, 1, 1), (1, 1, 1)]


def test_the_address_is_the_department_s_own(crawled: Crawled) -> None:
    rows = crawled.desk.rows(
        "SELECT DISTINCT value FROM latest_observation "
        "WHERE kind = 'email' AND state = 'found' AND agency = 'wp-in-menu'"
    )
    assert rows == [("sotaichinh@in-menu.gov.test",)]
