"""What a visit found is stored, or that it could not be."""

from prober.reporting.words.reasons import stored
from prober.services.crawl import failures_of
from tests.spiders.visit.test_visit_runner import BROKEN
from tests.spiders.web import Bench, Web, agency, plain_site


def test_a_visit_that_breaks_the_prober_is_stored_and_the_scan_ends(bench: Bench, web: Web) -> None:
    web.sites |= {"broken.gov.test": plain_site(), "camau.gov.test": plain_site()}
    found = bench.run(BROKEN, agency("ca-mau"))
    assert found.complete
    assert found.visited == 2
    assert found.our_failures == ("broken",)
    assert failures_of(found) == ["the prober itself failed on broken; crawl.log in the evidence folder says where"]
    failed = bench.rows("SELECT outcome, failure, failure_detail FROM visit WHERE agency = '2019-broken'")
    assert failed[0][:2] == ("unreachable", "internal")
    assert stored(failed[0][2]).en.startswith("the prober failed: ValueError (prober.domain.registry.floors, line ")
    assert "emails: one" not in failed[0][2]  # an error's message may hold words of a page, and results.db is public
    assert set(bench.verdicts("broken").values()) == {"unknown"}
    assert bench.verdicts("ca-mau")["qa"] == "present"
    assert bench.run(BROKEN, agency("ca-mau")).scan == found.scan + 1  # nothing is left to be resumed


def test_a_visit_that_the_database_refuses_is_stored_as_a_failure(bench: Bench, web: Web) -> None:
    web.sites |= {"camau.gov.test": plain_site(), "hagiang.gov.test": plain_site()}
    assert bench.rows("SELECT COUNT(*) FROM visit") == [(0,)]
    bench.rows(
        "CREATE TRIGGER no_row BEFORE INSERT ON observation WHEN NEW.finding = (SELECT id FROM finding "
        "WHERE agency = '2019-ca-mau' LIMIT 1) BEGIN SELECT RAISE(ABORT, 'no such row'); END"
    )
    found = bench.run(agency("ca-mau"), agency("ha-giang"))
    assert (found.complete, found.our_failures) == (True, ("ca-mau",))
    (detail,) = bench.rows("SELECT failure_detail FROM visit WHERE agency = '2019-ca-mau'")[0]
    assert stored(detail).en.startswith("the prober failed: IntegrityError (prober.store.results.scans, line ")
    assert bench.rows("SELECT COUNT(*) FROM page WHERE agency = '2019-ca-mau'") == [(0,)]
    assert bench.verdicts("ha-giang")["qa"] == "present"


def test_a_second_scan_tells_what_changed_and_why(web: Web, bench: Bench) -> None:
    web.sites["camau.gov.test"] = plain_site()
    bench.run(agency("ca-mau"))
    assert bench.run(agency("ca-mau")).changes == 0
    web.sites["camau.gov.test"] = plain_site(email="ubnd@camau.gov.test")
    bench.run(agency("ca-mau"))
    changed = bench.rows("SELECT what, cause, before, after FROM change WHERE kind = 'email' ORDER BY what")
    assert ("appeared", "site", "", "ubnd@camau.gov.test") in changed
    assert ("vanished", "unconfirmed", "vanphong@camau.gov.test", "") in changed
    assert bench.rows("SELECT status FROM scan") == [("complete",)] * 3
