"""Accept letters, schedule the reactions to them, and deliver mail as the clock moves on."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prober.sandbox.mail import office_behaviour, received_letter
from prober.sandbox.mail.final_delivery import received
from prober.sandbox.mail.mailstore import DeliveredMail, Mail, Mailstore
from prober.sandbox.mail.office_behaviour import Office
from prober.sandbox.mail.received_letter import Received
from prober.sandbox.plot.address_book import AddressBook
from prober.sandbox.plot.office_roles import Admission

GREYLIST = timedelta(minutes=5)


class Refused(Exception):
    """The recipient is not accepted now; `code` and `text` are the SMTP answer."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


class MailSystem:
    """The world's mail system: takes letters and delivers replies. Only this class changes the world's memory.

    Every change is one transaction; listeners of `subscribe` are called after a mail has been committed.
    """

    def __init__(
        self, store: Mailstore, book: AddressBook, offices: Mapping[str, Office], seed: int, sent: Path
    ) -> None:
        self._store = store
        self._book = book
        self._offices = offices
        self._seed = seed
        self._sent = sent
        self._listeners: list[Callable[[str, int], None]] = []
        self._letters: list[Received] = [
            received_letter.read(
                row["agency"], row["rcpt"], row["mail_from"], datetime.fromisoformat(row["at"]), row["raw"]
            )
            for row in store.accepted()
        ]
        # Written again from the database: after a crash lines may be missing in the file.
        sent.write_text("".join(map(_line, store.deliveries())), encoding="utf-8")

    def subscribe(self, listener: Callable[[str, int], None]) -> None:
        """Call `listener(folder, uid)` for every mail that arrives."""
        self._listeners.append(listener)

    def now(self) -> datetime:
        return self._store.now()

    def received(self) -> list[dict[str, Any]]:
        return self._store.received()

    def deliveries(self) -> list[dict[str, Any]]:
        return self._store.deliveries()

    def admit(self, rcpt: str) -> None:
        """Check that the world takes mail for `rcpt` now. Raises Refused; greylisting is remembered and committed."""
        refusal = self._book.refusal(rcpt)
        if refusal:
            raise Refused(*refusal)
        office = self._offices.get(self._book.agency(rcpt))
        if office is None or office.role.admission is Admission.OPEN:
            return
        first = self._store.first_turned_away(rcpt)
        refused = _turned_away(office.role.admission, first, self.now())
        if refused:
            with self._store.transaction():
                self._store.turn_away(self.now(), rcpt, refused.code)
            raise refused

    def accept(self, mail_from: str, rcpts: Sequence[str], raw: bytes) -> None:
        """Take responsibility for a letter: on return, it and all its consequences are on disk."""
        arrived = []
        with self._store.transaction():
            for rcpt in rcpts:
                if self._book.is_ours(rcpt):
                    copy = Mail(self.now(), "", "OW", "INBOX", received(mail_from, rcpt, self.now(), raw, self._book))
                    arrived.append(self._store.put(copy))
                else:
                    self._accept_for_office(mail_from, rcpt, raw)
        self._announce(arrived)

    def post(self, mail: Mail) -> None:
        """Schedule a mail; it is delivered at once if it is due."""
        arrived = []
        with self._store.transaction():
            if mail.due <= self.now():
                arrived.append(self._store.put(mail))
            else:
                self._store.schedule([mail])
        self._announce(arrived)

    def append(self, mail: Mail, flags: Sequence[str]) -> int:
        """Store a message that a client appended to a folder (IMAP APPEND). Returns its UID."""
        with self._store.transaction():
            stored = self._store.put(mail, flags)
        self._announce([stored])
        return stored.uid

    def advance(self, to: datetime) -> int:
        """Move the clock on, never back, and deliver mail that became due, in order. Returns the number of mails.

        It is one transaction: a reader sees the world before or after, also when it is killed in between.
        """
        if to <= self.now():
            return 0
        with self._store.transaction():
            arrived = [self._store.put(mail) for mail in self._store.take_due(to)]
            self._store.set_now(to)
        self._announce(arrived)
        return len(arrived)

    def _accept_for_office(self, mail_from: str, rcpt: str, raw: bytes) -> None:
        letter = received_letter.read(self._book.agency(rcpt), rcpt, mail_from, self.now(), raw)
        self._store.accept(letter.at, mail_from, rcpt, letter.agency, letter.message_id, raw)
        again = any(
            letter.message_id and (old.rcpt, old.message_id) == (rcpt, letter.message_id) for old in self._letters
        )
        if not again:  # a second copy is only counted; offices do not answer it twice
            office = self._offices.get(letter.agency)
            if office:
                self._store.schedule(office_behaviour.reactions(office, letter, self._letters, self._seed))
            elif not self._book.exists(rcpt):
                self._store.schedule(office_behaviour.unknown_address(letter, self._seed))
        self._letters.append(letter)

    def _announce(self, arrived: Sequence[DeliveredMail]) -> None:
        """Report committed mail outside: write sent.jsonl, and notify clients that idle on the folder."""
        if not arrived:
            return
        with self._sent.open("a", encoding="utf-8") as file:
            file.writelines(_line(stored.row()) for stored in arrived if stored.mail.event != "OW")
        for stored in arrived:
            for listener in self._listeners:
                listener(stored.mail.folder, stored.uid)


def _turned_away(admission: Admission, first: datetime | None, now: datetime) -> Refused | None:
    """Return the answer to RCPT of an office that does not simply accept.

    `first`: when it turned this address away first.
    """
    if admission is Admission.REFUSES:
        return Refused(550, "5.1.1 Recipient address rejected: User unknown in virtual mailbox table")
    if admission is Admission.GREYLISTS and (first is None or now < first + GREYLIST):
        return Refused(451, "4.7.1 Greylisted, please try again in 300 seconds")
    if admission is Admission.BUSY and first is None:
        return Refused(452, "4.3.1 Insufficient system storage, try again later")
    return None


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
