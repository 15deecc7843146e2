"""Read from a reply the address that an office gives in place of the one written to.

Source: docs/reference/mail-edge-cases.md, row 54.

A person is shown it and nothing else happens: an incoming mail never changes an address that we send to.
"""

import re

from mailroom.classification.machine_mail import find, normal
from mailroom.mime.addresses import untagged
from prober.domain.correspondence import Event, Reply

KEPT = "new_addresses"  # where what was found is kept with a message
# Classes under which such a notice comes. A referral names the mailbox of another body, which is none of this one's.
MAY_MOVE = frozenset(
    {Event.AUTO_ACK, Event.BOUNCE, Event.OTHER, Event.UNCLEAR, Event.HUMAN_ACK, Event.TRANSFER_INSIDE, Event.SPAM}
)
_BOX = (
    r"(?:địa chỉ(?: thư điện tử| email| e-mail| mail)?|hộp thư(?: điện tử| công vụ)?|email|e-mail|thư điện tử|"
    r"tài khoản)"
)
_SAID = (
    rf"{_BOX}(?: [\w.@-]+){{0,6}} (?:không còn|đã ngừng|ngừng|ngưng|dừng|đã đóng|bị khóa|hết hiệu lực|được thay|"
    r"đã thay|đổi (?:thành|sang)|đã đổi|đã chuyển)",
    rf"(?:thay đổi|chuyển (?:sang|đổi)|đổi|thay thế)(?: \w+){{0,4}} {_BOX}",
    rf"{_BOX} mới\b",
    r"\b(?:address|e-?mail|mailbox|account)\b[^.\n]{0,60}\b(?:no longer|not in use|closed|discontinued|retired|"
    r"(?:has|have) (?:been )?(?:changed|moved|replaced))\b",
    r"\bnew (?:e-?mail )?(?:address|mailbox)\b",
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_READ = 4_000  # characters; nobody announces it below


def announced(reply: Reply) -> tuple[str, ...]:
    """Addresses in a letter that says that one is new or no longer read: not the sender's own and none of ours.

    Those of a name in the sender's own domain come first, because a notice may name whom to ask as well.
    """
    text = normal(reply.text[:_READ])
    if "@" not in text or not find(_SAID, text):
        return ()
    known = {untagged(address) for address in (reply.from_address, *reply.to)}
    found = [address.rstrip(".-") for address in _ADDRESS.findall(text)]
    new = [address for address in dict.fromkeys(found) if untagged(address) not in known]
    home = reply.from_address.rpartition("@")[2].lower()
    return tuple(sorted(new, key=lambda address: address.rpartition("@")[2] != home))[:5]
