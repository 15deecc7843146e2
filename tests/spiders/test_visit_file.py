"""The file of a finished visit comes back as it was, or is refused; a visit is stored, or that it could not be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.domain.finding import Failure, Finding, State
from prober.domain.question_history import ReadList
from prober.domain.reason import TEXT, Reason
from prober.domain.search_protocol import (
    Carried,
    LookEntry,
    LookMark,
    OpenedAddress,
    Outcome,
    ProtocolRecord,
    ProtocolStep,
    StepRecord,
)
from prober.domain.verdicts import Verdict
from prober.domain.visit import Exchange, LinkCheck, NotModified, PageRecord, SiteLink, VisitResult
from prober.reporting.words.reasons import stored
from prober.services.crawl import failures_of
from spiders import visit_file
from spiders.visit_file import DamagedVisit, PageProof
from tests.spiders.visit.test_visit_runner import BROKEN
from tests.spiders.web import NOW, Bench, Web, agency, plain_site

URL = "http://camau.gov.test/hoi-dap"
FOUND = Finding("qa", "general", URL, State.FOUND, 4, 0.9, "Hỏi đáp", "h1", URL, "qa", "3", {"pairs": 5, "on": ["a"]})
AGAIN = replace(FOUND, category="faq")
VISIT = VisitResult(
    agency="2019-ca-mau", outcome="partial",
    failure=Failure.HTTP_5XX, failure_detail=(Reason(TEXT, text="503 từ máy chủ", at="http://x.gov.test/"),),
    final_url="http://camau.gov.test/", technology="liferay", requests=7, bytes=40_123, seconds=3.0625,
    started_at=NOW, finished_at=NOW + timedelta(seconds=3, microseconds=5),
    pages=(PageRecord(URL, 200, None, "Hỏi đáp", NOW, True, 9, "ab" * 32, "menu", render_mark="x", render_gain=False),),
    findings=(FOUND, AGAIN),
    verdicts=(
        Verdict("qa", State.FOUND, 4, (Reason("own_section", level=4, others=(Reason("dns", detail="no"),)),), AGAIN),
        Verdict("email", State.NOT_SEEN, 0, (Reason("not_tried", places=("sitemap", "search")),)),
    ),
    threads=({"key": "k", "page": URL, "answered": 1, "asked_on": None, "unit": "Sở Tài chính"},),
    tls="an exception", newest_on=date(2020, 4, 1), suspect=(Reason("shortfall", seen=1, least=2),), archive_pages=2,
    archive_total=30, archive_list=ReadList(URL, ("k", "l"), frozenset({"m"}), frozenset({"k"}), True, None),
    sites=(SiteLink("http://stc.camau.gov.test/", URL, "Sở Tài chính", 0.7, "finance"),),
    checks=(LinkCheck(URL, URL, "text/html"),),
    record=ProtocolRecord(
        (
            StepRecord(ProtocolStep.HOME, Carried.DONE),
            StepRecord(ProtocolStep.LINKS, Carried.NOT_DONE, (Reason("dns", detail=(Reason("no_address"),)),)),
        ),
        (OpenedAddress(ProtocolStep.LINKS, URL, Outcome.READ, "Hỏi đáp", ("email",), 200, count=4),),
    ),
    looks=(LookEntry(LookMark.CONTACT_NAMED, URL, "Liên hệ", ("email",)),),
)  # fmt: skip
EXCHANGE = Exchange(URL, NOW, b"GET / HTTP/1.1", b"HTTP/1.1 200 OK", bytes(range(256)) * 3, "127.0.0.9")
PROOFS = [
    PageProof(URL, "cd" * 32, "text/html", replace(EXCHANGE, confirmed=NotModified(NOW, b"GET", b"304")), b""),
    PageProof(f"{URL}#2", "", "text/html", None, b"\x89PNG\n\r\xff"),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return visit_file.write(tmp_path_factory.mktemp("whole"), 7, VISIT, PROOFS)


def test_a_visit_comes_back_as_it_was(written: Path) -> None:
    visit, proofs = visit_file.read(written, 7)
    assert visit == replace(VISIT, archive_list=visit.archive_list) and list(proofs) == PROOFS
    kept, sent = visit.archive_list, VISIT.archive_list
    assert kept and sent and replace(kept, keys=tuple(kept.keys)) == sent
    assert visit.verdicts[0].proof is visit.findings[1] and visit.verdicts[1].proof is None
    assert visit.started_at.isoformat() == NOW.isoformat()  # in its own time zone
    assert [path.name for path in written.parent.iterdir()] == ["2019-ca-mau.visit"]


def test_a_file_cut_at_any_byte_is_refused(written: Path, tmp_path: Path) -> None:
    content = written.read_bytes()
    cut = tmp_path / written.name
    for length in range(len(content)):
        cut.write_bytes(content[:length])
        with pytest.raises(DamagedVisit):
            visit_file.read(cut, 7)
    assert list(visit_file.whole(tmp_path, 7)) == [] and not cut.exists()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_file_with_any_bit_flipped_or_anything_after_its_end_is_refused(written: Path, data: st.DataObject) -> None:
    content = bytearray(written.read_bytes())
    at = data.draw(st.integers(0, len(content)))
    if at < len(content):
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    else:
        content += data.draw(st.binary(min_size=1, max_size=40))
    other = written.parent / "other" / written.name
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(content)
    with pytest.raises(DamagedVisit):
        visit_file.read(other, 7)


def test_a_file_of_another_scan_agency_or_version_is_refused(written: Path, tmp_path: Path) -> None:
    with pytest.raises(DamagedVisit, match="another scan"):
        visit_file.read(written, 8)
    renamed = visit_file.path_of(tmp_path, "2019-ha-giang")
    renamed.write_bytes(written.read_bytes())
    with pytest.raises(DamagedVisit, match="agency"):
        visit_file.read(renamed, 7)


def test_a_process_that_fails_while_it_writes_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[PageProof]:
        yield PROOFS[0]
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        visit_file.write(tmp_path, 7, VISIT, failing())
    assert list(tmp_path.iterdir()) == []


# What a title may say to a terminal, to a reader's eye, and to a writer of files.
OBEYED = "\x1b]0;x\x07Hỏi\x08 \u202eđáp\u202c\u2066\u200f\u061c\u2028\x9b1m\ufff9\U000e0041\ud800\x00"


def test_what_a_terminal_or_a_browser_would_obey_does_not_come_back(tmp_path: Path) -> None:
    reasons = (Reason(TEXT, text=OBEYED, others=(Reason("dns", detail=OBEYED),)),)
    visit = replace(
        VISIT, pages=(replace(VISIT.pages[0], title=OBEYED),), suspect=reasons,
        findings=(replace(FOUND, snippet=OBEYED, detail={"on": [OBEYED]}), AGAIN), threads=({"key": OBEYED},),
    )  # fmt: skip
    proof = PageProof(URL, "cd" * 32, f"text/{OBEYED}", EXCHANGE, b"")
    read, proofs = visit_file.read(visit_file.write(tmp_path, 7, visit, [proof]), 7)
    plain = "]0;xHỏi đáp1m"
    assert read.pages[0].title == read.findings[0].snippet == read.threads[0]["key"] == plain
    assert read.findings[0].detail == {"on": [plain]}
    assert read.suspect == (Reason(TEXT, text=plain, others=(Reason("dns", detail=plain),)),)
    assert [each.media_type for each in proofs] == [f"text/{plain}"]


def test_an_address_that_is_no_offices_does_not_come_back(tmp_path: Path) -> None:
    """One title with it would keep the results of all sites from being published."""
    office = replace(FOUND, kind="email", value="stc@camau.gov.test")
    said = "stc@camau.gov.test, Stc@CaMau.gov.test, o'nguyen.an%1@thu.test, @camau"
    visit = replace(
        VISIT, pages=(replace(VISIT.pages[0], title=said, url=f"{URL}?cc=an@thu.test"),), verdicts=(),
        findings=(office, replace(FOUND, snippet=said, detail={"href": "mailto:an@thu.test"})),
        suspect=(Reason(TEXT, text=said),),
    )  # fmt: skip
    read, _ = visit_file.read(visit_file.write(tmp_path, 7, visit, ()), 7)
    plain = "stc@camau.gov.test, Stc@CaMau.gov.test, <address>, @camau"
    assert read.findings[0] == office and read.suspect == (Reason(TEXT, text=plain),)
    assert read.pages[0].title == read.findings[1].snippet == plain
    assert read.pages[0].url == f"{URL}?cc=<address>" and read.findings[1].detail == {"href": "mailto:<address>"}


@pytest.mark.parametrize("agency", ["2019-a/../b", "2019-%2F", "2019-tỉnh"])
def test_any_name_of_an_agency_is_a_file_in_the_folder(agency: str, tmp_path: Path) -> None:
    path = visit_file.write(tmp_path, 7, replace(VISIT, agency=agency), ())
    assert path.parent == tmp_path and visit_file.agency_of(path) == agency
    assert msgspec.json.decode(path.read_bytes().splitlines()[0])["result"]["agency"] == agency


def test_a_visit_that_breaks_the_prober_is_stored_and_the_scan_ends(bench: Bench, web: Web) -> None:
    web.sites |= {"broken.gov.test": plain_site(), "camau.gov.test": plain_site()}
    found = bench.run(BROKEN, agency("ca-mau"))
    assert found.complete
    assert found.visited == 2
    assert found.our_failures == ("broken",)
    assert failures_of(found) == ["the prober itself failed on broken; crawl.log in the evidence folder says where"]
    failed = bench.rows("SELECT outcome, failure, failure_detail FROM visit WHERE agency = '2019-broken'")
    assert failed[0][:2] == ("unreachable", "internal")
    assert stored(failed[0][2]).en.startswith("the prober failed: ValueError (prober.domain.visit, line ")
    assert "emails: one" not in failed[0][2]  # an error's message may hold words of a page, and results.db is public
    assert set(bench.verdicts("broken").values()) == {"not_seen"}
    assert bench.verdicts("ca-mau")["qa"] == "found"
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
    assert bench.verdicts("ha-giang")["qa"] == "found"


def test_a_second_scan_tells_what_changed_and_why(web: Web, bench: Bench) -> None:
    web.sites["camau.gov.test"] = plain_site()
    bench.run(agency("ca-mau"))
    assert bench.run(agency("ca-mau")).changes == 0
    web.sites["camau.gov.test"] = plain_site(email="ubnd@camau.gov.test")
    bench.run(agency("ca-mau"))
    changed = bench.rows("SELECT what, cause, before, after FROM change WHERE kind = 'email' ORDER BY what")
    assert ("appeared", "site", "", "ubnd@camau.gov.test") in changed
    assert ("vanished", "second_look", "vanphong@camau.gov.test", "") in changed
    assert bench.rows("SELECT status FROM scan") == [("complete",)] * 3
