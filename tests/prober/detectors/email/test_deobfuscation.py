"""Every trick of hiding an address, and the property that undoing it gives the address back."""

import codecs
import html
from collections.abc import Callable
from datetime import datetime
from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.email.address_finder import sightings
from prober.detectors.email.deobfuscation import AddressReader, cloudflare, escaped, plain
from prober.detectors.email.person_names import name_like
from prober.detectors.page_state.obstacles import needs_browser, obstacle, soft_404
from prober.detectors.questions.threads import threads
from prober.domain.pages.page import Page
from prober.text.vietnamese import decode
from tests.languages import EN, VI, VIETNAMESE
from tests.pobi import HANOI

addresses = VI.made(AddressReader).addresses
NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)
BODY = Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", "Ca Mau", "finance", ("camau.gov.test",), vocabulary=VIETNAMESE)


def cloudflared(address: str, key: int = 0x4F) -> str:
    return bytes([key, *(byte ^ key for byte in address.encode())]).hex()


def rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


# How a page writes an address → the markup. Every one must give the address back, from the page.
TRICKS: dict[str, Callable[[str, str], str]] = {
    "plain": lambda u, d: f"{u}@{d}",
    "bracket a": lambda u, d: f"{u}[a]{d}",
    "bracket at": lambda u, d: f"{u} [at] {d}",
    "parenthesis at": lambda u, d: f"{u}(at){d}",
    "brace": lambda u, d: f"{u}{{a}}{d}",
    "spoken": lambda u, d: f"{u} a còng {d}",
    "spoken in brackets": lambda u, d: f"{u} (a còng) {d}",
    "spoken dots": lambda u, d: f"{u} a còng {d.replace('.', ' chấm ')}",
    "bracketed dots": lambda u, d: f"{u}[at]{d.replace('.', '[dot]')}",
    "bare at": lambda u, d: f"{u} at {d}",
    "bare at with dashes": lambda u, d: f"{u}-at-{d}",
    "angle brackets": lambda u, d: f"{u} &lt;at&gt; {d}",
    "spoken without accents": lambda u, d: f"{u} acong {d}",
    "bracketed chấm": lambda u, d: f"{u}[a]{d.replace('.', ' [chấm] ')}",
    "named entity": lambda u, d: f"{u}&commat;{d}",
    "full width": lambda u, d: f"{u}＠{d.replace('.', '．')}",
    "zero width": lambda u, d: f"{u}\u200b@\u200b{d}",
    "blank before the sign": lambda u, d: f"{u} @{d}",
    "comma for dot": lambda u, d: f"{u}@{'.'.join(d.split('.')[:-1])},{d.split('.')[-1]}",
    "entities": lambda u, d: "".join(f"&#{ord(c)};" for c in f"{u}@{d}"),
    "hexadecimal entities": lambda u, d: "".join(f"&#x{ord(c):x};" for c in f"{u}@{d}"),
    "entities twice": lambda u, d: html.escape(f"{u}&#64;{d}"),
    "mailto": lambda u, d: f"<a href='mailto:{u}@{d}?subject=x'>thư</a>",
    "mailto percent": lambda u, d: f"<a href='mailto:{u}%40{d}'>thư</a>",
    "mailto all percent": lambda u, d: "<a href='mailto:" + "".join(f"%{ord(c):02x}" for c in f"{u}@{d}") + "'>thư</a>",
    "cloudflare": lambda u, d: f"<a data-cfemail='{cloudflared(f'{u}@{d}')}'>[email&#160;protected]</a>",
    "cloudflare link": lambda u, d: f"<a href='/cdn-cgi/l/email-protection#{cloudflared(f'{u}@{d}')}'>thư</a>",
    "data attributes": lambda u, d: f"<a data-user='{u}' data-domain='{d}'>thư</a>",
    "data email": lambda u, d: f"<a data-email='{u}@{d}'>thư</a>",
    "reversed": lambda u, d: f"<span style='direction:rtl;unicode-bidi:bidi-override'>{f'{u}@{d}'[::-1]}</span>",
    "image with words": lambda u, d: f"<img src='e.png' alt='Email: {u}@{d}'>",
    "css content": lambda u, d: f"<style>.m:after{{content:'{u}@{d}'}}</style><i class='m'></i>",
    "inline tags": lambda u, d: f"<b>{u}</b>@<i>{d}</i>",
    "blanks everywhere": lambda u, d: f"{u} @ {d.replace('.', ' . ')}",
    "full-width letters": lambda u, d: "".join(chr(ord(c) + 0xFEE0) for c in f"{u}@{d}"),
    "a capital clings to it": lambda u, d: f"{u}@{d}Fax: 0290 3831234",
    "a website clings to it": lambda u, d: f"{u}@{d}.Website: www.{d}",
    "a dash clings to it": lambda u, d: f"{u}@{d}-Website: www.{d}",
    "a label clings to it": lambda u, d: f"<br>E-mail:-{u}@{d}",
    "dotted line before it": lambda u, d: f"......{u}@{d}",
    "tooltip": lambda u, d: f"<a href='#' title='{u}@{d}'><i class='fa fa-envelope'></i></a>",
    "compose window": lambda u, d: f"<a href='https://mail.google.com/mail/?view=cm&fs=1&to={u}@{d}'>thư</a>",
    "mailto with a trick": lambda u, d: f"<a href='mailto:{u}[at]{d}'>thư</a>",
    "data attributes with an ending": lambda u, d: (
        f"<a data-user='{u}' data-domain='{d.rpartition('.')[0]}' data-tld='{d.rpartition('.')[2]}'>thư</a>"
    ),
    "WordPress encoder": lambda u, d: f"<a data-enc-email='{rot13(u)}[at]{rot13(d)}'>thư</a>",
}  # fmt: skip


