"""Write in both languages what people are notified of by mail and webhook."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from prober.reporting.words import night_words
from prober.store.private.alarm_queue import Alarm
from prober.store.reading.nights import Night
from prober.store.results.runs import NIGHT


def answers(campaign: str, number: int) -> Alarm:
    """Return the news that answers came: how many there are now."""
    return Alarm(
        f"answers:{campaign}",
        f"Đợt {campaign}: đến nay có {number} thư trả lời của người. Xem: prober review --coder TÊN",
        f"Campaign {campaign}: {number} answers of persons by now. Read them: prober review --coder INITIALS",
    )


def night(found: Night, needs: Iterable[tuple[str, str]]) -> Alarm:
    """Return the message about a night; `needs` is what else needs a person, with the command for it."""
    text = night_words.mail(found, needs)
    return Alarm(f"night {found.number}", text.vi, text.en)


def cut_short(now: datetime) -> Alarm:
    """Return the news that a night ended before it could report, by a full disk or another error.

    It names the day on which the night began, and no cause, which may differ from pass to pass: both passes of a night
    have the same words, and a mail of the same words is no second one.
    """
    day = (now - NIGHT).date()
    return Alarm(
        "cut short",
        f"Đêm {day}: dừng giữa chừng, do có lỗi hoặc không ghi được vào ổ đĩa. "
        "Cần người làm: xem ổ đĩa còn chỗ không, rồi: prober doctor; prober nightly",
        f"Night of {day}: ended before its last step, by an error or because the disk could not be written. "
        "Needs a person: see that the disk has room, then: prober doctor; prober nightly",
    )


def message(found: Sequence[Alarm], languages: Sequence[str]) -> tuple[str, str]:
    """Return subject and text of one message with all of these, in the study's languages."""
    spoken = [language for language in ("vi", "en") if language in languages] or ["en"]
    parts = ["\n\n".join(alarm.vi if language == "vi" else alarm.en for alarm in found) for language in spoken]
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    first = (found[0].vi if spoken[0] == "vi" else found[0].en).partition("\n")[0]
    return f"[prober] {first[:120]}{more}", "\n\n\n".join(parts) + "\n"
