"""A user's own file: what is read, and every reason why a row is not."""

import csv
import io
import re
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.domain.agency import FIELDS, Agency
from prober.domain.registry.import_file import MAX_BYTES, BadRow, read, url_problem
from prober.errors import RegistryError

HEADER = "slug,kind,name_vi,url"
GOOD = "xa-a,commune,Xã A,https://xa-a.example.org/"


def rows(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines)).encode()


def test_the_shortest_row_is_an_agency_of_its_own_province() -> None:
    good, bad = read(rows(GOOD), "communes")
    assert bad == []
    assert good == [
        Agency(
            slug="xa-a", frame="communes", kind="commune", name_vi="Xã A", name_en="Xã A", province="xa-a",
            province_vi="Xã A", province_en="Xã A", url="https://xa-a.example.org/",
        )
    ]  # fmt: skip


FULL = {
    "frame": "kenya", "slug": "nakuru", "kind": "county", "name_vi": "Quận Nakuru", "name_en": "Nakuru County",
    "province": "nakuru", "province_vi": "Nakuru", "province_en": "Nakuru", "code": "032", "region": "Rift Valley",
    "region_en": "Rift Valley", "pobi_region": "", "lat": "-0.3031", "lon": "36.08", "grid_row": "3", "grid_col": "0",
    "url": "https://nakuru.example.org:8443/a?b=c", "alt_urls": "http://www.nakuru.example.org https://n.example.org",
    "url_source": "own list", "url_confidence": "high", "request_email": "info@nakuru.example.org",
    "request_email_source": "https://nakuru.example.org/contact", "request_email_reviewed_by": "A. Reader",
    "request_email_reviewed_at": "2026-11-24", "note": "Ghi chú: có dấu, và dấu phẩy",
    "expects": "emails>=1;qa_level>=4", "expects_reason": "seen by hand on 2026-11-24",
}  # fmt: skip


def full(**changes: str) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    writer.writerow({**FULL, **changes})
    return out.getvalue().encode()


def test_a_name_in_the_language_of_the_list_is_enough() -> None:
    (found,), bad = read(b"slug,kind,name,url\nlyon,ville,Ville de Lyon,https://lyon.test\n", "villes")
    assert not bad and (found.name, found.name_vi, found.name_en) == ("Ville de Lyon",) * 3


def test_faults_of_one_cell_and_of_several_are_named_together() -> None:
    _, bad = read(full(slug="", lat="north", request_email_source="", url_confidence="sure"))
    assert sorted(re.split(":| is", problem.reason)[0] for problem in bad) == [
        "lat", "request_email_source", "slug", "url_confidence",
    ]  # fmt: skip


def test_every_column_is_read() -> None:
    good, bad = read(full())
    assert bad == []
    agency = good[0]
    assert (agency.lat, agency.lon, agency.grid_row, agency.grid_col) == (-0.3031, 36.08, 3, 0)
    assert agency.alt_urls == ("http://www.nakuru.example.org", "https://n.example.org")
    texts = {name: getattr(agency, name) for name in FULL if isinstance(getattr(agency, name), str)}
    assert texts == {name: FULL[name] for name in texts}


