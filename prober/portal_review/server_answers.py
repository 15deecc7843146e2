"""Judge a site by the answers of its server: https, addresses that do not exist, its own search, security.txt.

Each measure is a function from what a visit holds of the site to found, not found or not seen, with the proof. Pure.
"""

import re
from datetime import datetime
from urllib.parse import urlsplit

from prober.domain.finding import Failure, State
from prober.portal_review.site_seen import Measured, ServerAnswer, SiteSeen
from prober.text.patterns import linear

VERSION = "2"
_MAX_AGE = linear(r'max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_FIELD = linear(r"^(contact|expires)\s*:\s*(\S[^\r\n]{0,500})", re.IGNORECASE | re.MULTILINE)
_CONTACT = linear(r"(?!http:)[a-z][a-z0-9+.-]{1,20}:\S{1,500}", re.IGNORECASE)
_GRAVE = ("critical", "serious")
_GONE = frozenset({404, 410})
_OTHERWISE = frozenset({400, 401, 402, *range(405, 410), *range(411, 429)})  # an error, and no refusal for now


def https_hsts(seen: SiteSeen) -> Measured:
    """Tell whether the site is reached by https alone: a valid certificate, http that leads there, and HSTS.

    RFC 6797 for the header; a port 80 that refuses is as good as a redirect.
    """
    if not seen.home or seen.home_answer is None:
        return Measured(State.NOT_SEEN, "site_not_seen")
    if urlsplit(seen.home).scheme != "https":
        return Measured(State.NOT_FOUND, "plain_http", seen.home, seen.home)
    if "not verified" in seen.trust:
        return Measured(State.NOT_FOUND, "bad_certificate", seen.trust, seen.home)
    header = seen.home_answer.headers.get("strict-transport-security", "")
    age = _MAX_AGE.search(header)
    if not age or int(age[1]) == 0:
        return Measured(State.NOT_FOUND, "no_hsts", header, seen.home)
    return _enforced(seen, header)


def _enforced(seen: SiteSeen, header: str) -> Measured:
    plain = seen.plain
    if plain is None:
        return Measured(State.NOT_SEEN, "not_asked", header, seen.home)
    said = f"{plain.url} → {plain.location}" if plain.location else f"{plain.url}: {plain.status}"
    closed = plain.failure in (Failure.REFUSED, Failure.TIMEOUT)
    if closed or (plain.location and urlsplit(plain.location).scheme == "https"):
        return Measured(State.FOUND, "https_enforced", f"{said}; {header}", seen.home)
    if plain.failure or plain.status in (429, 503) or plain.status >= 500:
        return Measured(State.NOT_SEEN, "no_answer", said, plain.url)
    # Also an error over http does not lead to https: browsers stay where they are.
    return Measured(State.NOT_FOUND, "https_not_enforced", said, plain.url)


def _refused_alone(asked: ServerAnswer, seen: SiteSeen) -> bool:
    """Return True if this address is refused or fails, and not the whole site: the home page was answered after it."""
    refused = asked.status == 403 or (asked.status >= 500 and asked.status != 503)
    return refused and seen.home_again == 200


def told_404(seen: SiteSeen) -> Measured:
    """Tell whether an address that does not exist is answered as missing: by the status 404 or 410 (RFC 9110)."""
    if not seen.home:
        return Measured(State.NOT_SEEN, "site_not_seen")
    asked = seen.made_up
    if asked is None:
        return Measured(State.NOT_SEEN, "not_asked")
    said = f"{asked.url}: {asked.status}" + (f" → {asked.led_to}" if asked.led_to else "")
    if asked.status in _GONE:
        return Measured(State.FOUND, "told_missing", said, asked.url)
    if asked.status == 200:
        category = "missing_told_in_words_only" if seen.made_up_says else "missing_shown_as_page"
        return Measured(State.NOT_FOUND, category, said, asked.url)
    round_about = asked.location and asked.failure is Failure.HTTP_4XX
    otherwise = asked.failure in (None, Failure.HTTP_4XX) and asked.status in _OTHERWISE
    if round_about or otherwise or _refused_alone(asked, seen):
        return Measured(State.NOT_FOUND, "missing_told_otherwise", said, asked.url)
    if asked.location:
        return Measured(State.NOT_SEEN, "redirect_not_followed", f"{said} → {asked.location}", asked.url)
    return Measured(State.NOT_SEEN, "no_answer", said, asked.url)


def search_finds(seen: SiteSeen) -> Measured:
    """Tell whether the site's own search finds a title that the site itself lists, on the first page of results.

    What is listed as often where a word was asked for that stands nowhere was not found by the search.
    """
    if not seen.home:
        return Measured(State.NOT_SEEN, "site_not_seen")
    if not seen.searchable:
        return Measured(State.NOT_SEEN, "no_search_link")
    search = seen.search
    if search is None:
        return Measured(State.NOT_SEEN, "not_asked")
    asked = search.asked
    said = f"{asked.url}: {asked.status}"
    detail = {"title": search.title, "target": search.target, "listed_on": search.listed_on}
    if search.listed > search.anyway:
        return Measured(State.FOUND, "title_found", search.title, asked.url, detail)
    if search.listed:
        return Measured(State.NOT_FOUND, "title_listed_anyway", search.title, asked.url, detail)
    if asked.status in _GONE or _refused_alone(asked, seen):
        return Measured(State.NOT_FOUND, "search_fails", said, asked.url, detail)
    if not search.read or asked.status != 200:
        return Measured(State.NOT_SEEN, "no_answer", said, asked.url)
    return Measured(State.NOT_FOUND, "title_not_found", search.title, asked.url, detail)


def security_txt(seen: SiteSeen) -> Measured:
    """Tell whether /.well-known/security.txt says whom to tell about a hole.

    RFC 9116: a Contact that is a URI, over the web by https; one Expires, a time of RFC 3339 that is still to come.
    """
    if not seen.home or seen.home_answer is None:
        return Measured(State.NOT_SEEN, "site_not_seen")
    asked = seen.security_txt
    if asked is None:
        return Measured(State.NOT_SEEN, "not_asked")
    said = f"{asked.url}: {asked.status}"
    if asked.status in _GONE or _refused_alone(asked, seen):
        return Measured(State.NOT_FOUND, "no_file", said, asked.url)
    if asked.status != 200 or asked.failure:
        return Measured(State.NOT_SEEN, "no_answer", said, asked.url)
    if asked.page:
        return Measured(State.NOT_FOUND, "no_file", said, asked.url)
    fields = [(name.lower(), value.strip()) for name, value in _FIELD.findall(asked.text)]
    contact = next((value for name, value in fields if name == "contact" and _CONTACT.fullmatch(value)), "")
    expires = [moment for name, value in fields if name == "expires" for moment in (_moment(value),)]
    if not contact:
        return Measured(State.NOT_FOUND, "file_without_contact", said, asked.url)
    if len(expires) != 1 or expires[0] is None:
        return Measured(State.NOT_FOUND, "file_without_expiry", contact, asked.url)
    if expires[0].date() < asked.day:
        return Measured(State.NOT_FOUND, "file_expired", expires[0].isoformat(), asked.url)
    return Measured(State.FOUND, "file_with_contact", contact, asked.url)


def _moment(value: str) -> datetime | None:
    """Return a time of RFC 3339, with its day, its time of day and its offset; None for anything else."""
    try:
        moment = datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def accessibility(seen: SiteSeen) -> Measured:
    """Tell whether axe-core finds no serious or critical fault in the markup of the stored home page.

    A part of WCAG 2.0, levels A and AA: what a program can tell. Colours are judged where the page has all its styles.
    """
    if not seen.home:
        return Measured(State.NOT_SEEN, "site_not_seen")
    if seen.violations is None:
        return Measured(State.NOT_SEEN, "not_shown_by_a_browser")
    grave = [broken for broken in seen.violations if broken.impact in _GRAVE]
    detail = {broken.rule: broken.elements for broken in seen.violations}
    if grave:
        worst = max(grave, key=lambda broken: (broken.impact == _GRAVE[0], broken.elements))
        words = f"{', '.join(f'{one.rule} {one.elements}' for one in grave)}; {worst.selector}: {worst.markup}"
        return Measured(State.NOT_FOUND, "serious_violations", words, seen.home, detail)
    return Measured(State.FOUND, "no_serious_violation", ", ".join(detail), seen.home, detail)


def mobile(seen: SiteSeen) -> Measured:
    """Tell whether the home page is made for small screens (prober.portal_review.page_markup)."""
    return _of_pages(seen, "mobile", "made_for_small_screens", "not_for_small_screens")


def link_text(seen: SiteSeen) -> Measured:
    """Tell whether links say where they lead, on the home page and on most of the other pages that were read."""
    return _of_pages(seen, "link_text", "links_tell", "links_do_not_tell")


def _of_pages(seen: SiteSeen, kind: str, good: str, bad: str) -> Measured:
    """Tell of a site what most of its pages tell; the home page, which all readers see, must tell it too."""
    pages = seen.judged.get(kind, ())
    first = next((page for page in pages if page.page_url.partition("#")[0] == seen.home.partition("#")[0]), None)
    if not seen.home or first is None:
        return Measured(State.NOT_SEEN, "site_not_seen")
    against = [page for page in pages if page.state == State.NOT_FOUND]
    shown = first if first.state == State.NOT_FOUND or not against else against[0]
    detail = {"pages": len(pages), "against": len(against)}
    if first.state == State.NOT_FOUND or len(against) > len(pages) / 2:
        return Measured(State.NOT_FOUND, bad, shown.snippet, shown.page_url, detail)
    return Measured(State.FOUND, good, first.snippet, first.page_url, detail)
