"""Classify the sender of a reply by its address: a reply often comes from another office or a private mailbox."""

import re

from prober.domain.correspondence import AUTOMATIC, Event
from prober.domain.hostnames import FREE_MAIL, mail_domain

_OTHER_OFFICE = re.compile(r"ubnd|vpub|uybannhandan|hdnd|skhdt|kbnn|khobac|noivu|stttt|sotttt|vanphong(?!.*stc)")


def sender_class(sender: str, asked: str, event: Event) -> str:
    """Return "agency", "other_office", "freemail", "machine" or "elsewhere".

    A province has one mail domain for all its offices, so the local part tells another office of the same domain.

    >>> sender_class("vanphong.ubnd@camau.gov.test", "stc@camau.gov.test", Event.FULL)
    'other_office'
    """
    if event in AUTOMATIC:
        return "machine"
    sender, asked = sender.lower(), asked.lower()
    if sender == asked:
        return "agency"
    where = mail_domain(sender)
    if where in FREE_MAIL:
        return "freemail"
    if where == mail_domain(asked):
        return "other_office" if _OTHER_OFFICE.search(sender.partition("@")[0]) else "agency"
    return "other_office" if where.endswith((".gov.vn", ".gov.test")) else "elsewhere"
