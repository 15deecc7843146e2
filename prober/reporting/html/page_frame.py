"""Say what stands around every page: its language, and what the study says of itself.

The language is that of the address, else the one remembered, else the first of the study.

`?lang=en` in an address shows the page in English and is remembered in a cookie, which the server sets and no script
reads. Datasette takes parameters that it does not know for conditions, so its own pages read the cookie alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from prober.reporting.words.labels import Text
from prober.studies.study import Study, said

LANGUAGES = ("vi", "en")  # that the pages are written in
NAMES = {"vi": "Tiếng Việt", "en": "English"}
PARAMETER = COOKIE = "lang"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class About:
    """The imprint of a study: what it says of itself, for the foot of every page; "" where it says nothing.

    It is said of data of its own `frames` only.
    """

    title: Text = Text("", "")
    publisher: str = ""
    contact: str = ""
    languages: tuple[str, ...] = ("vi",)
    frames: tuple[str, ...] = ()


NOBODY = About()


def about(study: Study) -> About:
    """Return what a study says of itself."""
    title = Text(said(study.title, "vi"), said(study.title, "en"))
    return About(title, study.publisher, study.contact, study.languages, study.frame_names)


def chosen(asked: Mapping[str, str], cookies: Mapping[str, str], of_study: Sequence[str]) -> str:
    """Return the language of a page.

    >>> chosen({"lang": "en"}, {"lang": "vi"}, ["vi"]), chosen({"lang": "xx"}, {"lang": "en"}, [])
    ('en', 'en')
    >>> chosen({}, {}, ["vi", "en"]), chosen({}, {}, ["de"])
    ('vi', 'en')
    """
    wanted = (asked.get(PARAMETER), cookies.get(COOKIE), *of_study[:1])
    return next((name for name in wanted if name in LANGUAGES), "en")


def remembered(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the header that remembers the language of an address; none where the address names none.

    >>> remembered({"lang": "en"})
    {'Set-Cookie': 'lang=en; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly'}
    >>> remembered({"lang": "en; Domain=x"})
    {}
    """
    if asked.get(PARAMETER) not in LANGUAGES:
        return {}
    return {"Set-Cookie": f"{COOKIE}={asked[PARAMETER]}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax; HttpOnly"}


def switch(query: str) -> dict[str, str]:
    """Return language → the same address in it, relative to the page.

    >>> switch("cause=all&lang=vi")["en"]
    '?cause=all&lang=en'
    """
    kept = [(name, value) for name, value in parse_qsl(query) if name != PARAMETER]
    return {language: "?" + urlencode([*kept, (PARAMETER, language)]) for language in LANGUAGES}


def without(query: str) -> str:
    """Return the query of an address without its language, with "?" in front; "" where nothing is left.

    >>> without("cause=all&lang=vi"), without("lang=vi")
    ('?cause=all', '')
    """
    kept = [(name, value) for name, value in parse_qsl(query) if name != PARAMETER]
    return "?" + urlencode(kept) if kept else ""