def found_on(markup: str) -> set[str]:
    page = Page(
        "https://stc.camau.gov.test/lien-he",
        200,
        f"<html><body><h1>Liên hệ</h1><p>Email: {markup}</p></body></html>",
        NOW,
        words=VI,
    )
    return {sighting.address for sighting in sightings(page) if sighting.address}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize(
    "address",
    [
        "stc@camau.gov.vn",
        "vanphong.stc@camau.gov.test",
        "so-taichinh_1@ninhbinh.gov.vn",
        "aa.vna@camau.gov.vn",
        "ep.stc@camau.gov.vn",
    ],
)
def test_every_trick_gives_the_address_back(trick: str, address: str) -> None:
    user, domain = address.split("@")
    assert found_on(TRICKS[trick](user, domain)) == {address}


# Markup in the place of an address → how many findings say that one is there that nobody can read.
UNREADABLE = {
    "[email&#160;protected]": 1,
    "<span class='__cf_email__' data-cfemail=''>[email protected]</span>": 1,
    "<a href='/cdn-cgi/l/email-protection'>[email&#160;protected]</a><br>Fax: 3831234": 1,
    f"<span data-cfemail='{cloudflared('stc@camau.gov.vn')}'>[email&#160;protected]</span>": 0,
    f"<a href='/cdn-cgi/l/email-protection#{cloudflared('stc@camau.gov.vn')}'>[email&#160;protected]</a>": 0,
    "<span style='display:none'>[email&#160;protected]</span>": 0,
    "<img src='e.gif'>": 1,
    "</p><p>Câu hỏi: Tôi gửi từ [email&#160;protected] được không?</p><p>Trả lời: Được.": 0,
}


USERS = st.from_regex(r"[a-z]{2,10}(?:[._-][a-z]{2,8})?[0-9]{0,2}", fullmatch=True)
DOMAINS = st.builds(
    "{}.gov.{}".format, st.from_regex(r"(?!www)[a-z]{3,12}", fullmatch=True), st.sampled_from(["vn", "test"])
)


@settings(max_examples=150)
@given(user=USERS, domain=DOMAINS, trick=st.sampled_from(sorted(TRICKS)))
def test_any_obfuscation_of_any_address_is_undone(user: str, domain: str, trick: str) -> None:
    assert f"{user}@{domain}" in found_on(TRICKS[trick](user, domain))


@settings(max_examples=100)
@given(user=USERS, domain=DOMAINS, key=st.integers(0, 255))
def test_cloudflare_with_any_key(user: str, domain: str, key: int) -> None:
    assert cloudflare(cloudflared(f"{user}@{domain}", key)) == [f"{user}@{domain}"]


