"""Say what a night did, changed, could not see and needs, in both languages: a line for a screen, lines for a mail."""

from collections.abc import Iterable

from prober.reporting.words import formats, reasons
from prober.reporting.words.labels import Text
from prober.store.reading.nights import Night
from prober.store.results.runs import RunStep

STATUSES = {
    "running": Text("đang chạy", "under way"),
    "done": Text("xong", "done"),
    "failures": Text("không xong", "failed"),
    "skipped": Text("bỏ qua", "skipped"),
    "late": Text("quá giờ", "late"),
    "stopped": Text("đã dừng", "stopped"),
    "killed": Text("bị ngắt giữa chừng", "killed"),
}
_STEPS = {
    "crawl": Text("quét", "crawl"),
    "crawl again": Text("quét lại", "crawl again"),
    "second pass": Text("kiểm tra lại kết quả quét", "second pass"),
    "mailbox": Text("đọc hộp thư", "mailbox"),
    "campaigns": Text("gửi thư", "letters"),
    "report": Text("báo cáo", "report"),
    "publish": Text("công bố", "publish"),
    "alarms": Text("báo tin", "alarms"),
}


def step(name: str) -> Text:
    """Return what a step is called.

    >>> step("crawl again 2019").vi, step("publish").en, step("own").vi
    ('quét lại 2019', 'publish', 'own')
    """
    for code in sorted(_STEPS, key=len, reverse=True):
        if name == code or name.startswith(f"{code} "):
            of = name.removeprefix(code)
            return Text(_STEPS[code].vi + of, _STEPS[code].en + of)
    return Text(name, name)


def last_look(at: str, nights: int, seen: bool = True) -> Text:
    """Return how old a verdict is that the newest visit could not confirm: the time of its scan, nights before.

    `seen`: what it says is there, or a whole site; else nothing was found then.

    >>> last_look("2020-04-13T01:30:00+07:00", 3)
    Text(vi='xem được lần cuối 3 đêm trước, ngày 13/4/2020', en='last seen 3 nights ago, on 13 April 2020')
    >>> last_look("2020-04-13T01:30:00+07:00", 1, seen=False).en, last_look("2020-04-13T01:30:00+07:00", 0).vi
    ('last looked at 1 night ago, on 13 April 2020', 'xem được lần cuối trước đó cùng ngày 13/4/2020')
    """
    vi, en = formats.day(at, "vi"), formats.day(at, "en")
    verb = "last seen" if seen else "last looked at"
    if nights == 0:
        return Text(f"xem được lần cuối trước đó cùng ngày {vi}", f"{verb} earlier on the same day, {en}")
    ago = f"{nights} night{'' if nights == 1 else 's'} ago"
    return Text(f"xem được lần cuối {nights} đêm trước, ngày {vi}", f"{verb} {ago}, on {en}")


def earlier(sites: int, at: str, nights: int) -> Text:
    """Return how many sites have verdicts of an earlier visit, and how old the oldest of these is.

    >>> earlier(2, "2020-04-13T01:30:00+07:00", 3).en
    '2 rest on an earlier visit; the oldest: last seen 3 nights ago, on 13 April 2020'
    """
    oldest = last_look(at, nights)
    return Text(
        f"{sites} trang dùng kết luận của lần xem trước; lâu nhất: {oldest.vi}",
        f"{sites} rest{'s' if sites == 1 else ''} on an earlier visit; the oldest: {oldest.en}",
    )


def line(night: Night) -> Text:
    """Return a night in one line, without its needs. It ends with the name by which its log lines are found."""
    seen, sites = len(night.sites) - len(night.unseen), len(night.sites)
    vi, en = [], []
    if left := (*night.left, *night.under_way):
        vi.append(f"chưa xong: {_names(left).vi}")
        en.append(f"not done: {_names(left).en}")
    else:
        vi.append("mọi bước đã xong")
        en.append("every step is done")
    if sites:
        vi.append(f"xem được {seen}/{sites} trang, {night.changed} thay đổi, {night.second_look} chờ xem lại")
        en.append(
            f"{seen} of {sites} sites seen, changes: {night.changed}, waiting for a second look: {night.second_look}"
        )
    if night.suspect:
        why = reasons.said(night.suspect)
        vi.append(f"chưa tin kết quả quét: {why.vi}")
        en.append(f"the scan is not believed: {why.en}")
    vi.append(f"nhật ký: night={night.number}")
    en.append(f"log: night={night.number}")
    return Text("; ".join(vi), "; ".join(en))


def mail(night: Night, needs: Iterable[tuple[str, str]] = ()) -> Text:
    """Return a night as a mail: its line, the sites that it could not see, and what needs a person.

    `needs`: what else needs one, by what private.db knows, with the command for it.
    """
    day, said = night.began[:16].replace("T", " "), line(night)
    vi, en = [f"Đêm {day}: {said.vi}."], [f"Night of {day}: {said.en}."]
    if night.unseen:
        vi.append(f"Chưa xem được: {', '.join(site.slug for site in night.unseen)}")
        en.append(f"Not seen: {', '.join(site.slug for site in night.unseen)}")
    for need in night.needs:
        text = reasons.said((need,))
        vi.append(f"- {text.vi}: {need.params['command']}")
        en.append(f"- {text.en}: {need.params['command']}")
    for part, command in needs:
        vi.append(f"- {part}: cần người làm: {command}")
        en.append(f"- {part}: needs a person: {command}")
    return Text("\n".join(vi), "\n".join(en))


def _names(steps: Iterable[RunStep]) -> Text:
    named = [step(one.step) for one in steps]
    return Text(", ".join(text.vi for text in named), ", ".join(text.en for text in named))
