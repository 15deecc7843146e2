"""Say in both languages what people are told of by mail and webhook."""

from collections.abc import Iterable, Sequence

from prober.reporting.words import night_words
from prober.store.private.alarms import Alarm
from prober.store.reading.nights import Night


def answers(campaign: str, number: int) -> Alarm:
    """Return the news that answers came: how many there are now."""
    return Alarm(
        f"answers:{campaign}",
        f"Đợt {campaign}: đến nay có {number} thư trả lời của người. Xem: prober review --coder TÊN",
        f"Campaign {campaign}: {number} answers of persons by now. Read them: prober review --coder INITIALS",
    )


def night(found: Night, needs: Iterable[tuple[str, str]]) -> Alarm:
    """Return what a night is told as; `needs` is what else needs a person, with the command for it."""
    text = night_words.mail(found, needs)
    return Alarm("night", text.vi, text.en)


def message(found: Sequence[Alarm], languages: Sequence[str]) -> tuple[str, str]:
    """Return subject and text of one message with all of these, in the study's languages."""
    spoken = [language for language in ("vi", "en") if language in languages] or ["en"]
    parts = ["\n\n".join(alarm.vi if language == "vi" else alarm.en for alarm in found) for language in spoken]
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    first = (found[0].vi if spoken[0] == "vi" else found[0].en).partition("\n")[0]
    return f"[prober] {first[:120]}{more}", "\n\n\n".join(parts) + "\n"
