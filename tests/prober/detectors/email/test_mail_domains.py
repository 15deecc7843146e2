"""Whose domain an address has: makers of sites and ends of domains are told in the words of the page."""

from datetime import UTC, datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.email.deobfuscation import AddressReader
from prober.detectors.email.email_detector import emails
from prober.detectors.email.mail_domains import unfinished, vendors
from prober.domain.pages.page import Page
from prober.text.words import Vocabulary, Words
from tests.languages import EN, ENGLISH, VI, VIETNAMESE

AT = datetime(2026, 11, 27, 1, tzinfo=UTC)


def test_makers_of_one_country_are_words_of_its_language() -> None:
    assert {"vnpt.vn", "fpt.com.vn", "wordpress.org"} <= vendors(VI) and "jadu.net" not in vendors(VI)
    assert {"jadu.net", "wordpress.org"} <= vendors(EN) and "vnpt.vn" not in vendors(EN)
    assert "liferay.com" in vendors(Words())  # a page that is read in no language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to foia@harborcity.gov, or call", ["foia@harborcity.gov"]),
        ("stc@camau.gov,vn", ["stc@camau.gov.vn"]),
        ("E-mail: foi at northwick.gov.uk", ["foi@northwick.gov.uk"]),
        ("ku.vog.kciwhtron@iof", ["foi@northwick.gov.uk"]),
        ("foi . desk @ northwick . gov . uk", ["foi.desk@northwick.gov.uk"]),
        ("published at northwick.gov.uk", []),
    ],
)
def test_addresses_below_the_government_of_any_country(text: str, found: list[str]) -> None:
    assert [address for address, _ in EN.made(AddressReader).addresses(text)][: len(found) or 1] == found


@pytest.mark.parametrize(
    ("words", "vocabulary", "shown"), [(EN, ENGLISH, ["foia@harborcity.gov"]), (VI, VIETNAMESE, [])]
)
def test_an_end_that_lacks_its_country_is_no_address_where_the_language_says_so(
    words: Words, vocabulary: Vocabulary, shown: list[str]
) -> None:
    assert unfinished("foia@harborcity.gov", words) is not bool(shown)
    html = "<html><body><main><h1>Contact us</h1><p>Email: foia@harborcity.gov</p></main></body></html>"
    page = Page("https://www.harborcity.gov/contact", 200, html, AT, words=words)
    body = Body("Harbor City", kind="city", own_domains=("harborcity.gov",), vocabulary=vocabulary)
    assert [finding.value for finding in emails(page, body) if finding.value] == shown


@pytest.mark.parametrize(
    ("name", "address", "category"),
    [
        ("Sở Tài chính thành phố Huế", "stc@hue.gov.test", "agency_role"),
        ("Sở Tài chính tỉnh Cà Mau", "stc@camau.gov.test", "agency_role"),
        ("Sở Tài chính thành phố Huế", "ubnd@hue.gov.test", "other_body"),  # the province's own
        ("Sở Tài chính thành phố Huế", "stc@quangtri.gov.test", "other_body"),
        ("Sở Tài chính", "stc@hue.gov.test", "other_body"),
        ("Sở Tài chính thành phố Huế", "stc@hue.test", "other_body"),  # nobody's of the government
    ],
)
def test_the_place_that_ends_a_name_is_its_domain_where_the_list_names_no_province(
    name: str, address: str, category: str
) -> None:
    html = f"<html><body><main><h1>Liên hệ</h1><p>Email: {address}</p></main></body></html>"
    page = Page("http://stc-tt.gov.test/lien-he", 200, html, AT, words=VI)
    body = Body(name, kind="finance", own_domains=("stc-tt.gov.test",), vocabulary=VIETNAMESE)
    assert [finding.category for finding in emails(page, body) if finding.value == address] == [category]


@pytest.mark.parametrize(("name", "province"), [("Sở Tài chính tỉnh Kon Tum", ""), ("Sở Tài chính", "Kon Tum")])
@pytest.mark.parametrize(
    ("address", "category"),
    [
        ("sotaichinh.kontum@chinhquyen.test", "agency_role"),
        ("sotaichinh.gialai@chinhquyen.test", "other_body"),  # a footer copied from another province's
        ("sotaichinh@chinhquyen.test", "other_body"),
        ("soyte.kontum@chinhquyen.test", "other_body"),
        ("hung.kontum@chinhquyen.test", "other_body"),
    ],
)
def test_a_department_has_a_mailbox_at_any_domain_that_names_it_and_its_province(
    name: str, province: str, address: str, category: str
) -> None:
    html = f"<html><body><main><h1>Liên hệ</h1></main><footer><p>Email: {address}</p></footer></body></html>"
    page = Page("http://taichinh-kt.gov.test/lien-he", 200, html, AT, words=VI)
    own = ("taichinh-kt.gov.test",)
    body = Body(name, province, kind="finance", own_domains=own, vocabulary=VIETNAMESE)
    assert [finding.category for finding in emails(page, body) if finding.value == address] == [category]
