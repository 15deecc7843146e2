"""Tell people by mail and webhook what a night did, what needs them, and that answers came. In a live world only.

Nothing private is sent: numbers, names of campaigns and commands, no address and no word of a letter. The mails go to
`[alarms] to` alone, never to an agency.
"""

import asyncio
import hashlib
import logging
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import unquote
from urllib.request import urlopen

from mailroom.sending.dkim import signer
from mailroom.sending.smtp import ConnectFailed, Connection, Envelope
from prober.config.load import secret_named
from prober.config.sections import Alarms
from prober.domain.correspondence import SendState
from prober.domain.world import World
from prober.errors import ConfigError, ProberError, UsageError
from prober.reporting.words import alarm_messages
from prober.services.context import Context
from prober.store import Database, main_file
from prober.store.private import alarm_queue
from prober.store.reading.status import human_replies
from prober.store.results.registry import mail_addresses

if TYPE_CHECKING:
    from apprise import NotifyBase

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for a service to answer


def answers(private: Database, results: Database, now: datetime) -> None:
    """Keep one alarm for each campaign with another number of answers of persons than was reported last.

    For the thread of a watcher, which has connections of its own.
    """
    for campaign, number in human_replies(results).items():
        alarm_queue.keep(private, alarm_messages.answers(campaign, number), now)


def tell(context: Context, private: Database, results: Database) -> list[str]:
    """Tell what waits, all of it in one message, unless the hours are quiet or the day's messages are spent.

    Return what went wrong, as one line each: what was not handed over waits for the next call. What reached one of two
    ways counts as sent. Raises UsageError for an address that is an agency's.
    """
    if not wanted(context):
        return []
    now, settings = context.clock.now(), context.config.alarms
    found = alarm_queue.waiting(private)
    today = datetime.combine(now.date(), time(), now.tzinfo)
    if not found or quiet(settings.quiet, now.time()) or alarm_queue.messages_since(private, today) >= settings.most:
        return []
    tried = _handed_over(context, results, [alarm for _, alarm in found], now)
    if not all(tried):
        alarm_queue.told(private, [number for number, _ in found], now)
        log.info("people are told", extra={"told": len(found)})
    for fault in filter(None, tried):
        log.warning("people are not told: %s", fault)
    return [fault for fault in tried if fault]


def tell_end(context: Context) -> None:
    """Report at once that a night ended before it could report itself, and keep nothing: the disk may be full.

    Quiet hours and the most of a day do not hold it, for nothing would report it later.
    """
    if wanted(context):
        now = context.clock.now()
        with _openable(context) as results:
            _handed_over(context, results, [alarm_messages.cut_short(now)], now)


@contextmanager
def _openable(context: Context) -> Iterator[Database]:
    """Yield results.db, to be asked for the addresses of agencies, also where the disk has no room to open it."""
    with ExitStack() as closed:
        try:
            results = context.results
        except (ProberError, sqlite3.Error, OSError):
            results = closed.enter_context(closing(main_file(context.config.paths.results)))
        yield results


def _handed_over(context: Context, results: Database, found: Sequence[alarm_queue.Alarm], now: datetime) -> list[str]:
    """Hand one message with all of these over in each way; return "" or what went wrong for each of them."""
    settings, text = context.config.alarms, alarm_messages.message(found, context.study.languages)
    services, unknown = _services(settings)
    _refuse_agencies(context, results, services)
    tried = [unknown or _by_webhook(settings, services, text)] if settings.webhooks_env else []
    return tried + ([_by_mail(context, settings.to, text, now)] if settings.to else [])


def alive(context: Context) -> list[str]:
    """Give the signs of life of a finished night; return what went wrong, as one line each."""
    settings, faults = context.config.alarms, []
    if context.config.world is not World.LIVE:
        return []
    if settings.alive_file:
        path = context.config.root / settings.alive_file
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            faults.append(f"[alarms] alive_file {path}: {error.strerror}")
    if settings.alive_url:
        try:
            with urlopen(settings.alive_url, timeout=PATIENCE):
                pass
        except (URLError, OSError, ValueError) as error:
            faults.append(f"[alarms] alive_url: {error}")
    return faults


