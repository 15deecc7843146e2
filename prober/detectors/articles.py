"""Tell pieces of news from pages of the site, by their own headings and addresses. One answer for all detectors."""

from functools import lru_cache
from urllib.parse import urlsplit

from prober.detectors.link_promises import named_in_frame, promises, urlsplit_path
from prober.domain.indicator import Kind
from prober.domain.pages.page import Page
from prober.text.patterns import linear

_HEADLINE = 8  # blanks in the heading of a piece of news
_SLUG = 5  # hyphens in its address
_SECTION = 0.5  # promise from which a step of an address names a section
_FOLDER = 4  # hyphens from which a step is no name of a section
_PARAGRAPH = 80  # characters of a line of running text
_MARKED = 'article, meta[property="og:type"][content="article" i], [itemtype$="Article"]'
_NUMBER = linear(r"(?<!\d)\d{3,}+(?:\.\w{2,5})?$")  # at the end of the address of one piece of news
_CONTENT = linear(r"/asset_publisher/[^/]{1,40}/content/")  # one article of a Liferay site


@lru_cache(maxsize=1)  # asked for by several detectors
def is_article(page: Page) -> bool:
    """Return True for a piece of news: under a headline, or at the address of one.

    What the menu or footer names is a page of the site, however long its name is. So is what stands below the address
    of a section of questions: each question has a page of its own, and is as long as a headline.
    """
    if named_in_frame(page):
        return False
    heads = [block.text for block in page.blocks if block.tag == "h1"]
    headline = any(head.count(" ") > _HEADLINE and not promises(page).names_section(head) for head in heads)
    if _CONTENT.search(page.url):
        return headline or not any(promises(page).text_of(Kind.QA, head) >= _SECTION for head in (page.title, *heads))
    steps = [step for step in urlsplit(page.url).path.split("/") if step]
    long = bool(steps) and steps[-1].count("-") > _SLUG
    folders = steps[:-1] if headline or long else steps
    if any(step.count("-") < _FOLDER and promises(page).path_of(Kind.QA, f"/{step}") >= _SECTION for step in folders):
        return False
    return headline or urlsplit_path(page.url).rstrip("/").rpartition("/")[2].count("-") > _SLUG


def marked_as_article(page: Page) -> bool:
    """Return True for running text that the markup calls an article, as some systems call every page, or among news.

    There an address ends with a number: "/tin-tuc/giao-ban-1234.html".
    """
    steps = [step for step in urlsplit_path(page.url).split("/") if step]
    if not steps:
        return False
    among = any(promises(page).is_of_others(step.replace("-", " ")) for step in steps[:-1])
    numbered = among and _NUMBER.search(steps[-1]) is not None
    if steps[-1].count("-") < _SLUG and not numbered and page.tree.css_first(_MARKED) is None:
        return False
    return any(block.place == "main" and len(block.text) >= _PARAGRAPH for block in page.blocks)