@settings(max_examples=100)
@given(user=USERS, domain=DOMAINS)
def test_escapes_over_escapes(user: str, domain: str) -> None:
    address = f"{user}@{domain}"
    assert address in escaped(quote(html.escape(address), safe=""))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=2000), st.text(alphabet="<>/=\"' abđờ@.[]()&#;%+script\n", max_size=600).map(str.encode)
    )
)
def test_no_detector_raises_on_any_bytes(body: bytes) -> None:
    page = Page("https://camau.gov.test/", 200, decode(body), NOW, words=VI)
    for finding in detect(page, BODY):
        assert finding.snippet is not None
    threads(page, BODY)
    obstacle(page, {})
    needs_browser(page)
    soft_404(page)


@settings(max_examples=100)
@given(st.text(max_size=400))
def test_no_reading_of_text_raises(text: str) -> None:
    addresses(text)
    name_like(text, VI)


SPOKEN = ["stc (a còng) camau chấm gov chấm vn", "stc a còng camau.gov.vn", "stc[at]camau [chấm] gov [chấm] vn"]


@pytest.mark.parametrize("text", SPOKEN)
def test_an_address_is_read_out_in_the_words_of_the_pack(text: str) -> None:
    """A study of English pages knows "at" and "dot" alone."""
    assert addresses(text) == [("stc@camau.gov.vn", "spoken")]
    english = EN.made(AddressReader).addresses
    assert english(text) == []
    assert english("stc [at] camau dot gov [dot] vn") == addresses("stc [at] camau dot gov [dot] vn") != []


NOT_ADDRESSES = [
    "Giá 5 (a) 3.000 đồng", "Điều 5 (a) khoản 2.1", "Họp tại Hà Nội at 9.30", "@facebook", "logo@2x.png", "a@b",
    "x@gov.vn",
    "stc@localhost",
    "Mục 5 (a) www.camau.gov.vn", "The plan was published at camau.gov.vn in May",
    "theo Nghị định 13 chấm dứt hợp đồng", "mục [a] phụ lục.doc",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address(text: str) -> None:
    assert addresses(text) == []


def test_two_addresses_run_together() -> None:
    assert plain("stc@camau.gov.vnvanphong@camau.gov.vn") == ["stc@camau.gov.vn", "vanphong@camau.gov.vn"]


def test_deep_nesting_is_walked_without_recursion() -> None:
    page = Page("https://camau.gov.test/", 200, "<div>" * 20_000 + "stc@camau.gov.test", NOW, words=VI)
    assert [sighting.address for sighting in sightings(page)] == ["stc@camau.gov.test"]


def test_a_line_of_many_links_is_read_in_no_time() -> None:
    line = "".join(f"https://camau.gov.test/hoi-dap-truc-tuyen/cau-hoi-so-{n}.html" for n in range(250)) + " (at) x"
    began = process_time()
    assert addresses(line) == []
    assert process_time() - began < 2  # a pattern with two ways to match a dash needs minutes


# Pieces of which a hostile page repeats one; each begins an address, or ends one, at every repetition.
PUMPED = ["a-", "a.", "a+", "a'", "%40", "a%40b.", "x-y.", "at-", "nv.", "a [dot] ", "a chấm ", "<!--@", "a&#64;b.vn "]
# What the piece stands in: visible text, a mail link, a script.
AROUND = ["<p>{} @</p>", "<a href='mailto:{}'>x</a>", "<script>document.write(\"{}\"+'@')</script>"]


def seconds_to_find(markup: str) -> float:
    page = Page("https://camau.gov.test/", 200, markup, NOW, words=VI)
    assert page.blocks or page.links is not None  # the page's own parsing is not measured
    began = process_time()
    sightings(page)
    return process_time() - began


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("piece", PUMPED)
def test_a_long_line_takes_time_in_proportion(piece: str, around: str) -> None:
    # Half a minute where the time is the square of the length.
    assert seconds_to_find(around.replace("{}", piece * (64_000 // len(piece)))) < 1.5


def test_many_addresses_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        return seconds_to_find("<p>" + "".join(f"<a title='a{n}@b.vn'>a{n}@b.vn</a> " for n in range(count)))

    assert seconds(4000) < 8 * min(seconds(1000) for _ in range(2))  # the square would be 16


def test_the_page_that_stopped_a_crawl() -> None:
    assert seconds_to_find("<p>" + "a-" * 24_000 + " @ stc@camau.gov.test</p>") < 1