ENCODINGS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 with byte order mark": lambda text: text.encode("utf-16"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "blank lines, blanks, capitals": lambda text: text.replace("\n", "\n\n , \n").replace("slug", " Slug ").encode(),
    "decomposed letters": lambda text: unicodedata.normalize("NFD", text).encode(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_what_spreadsheets_write_is_read(encode: object) -> None:
    good, bad = read(encode(f"{HEADER}\n{GOOD}\n"), "communes")  # type: ignore[operator]
    assert bad in ([], [BadRow(4, "2 cells where the header has 4; a cell with a separator in it needs quotes")])
    assert [agency.name_vi for agency in good] == ["Xã A"]


WHOLE_FILE = {
    "empty": (b"", "missing column slug, kind, url, frame, name or name_vi or name_en"),
    "no frame": (rows(GOOD), "missing column frame; or name the frame with --frame"),
    "no url": (b"slug,kind,name_vi,frame\n", "missing column url"),
    "unknown column": (rows(header=HEADER + ",frame,phone"), "unknown column phone; known: slug, frame"),
    "column twice": (rows(header=HEADER + ",frame,slug"), "column slug is there twice"),
    "windows-1258": (rows() + b"\nxa-b,commune,X\xe3 B,https://b.example.org", "line 2: not UTF-8; save the file as"),
    "zip": (b"PK\x03\x04\x14\x00\x00\x00", "NUL bytes"),
    "quote left open": (rows('x,y,"z', header=HEADER + ",frame"), "not valid CSV"),
    "text after a quote": (rows('x,y,"z"w,u,v', header=HEADER + ",frame"), "line 2: not valid CSV"),
    "too long": (b"x" * (MAX_BYTES + 1), "a registry has at most"),
}


@pytest.mark.parametrize(("raw", "message"), WHOLE_FILE.values(), ids=WHOLE_FILE)
def test_a_file_that_is_no_registry_is_refused_as_a_whole(raw: bytes, message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        read(raw)


BAD_CELLS: dict[str, tuple[dict[str, str], str]] = {
    "no slug": ({"slug": ""}, "slug is empty"),
    "no kind": ({"kind": ""}, "kind is empty"),
    "no name": ({"name_vi": " ", "name_en": ""}, "name and name_vi and name_en are empty: give one of them"),
    "no url": ({"url": ""}, "url is empty"),
    "slug with a letter that is none": (
        {"slug": "cà-mau"},
        "slug: must be lower-case letters, digits and single",
    ),
    "slug with capitals": ({"slug": "Nakuru"}, "slug: must be lower-case letters"),
    "slug that climbs": ({"slug": "../x"}, "slug: must be lower-case letters"),
    "province with blanks": ({"province": "rift valley"}, "province: must be lower-case letters"),
    "frame with a slash": ({"frame": "a/b"}, "frame: must be a short name of letters"),
    "url without scheme": ({"url": "nakuru.example.org"}, "must begin with https:// or http://"),
    "ftp": ({"url": "ftp://nakuru.example.org"}, "must begin with https:// or http://"),
    "javascript": ({"url": "javascript:alert(1)"}, "must begin with https:// or http://"),
    "url with a password": ({"url": "https://a:b@n.example.org"}, "must not carry a user name"),
    "loopback": ({"url": "http://127.0.0.1/"}, "must name a public host"),
    "bare name": ({"url": "http://localhost/"}, "must name a public host"),
    "IPv6": ({"url": "http://[::1]/"}, "must name a public host"),
    "port out of range": ({"url": "http://n.example.org:99999/"}, "is not an address"),
    "blank in the url": ({"url": "https://n.example.org/a b"}, "must not hold blanks"),
    "bad second url": (
        {"alt_urls": "https://n.example.org n.example.org"},
        "alt_urls item 2: 'n.example.org' must",
    ),
    "formula": ({"note": '=HYPERLINK("https://x.example.org")'}, "note: starts with '='"),
    "formula by plus": ({"name_vi": "+1"}, "name_vi: starts with '+'"),
    "formula by minus": ({"name_en": "-1"}, "name_en: starts with '-'"),
    "formula by at": ({"region": "@SUM(A1)"}, "region: starts with '@'"),
    "line break": ({"note": "one\ntwo"}, "note: holds a line break"),
    "escape": ({"name_vi": "a\x1b[2Jb"}, "name_vi: holds a line break or control character"),
    "too long": ({"note": "x" * 2001}, "note: has 2001 characters, more than 2000"),
    "no mail address": ({"request_email": "info at nakuru"}, "must be one plain mail address, not"),
    "two mail addresses": (
        {"request_email": "a@n.example.org, b@n.example.org"},
        "must be one plain mail address, not",
    ),
    "address with a name": (
        {"request_email": "N <a@n.example.org>"},
        "must be one plain mail address, not",
    ),
    "address without reviewer": ({"request_email_reviewed_by": ""}, "request_email_reviewed_by is empty: an address"),
    "address without source": ({"request_email_source": ""}, "request_email_source is empty"),
    "bad date": ({"request_email_reviewed_at": "24/11/2026"}, "must be an ISO date or time"),
    "latitude with comma": ({"lat": "0,3"}, "lat: must be a number with a decimal point, not '0,3'"),
    "latitude off the globe": ({"lat": "91"}, "lat: must be -90 to 90, not '91'"),
    "swapped coordinates": ({"lat": "105.1", "lon": "8.9"}, "lat: must be -90 to 90, not '105.1'"),
    "no number at all": ({"lon": "nan"}, "lon: must be -180 to 180, not 'nan'"),
    "longitude without latitude": ({"lat": ""}, "lat and lon go together"),
    "half a tile": ({"grid_col": "1.5"}, "grid_col: must be a whole number, not '1.5'"),
    "row without column": ({"grid_col": ""}, "grid_row and grid_col go together"),
    "confidence in other words": (
        {"url_confidence": "sure"},
        "url_confidence: must be one of high, medium, low",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_bad_row_is_named_by_line_and_reason(changes: dict[str, str], reason: str) -> None:
    good, bad = read(full(**changes))
    assert good == []
    assert {problem.line for problem in bad} == {2}
    assert [problem.reason for problem in bad if reason in problem.reason]


def test_every_bad_row_and_every_reason_is_named_and_the_good_ones_are_kept() -> None:
    raw = rows(GOOD, "xa b,commune,Xã B,xa-b", "", "xa-c,commune,Xã C,https://c.example.org/", GOOD, "a,b,c")
    good, bad = read(raw, "communes")
    assert [agency.slug for agency in good] == ["xa-a", "xa-c"]
    assert [(problem.line, problem.reason.replace(":", "").split()[0]) for problem in bad] == [
        (3, "slug"),
        (3, "url"),
        (6, "slug"),
        (7, "3"),
    ]
    assert "already on line 2" in bad[2].reason
    assert "3 cells where the header has 4" in bad[3].reason


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    """A quoted cell may span lines; the rows after it must still be found where the editor shows them."""
    raw = rows('xa-a,commune,"Xã\nA",https://a.example.org/', "xa-b,commune,,https://b.example.org/")
    assert [problem.line for problem in read(raw, "communes")[1]] == [2, 4]


def test_the_frame_of_a_row_and_of_the_command_must_agree() -> None:
    raw = rows(f"{GOOD},wards", f"{GOOD.replace('xa-a', 'xa-b')},", header=HEADER + ",frame")
    good, bad = read(raw, "communes")
    assert [(agency.slug, agency.frame) for agency in good] == [("xa-b", "communes")]
    assert [problem.reason for problem in bad] == ["frame is 'wards', and --frame says 'communes'"]


@pytest.mark.parametrize("url", ["https://bộ.example.org/", "https://BO.example.org/x?y#z", "http://a-b.gov.test"])
def test_good_urls(url: str) -> None:
    assert url_problem(url) == ""


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_rows_or_a_registry_error(raw: bytes) -> None:
    try:
        good, bad = read(rows() + b"\n" + raw, "frame")
    except RegistryError:
        return
    for agency in good:
        assert agency.slug and agency.url.startswith("http")
    assert all(problem.line >= 2 and problem.reason for problem in bad)


@given(st.text(max_size=60))
def test_no_text_hides_the_host_behind_a_user_name(text: str) -> None:
    url = f"https://{text}@camau.gov.vn"
    assert url_problem(url) or "@" not in urlsplit(url).netloc  # a slash in the text ends the host: then it is a path
