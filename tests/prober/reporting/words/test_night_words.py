"""A night in words: the line of a screen and the mail say the same, in both languages."""

from dataclasses import replace

from prober.domain.reason import Reason
from prober.reporting.words import night_words
from prober.store.reading.nights import Night, SeenSite
from prober.store.results.runs import RunStep

AT = "2020-05-30T01:30:00+07:00"


def site(slug: str, outcome: str) -> SeenSite:
    return SeenSite(f"2019-{slug}", slug, "2019", "portal", slug, slug, slug, outcome, None, "", "", False)


def step(name: str, status: str) -> RunStep:
    return RunStep(name, status, AT, AT, {}, (), 1)


NIGHT = Night(
    1, AT, AT, 2, (step("crawl 2019", "done"), step("mailbox", "failures"), step("publish", "late")), (1,),
    (site("ca-mau", "seen"), site("dong-thap", "unreachable")), 1, 3, (),
    (Reason("need_steps", steps=("mailbox", "publish"), command="prober nightly"),),
)  # fmt: skip


def test_the_line_and_the_mail_say_the_same() -> None:
    line, mail = night_words.line(NIGHT), night_words.mail(NIGHT, [("campaign ca-mau", "prober campaign resume x")])
    assert line.en.split("; ") == [
        "not done: mailbox, publish", "1 of 2 sites seen, changes: 1, waiting for a second look: 3", "log: night=1",
    ]  # fmt: skip
    assert line.vi.split("; ") == [
        "chưa xong: đọc hộp thư, công bố", "xem được 1/2 trang, 1 thay đổi, 3 chờ xem lại", "nhật ký: night=1",
    ]  # fmt: skip
    assert mail.vi.splitlines() == [
        f"Đêm 2020-05-30 01:30: {line.vi}.",
        "Chưa xem được: dong-thap",
        "- có bước chưa xong: mailbox, publish: prober nightly",
        "- campaign ca-mau: cần người làm: prober campaign resume x",
    ]
    assert mail.en.splitlines()[0] == f"Night of 2020-05-30 01:30: {line.en}."


def test_a_step_that_began_and_did_not_end_is_not_done() -> None:
    """So it is in a night that was killed or runs; the step that tells of the night is under way as it tells."""
    killed = replace(NIGHT, steps=(step("crawl 2019", "running"),), sites=())
    assert night_words.line(killed).en == "not done: crawl 2019; log: night=1"
    telling = replace(NIGHT, steps=(step("crawl 2019", "done"), step("alarms", "running")), sites=())
    assert night_words.line(telling).vi == "mọi bước đã xong; nhật ký: night=1"


def test_every_step_and_status_has_its_words() -> None:
    assert [night_words.step(name).vi for name in ("crawl 2025", "crawl again 2025", "publish", "own")] == [
        "quét 2025", "quét lại 2025", "công bố", "own",
    ]  # fmt: skip
