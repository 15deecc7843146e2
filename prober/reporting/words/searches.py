"""Put the steps of a search (view search_evidence) into Vietnamese and English words that let a reader repeat them."""

from prober.domain.visit import Outcome, Part
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row

WHY_ABSENT = Text("Vì sao kết luận là không có", "Why we say it is not there")
WHERE_SOUGHT = Text("Đã tìm ở đâu, chưa xem được gì", "Where we looked, and what could not be seen")
PARTS = {
    Part.HOME: Text("Trang chủ", "Home page"),
    Part.MENU: Text("Trình đơn", "Menu"),
    Part.FOOTER: Text("Chân trang", "Footer"),
    Part.LINK: Text("Địa chỉ mà trang nêu", "Addresses that the site names"),
    Part.SITEMAP: Text("Sơ đồ trang", "Site maps"),
    Part.USUAL_PATH: Text("Đường dẫn quen dùng", "Usual paths"),
    Part.SEARCH: Text("Tìm kiếm trên trang", "The site's own search"),
    Part.MADE_UP: Text("Địa chỉ bịa ra, để biết trang đáp thế nào", "A made-up address, to know what it answers"),
    Part.PAGE: Text("Các trang khác", "Other pages"),
}
OUTCOMES = {
    Outcome.READ: Text("đã đọc", "read"),
    Outcome.MISSING: Text("không có trang này", "no such page"),
    Outcome.REDIRECTED: Text("chuyển sang địa chỉ khác", "leads to another address"),
    Outcome.FAILED: Text("không đọc được", "could not be read"),
    Outcome.UNOPENED: Text("chưa mở", "not opened"),
}
_COUNTED = {
    Part.HOME: Text("{} liên kết", "{} links"),
    Part.MENU: Text("{} liên kết", "{} links"),
    Part.FOOTER: Text("{} liên kết", "{} links"),
    Part.SITEMAP: Text("{} địa chỉ", "{} addresses"),
    Part.SEARCH: Text("{} liên kết mới", "{} new links"),
    Part.LINK: Text("và {} địa chỉ khác", "and {} other addresses"),
}
_FOUND = {
    "menu": Text("ở trình đơn", "in the menu"),
    "footer": Text("ở chân trang", "in the footer"),
    "sitemap": Text("trong sơ đồ trang", "in a site map"),
    "search": Text("trong kết quả tìm kiếm", "in results of the search"),
}


def heading(state: str) -> Text:
    """Return the heading above the steps of one verdict, which is absent or unknown."""
    return WHY_ABSENT if state == "absent" else WHERE_SOUGHT


def met(step: Row) -> Text:
    """Return what was met at the address of one step.

    >>> row = dict(part="usual_path", outcome="missing", status=404, failure="http_4xx", count=None, found_by="")
    >>> met(row)
    Text(vi='không có trang này (404)', en='no such page (404)')
    >>> met(row | {"outcome": "failed", "status": 0, "failure": "robots"}).en
    'could not be read: closed to crawlers by robots.txt'
    >>> met(row | {"part": "sitemap", "outcome": "read", "status": 200, "failure": None, "count": 63}).vi
    'đã đọc, 63 địa chỉ'
    """
    outcome, part = Outcome(step["outcome"]), Part(step["part"])
    status = f" ({step['status']})" if step["status"] not in (0, 200) else ""
    found = [Text(OUTCOMES[outcome].vi + status, OUTCOMES[outcome].en + status)]
    if outcome == Outcome.FAILED and step["failure"]:
        why = labels.failure(step["failure"])[0]
        found = [Text(f"{found[0].vi}: {why.vi}", f"{found[0].en}: {why.en}")]
    if step["count"] is not None and part in _COUNTED:
        counted = _COUNTED[part]
        found.append(Text(counted.vi.format(step["count"]), counted.en.format(step["count"])))
    if step["found_by"] in _FOUND:
        found.append(_FOUND[step["found_by"]])
    return Text(", ".join(text.vi for text in found), ", ".join(text.en for text in found))
