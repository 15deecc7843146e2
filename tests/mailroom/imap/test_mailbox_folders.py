"""Which folders are read, on the servers that people have."""

from unicodedata import normalize

import pytest

from mailroom.imap import mailbox
from mailroom.imap.mailbox import ListedFolder, Part, chosen, listed

DEFAULT = ("INBOX", "Junk")
Row = tuple[str, ...]  # name, then flags


def folders(rows: list[Row], delimiter: str = "/") -> list[ListedFolder]:
    return [ListedFolder(name, delimiter, frozenset(flag.encode() for flag in flags)) for name, *flags in rows]


GMAIL: list[Row] = [
    ("INBOX",), ("[Gmail]", "\\noselect"), ("[Gmail]/All Mail", "\\all"), ("[Gmail]/Drafts", "\\drafts"),
    ("[Gmail]/Sent Mail", "\\sent"), ("[Gmail]/Spam", "\\junk"), ("[Gmail]/Trash", "\\trash"), ("Câu trả lời",),
]  # fmt: skip

# server: (what LIST gives, delimiter, configured) → (read, absent)
SERVERS: dict[str, tuple[list[Row], str, tuple[str, ...], list[str], list[str]]] = {
    "Gmail": (GMAIL, "/", DEFAULT, ["INBOX", "[Gmail]/All Mail", "[Gmail]/Spam"], []),
    "Gmail without marks": (
        [(name,) for name, *_ in GMAIL], "/", DEFAULT, ["INBOX", "[Gmail]/All Mail", "[Gmail]/Spam"], [],
    ),
    "Gmail in Vietnamese": (
        [("INBOX",), ("[Gmail]", "\\noselect"), ("[Gmail]/Thư rác",), ("[Gmail]/Tất cả thư",)],
        "/", DEFAULT, ["INBOX", "[Gmail]/Thư rác", "[Gmail]/Tất cả thư"], [],
    ),
    "Gmail in Germany": (
        [("INBOX",), ("[Google Mail]/Spam",), ("[Google Mail]/Alle Nachrichten", "\\all")],
        "/", DEFAULT, ["INBOX", "[Google Mail]/Spam", "[Google Mail]/Alle Nachrichten"], [],
    ),
    "Zimbra": (
        [("Chats",), ("Contacts",), ("Drafts", "\\drafts"), ("INBOX",), ("Junk", "\\junk"), ("Sent", "\\sent")],
        "/", DEFAULT, ["INBOX", "Junk"], [],
    ),
    "Exchange": (
        [("Archive",), ("INBOX",), ("Junk Email",), ("Sent Items",), ("Sync Issues",)],
        "/", DEFAULT, ["INBOX", "Junk Email"], [],
    ),
    "old Exchange": ([("INBOX",), ("Junk E-mail",), ("Public Folders", "\\noselect")], "/", DEFAULT,
                     ["INBOX", "Junk E-mail"], []),
    "Outlook in Vietnamese": ([("INBOX",), ("Email rác",)], "/", DEFAULT, ["INBOX", "Email rác"], []),
    "Dovecot": ([("INBOX",), ("Junk", "\\junk", "\\hasnochildren")], "/", DEFAULT, ["INBOX", "Junk"], []),
    "Dovecot with virtual folders": (
        [("INBOX",), ("Spam", "\\junk"), ("Virtual/All", "\\all")], "/", DEFAULT, ["INBOX", "Spam", "Virtual/All"], [],
    ),
    "cPanel": ([("INBOX",), ("INBOX.Sent",), ("INBOX.spam",)], ".", DEFAULT, ["INBOX", "INBOX.spam"], []),
    "Yahoo": ([("INBOX",), ("Bulk",), ("Draft",)], "/", DEFAULT, ["INBOX", "Bulk"], []),
    "MDaemon": ([("INBOX",), ("Junk E-mail",)], "/", DEFAULT, ["INBOX", "Junk E-mail"], []),
    "junk of other people": (
        [("INBOX",), ("Shared/anna/Junk",), ("Công việc/Spam",), ("Spam reports",), ("All Mail",)],
        "/", DEFAULT, ["INBOX"], ["Junk"],
    ),
    "no junk at all": ([("INBOX",), ("Sent",)], "/", DEFAULT, ["INBOX"], ["Junk"]),
    "no hierarchy": ([("INBOX",), ("Junk",)], "", DEFAULT, ["INBOX", "Junk"], []),
    "junk that cannot be opened": ([("INBOX",), ("Junk", "\\junk", "\\noselect")], "/", DEFAULT, ["INBOX"], ["Junk"]),
    "inbox in other letters": ([("Inbox",), ("Junk",)], "/", ("inbox",), ["INBOX", "Junk"], []),
    "order and doubles": (
        [("INBOX",), ("Spam",), ("B",), ("A",)], "/", ("B", "INBOX", "Spam", "B", "A"), ["INBOX", "B", "Spam", "A"], [],
    ),
    "letters in pieces": (
        [("INBOX",), (normalize("NFD", "Thư rác"),), (normalize("NFD", "Hồ sơ"),)], "/", ("INBOX", "Hồ sơ", "Sổ"),
        ["INBOX", normalize("NFD", "Hồ sơ"), normalize("NFD", "Thư rác")], ["Sổ"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("server", SERVERS)
def test_junk_and_all_mail_are_found_by_mark_and_by_name(server: str) -> None:
    rows, delimiter, configured, read, absent = SERVERS[server]
    assert chosen(folders(rows, delimiter), configured) == (read, absent)


def test_a_folder_is_named_in_any_language_that_has_a_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    there = folders([("INBOX",), ("Spam",), ("[Gmail]/Tất cả thư",), ("Thư rác",)])
    assert chosen(there, ("INBOX",))[0] == ["INBOX", "Spam", "[Gmail]/Tất cả thư", "Thư rác"]
    monkeypatch.setattr(mailbox, "languages", lambda: ("en",))
    assert chosen(there, ("INBOX",))[0] == ["INBOX", "Spam"]


NAMES: dict[str, tuple[Part, str]] = {
    "plain": (b'(\\HasNoChildren) "/" INBOX', "INBOX"),
    "quoted": (b'() "/" "Sent Items"', "Sent Items"),
    "quotes and a backslash": (b'() "/" "a \\"b\\" \\\\c"', 'a "b" \\c'),
    "Vietnamese": (b'() "/" "Th&AbA- r&AOE-c"', "Thư rác"),
    "an ampersand": (b'() "." "R&-D"', "R&D"),
    "a literal": ((b'() "/" {6}', b'a"b (c'), 'a"b (c'),
    "a number": (b'() "/" 2020', "2020"),
    "a number in quotes": (b'() "/" "2020"', "2020"),
    "no hierarchy": (b"() NIL INBOX", "INBOX"),
    "a dot between": (b'() "." INBOX.Spam', "INBOX.Spam"),
    "letters of eight bits": ('() "/" "Thư rác"'.encode(), ""),
    "a shift that does not end": (b'() "/" "Tr&AAA"', ""),
    "a bare ampersand": (b'() "/" "a & b"', ""),
    "not as it would be said again": (b'() "/" "&AGE-"', ""),
    "zeros in front": (b'() "/" 007', "007"),
    "no name": (b'() "/" NIL', ""),
    "an open bracket": (b'() "/" a(b', ""),
    "nothing but a mark": (b"()", ""),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_name_is_read_or_is_none_and_hides_no_other(case: str) -> None:
    part, name = NAMES[case]
    found, unreadable = listed([NAMES["plain"][0], part, b"", NAMES["Vietnamese"][0]])
    assert [folder.name for folder in found] == ["INBOX", *([name] if name else []), "Thư rác"]
    assert unreadable == ([] if name else [repr(part)])


def test_the_marks_of_a_folder_and_what_stands_between_names() -> None:
    lines = [b'(\\HasNoChildren \\JUNK) "." INBOX.Spam', b'(\\Noselect) NIL ""', None]
    found, unreadable = listed(lines)
    assert found[0] == ListedFolder("INBOX.Spam", ".", frozenset((b"\\hasnochildren", b"\\junk")))
    assert (found[1].delimiter, found[1].flags, len(found), unreadable) == ("", frozenset((b"\\noselect",)), 2, [])