def quiet(hours: str, now: time) -> bool:
    """Return True if `now` lies in the hours, which may go over midnight.

    >>> quiet("22:00-06:00", time(23)), quiet("22:00-06:00", time(6)), quiet("12:00-13:30", time(13))
    (True, False, True)
    """
    if not hours:
        return False
    begin, end = (time.fromisoformat(moment) for moment in hours.split("-"))
    return begin <= now < end if begin <= end else now >= begin or now < end


def wanted(context: Context) -> bool:
    """Return True if there is somebody to notify, in a live world."""
    settings = context.config.alarms
    return context.config.world is World.LIVE and bool(settings.to or settings.webhooks_env)


_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")


def _refuse_agencies(context: Context, results: Database, services: Sequence["NotifyBase"]) -> None:
    """Raise UsageError if an address to be notified is, or was, one of an agency, or is one of our own mailboxes."""
    own = {imap.user.lower() for imap in context.imap} | {context.sender.address.lower()}
    known = mail_addresses(results)
    for address in context.config.alarms.to:
        if address.lower() in known:
            raise UsageError(f"[alarms] to: {address} is the address of the agency {known[address.lower()]}")
        if address.lower() in own:
            raise UsageError(f"[alarms] to: {address} is the mailbox for answers; name a person's own address")
    for service in services:  # some of them send mail
        named = unquote(f"{service.url()} {getattr(service, 'targets', '')}").lower()
        for address in known.keys() & set(_ADDRESS.findall(named)):
            name = context.config.alarms.webhooks_env
            raise UsageError(f"[alarms] {name}: {address} is the address of the agency {known[address]}")


def _services(settings: Alarms) -> tuple[Sequence["NotifyBase"], str]:
    """Return the services that the configuration names, and what is wrong with their addresses, without showing any."""
    if not settings.webhooks_env:
        return (), ""
    import apprise

    found = apprise.Apprise()
    try:
        addresses = secret_named(settings.webhooks_env).split()
    except ConfigError as error:  # the mails leave all the same
        return (), f"[alarms] webhooks_env: {error}"
    wrong = sum(not found.add(address) for address in addresses)
    fault = f"[alarms] {settings.webhooks_env}: {wrong} of {len(addresses)} addresses are none of a service"
    return tuple(found), fault if wrong else ""


def _by_webhook(settings: Alarms, services: Sequence["NotifyBase"], text: tuple[str, str]) -> str:
    """Hand the message to every service; return "" or what went wrong, without their addresses."""
    import apprise

    told = apprise.Apprise(services).notify(title=text[0], body=text[1])
    return "" if told else f"[alarms] {settings.webhooks_env}: not taken"


def _by_mail(context: Context, to: Sequence[str], text: tuple[str, str], now: datetime) -> str:
    """Hand the message to the mail server for each address; return "" or what went wrong."""
    return asyncio.run(_sent(context, [_letter(context, address, text, now) for address in to]))


def _letter(context: Context, address: str, text: tuple[str, str], now: datetime) -> Envelope:
    """Return the mail as it leaves. The same text to the same person has the same Message-ID: no second copy counts."""
    sender, signs = context.sender, signer(context.dkim)
    mark = hashlib.sha256("\n".join((address, *text)).encode()).hexdigest()[:32]
    domain = sender.address.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"], mail["To"], mail["Subject"] = sender.address, address, text[0]
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<alarm.{mark}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic reply, please
    mail.set_content(text[1])
    data = mail.as_bytes()
    return Envelope(sender.address, address, "", signs.signed(data, now) if signs else data)


async def _sent(context: Context, letters: Sequence[Envelope]) -> str:
    domain = context.sender.address.rpartition("@")[2]
    connection = Connection(context.smtp, context.smtp_password, domain, context.config.world)
    refused: list[str] = []
    for letter in letters:
        try:
            await connection.ready()
        except ConnectFailed as failure:
            return f"[alarms] {failure}"
        outcome = await connection.transmit(letter)
        if outcome.state is not SendState.ACCEPTED:
            refused.append(f"{letter.rcpt}: {outcome.code or ''} {outcome.reply}")
    await connection.close()
    return f"[alarms] not taken: {'; '.join(refused)}" if refused else ""
