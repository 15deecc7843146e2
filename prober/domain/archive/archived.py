"""Name what may be said of an archived page behind an observation: what of it is shown, and what was found in it."""

from enum import StrEnum


class Shown(StrEnum):
    """What a reader sees of an archived page, or why it is not seen."""

    PAGE = "page"
    RESTRICTED = "restricted"  # citizens' questions or persons' data: the words quoted are all that is shown
    TAKEN_DOWN = "taken_down"
    NO_RECORD = "no_record"  # nothing was archived
    NOT_HERE = "not_here"  # archived, but its file is not on this machine
    BROKEN = "broken"  # the record cannot be read
    TOO_LARGE = "too_large"  # takes more time or memory than one page may
    NO_TEXT = "no_text"  # a file without text that is known


class Found(StrEnum):
    """What of an observation is in an archived page."""

    WORDS = "words"  # its words, in the text
    TITLE = "title"  # its words, in the title of the page
    PLACE = "place"  # the element from which they were read; the words are made from it
    SOURCE = "source"  # its words or its value, in the source alone: a comment, an attribute, a script
    NOWHERE = "nowhere"


class Restriction(StrEnum):
    """Why a page is not shown to everybody."""

    THREADS = "threads"  # questions of citizens, and what they were told
    PERSONAL = "personal"  # a person's own mailbox or mobile number
