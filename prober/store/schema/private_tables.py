"""Declare the tables of private.db: raw mail, frozen letters, approvals, and decisions about mail.

private.db is the source of truth about correspondence. All that results.db says of mail is a projection of these tables
and can be rebuilt from them. It holds personal data: it is never published, served or copied into results.db.
"""

from prober.store.schema.decision_tables import DRAW, DRAWN, PRIVATE_DECISION
from prober.store.schema.declare import Column, Index, Table
from prober.store.schema.results_tables import SEND_STATES
from prober.store.schema.vocabulary import CODING_ROLES, PROOFS, SIGNATURES, world

# One column a line.
# fmt: off

IDENTITY = Table(
    "identity",
    "One row: which private.db this is. results.db names it, so that no other one takes its place unnoticed.",
    (Column("id", "TEXT", "Random, made with the file; in a file of an older version made from its first campaign.", key=True),),
)

CAMPAIGN_FILE = Table(
    "campaign_file",
    "One campaign: its protocol as text, where it stands, and who approved what.",
    (
        Column("id", "TEXT", "Short name of the campaign.", key=True),
        world(),
        Column("protocol", "TEXT", "The protocol file, verbatim."),
        Column("protocol_sha256", "TEXT", "Its hash."),
        Column("status", "TEXT", "draft, approved, paused or closed.", one_of=("draft", "approved", "paused", "closed")),
        Column("approval_sha256", "TEXT", "Hash over all frozen letters and recipients.", default="''"),
        Column("approved_by", "TEXT", "Who approved.", default="''"),
        Column("approved_at", "TEXT", "When.", optional=True),
        Column("created_at", "TEXT", "When it was planned."),
        Column("closed_at", "TEXT", "When it was closed.", optional=True),
        Column("assignment_sha256", "TEXT", "Hash over block, arm and position of every agency, as approved.", default="''"),
        Column("letters", "INTEGER", "Letters approved; empty while it is a draft, or if approved before they were counted.", optional=True),
        Column("secret", "TEXT", "Random secret from which the tokens of its requests come; empty if they came from the published seed.", default="''"),
    ),
)

OUTBOX = Table(
    "outbox",
    "One letter, frozen. (campaign, agency, step) is sent at most once.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("campaign", "TEXT", "The campaign.", references="campaign_file"),
        Column("agency", "TEXT", "The agency (frame and slug)."),
        Column("step", "TEXT", "request, reminder or follow-up.", one_of=("request", "reminder", "follow-up")),
        Column("position", "INTEGER", "Place in the randomised order."),
        Column("state", "TEXT", "Where it stands.", one_of=SEND_STATES, indexed=True),
        Column("token", "TEXT", "Token of the request.", indexed=True),
        Column("message_id", "TEXT", "Fixed before the first attempt, brackets included."),
        Column("mail_from", "TEXT", "Envelope sender."),
        Column("rcpt", "TEXT", "Envelope recipient."),
        Column("subject", "TEXT", "Subject."),
        Column("raw", "BLOB", "The approved bytes; DATA carries them behind a Date line, the moment of the first attempt."),
        Column("sha256", "TEXT", "Their hash."),
        Column("legally_valid", "INTEGER", "1 if it has all that the law asks for.", default="0"),
        Column("legal_reasons", "TEXT", "What is missing, as reasons.", default="''", reasons=True),
        Column("not_before", "TEXT", "Earliest moment of sending.", indexed=True),
        Column("attempts", "INTEGER", "Attempts made.", default="0"),
        Column("sending_since", "TEXT", "When `sending` was committed.", optional=True),
        Column("accepted_at", "TEXT", "When the server accepted it.", optional=True),
        Column("smtp_reply", "TEXT", "The server's last answer.", default="''"),
        Column("reason", "TEXT", "Why it was cancelled, refused, deferred or settled, as reasons.", default="''", reasons=True),
        Column("planned_at", "TEXT", "When it was planned."),
        Column("updated_at", "TEXT", "Last change of state."),
        Column("arm", "TEXT", "Arm of the agency; empty in a campaign without arms.", default="''"),
        Column("block", "TEXT", "Block in which its place was drawn.", default="''"),
        Column("follows", "TEXT", "Of a follow-up: classes of replies that do not cancel it, JSON list.", default="'[]'"),
    ),
    unique=(("campaign", "agency", "step"), ("message_id",)),
)

SEND_ATTEMPT = Table(
    "send_attempt",
    "One attempt to hand a letter to the mail server.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("outbox", "INTEGER", "The letter.", references="outbox"),
        Column("started_at", "TEXT", "When."),
        Column("finished_at", "TEXT", "When its result was known.", optional=True),
        Column("stage", "TEXT", "Last stage reached: connect, tls, login, mail, rcpt, data, dot, done.", default="''"),
        Column("code", "INTEGER", "SMTP code of the deciding answer.", optional=True),
        Column("reply", "TEXT", "Its text.", default="''"),
        Column("result", "TEXT", "State the letter took.", default="''"),
    ),
)

OUTBOX_EVENT = Table(
    "outbox_event",
    "Every change of state of a letter, in order.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("outbox", "INTEGER", "The letter.", references="outbox"),
        Column("at", "TEXT", "When."),
        Column("state", "TEXT", "New state.", one_of=SEND_STATES),
        Column("detail", "TEXT", "Server's answer, or why, as reasons.", default="''", reasons=True),
    ),
)

MESSAGE = Table(
    "message",
    "One incoming message by content, and what is understood of it.",
    (
        Column("sha256", "TEXT", "Hash of the raw bytes.", key=True),
        Column("bytes", "INTEGER", "Their number."),
        Column("received_at", "TEXT", "Earliest INTERNALDATE under which it was seen.", indexed=True),
        Column("stored_at", "TEXT", "When the bytes were committed."),
        Column("message_id", "TEXT", "Message-ID header, or empty.", default="''", indexed=True),
        Column("subject", "TEXT", "Subject, decoded.", default="''"),
        Column("from_address", "TEXT", "Sender.", default="''"),
        Column("status", "TEXT", "stored (not yet parsed), matched, unmatched, own, poison, or aside (of no request, says a person).", one_of=("stored", "matched", "unmatched", "own", "poison", "aside"), default="'stored'", indexed=True),
        Column("event", "TEXT", "Class of the message.", default="''"),
        Column("rule", "TEXT", "Rule that said so.", default="''"),
        Column("words", "TEXT", "Words that made it fire.", default="''"),
        Column("detail", "TEXT", "What else is kept of it: recipients of a bounce, links, defects and more, JSON (MessageDetail).", default="'{}'"),
        Column("parser", "TEXT", "Version of the parser.", default="''"),
        Column("error", "TEXT", "Why it could not be parsed.", default="''"),
        Column("dkim", "TEXT", "Result of its DKIM signatures: pass, fail, temperror (nobody answered for the key), none (not signed); empty while nobody has looked.", one_of=SIGNATURES, default="''", indexed=True),
        Column("event_without_scans", "TEXT", "Class by what is surely read, where the text recognised in scans gives another; it counts until a person decides.", default="''"),
        Column("cut_off", "INTEGER", "How often reading it was begun and not ended, because the reader or the program was killed: 1 among other messages, 2 once alone, 3 twice alone; then it is poison, and passed by.", default="0"),
    ),
)

MESSAGE_RAW = Table(
    "message_raw",
    "The bytes of a message, apart from what is understood of it: writing a row of SQLite writes the whole of it again.",
    (
        Column("message", "TEXT", "The message.", key=True, references="message"),
        Column("raw", "BLOB", "The bytes as the server gave them."),
    ),
)

MESSAGE_SIGNATURE = Table(
    "message_signature",
    "One DKIM signature of a message, with the public key that the DNS gave when it came: the key may be gone later.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("message", "TEXT", "The message.", references="message"),
        Column("position", "INTEGER", "Order from the top; the writer's is the last."),
        Column("domain", "TEXT", "Domain that signed (d=)."),
        Column("selector", "TEXT", "Selector of its key (s=)."),
        Column("algorithm", "TEXT", "Algorithm (a=)."),
        Column("result", "TEXT", "pass, fail or temperror.", one_of=("pass", "fail", "temperror")),
        Column("reason", "TEXT", "Why it does not hold, as reasons.", default="''", reasons=True),
        Column("key", "TEXT", "Record of the key as the DNS gave it; empty where it gave none.", default="''"),
        Column("checked_at", "TEXT", "When the DNS was asked."),
    ),
    unique=(("message", "position"),),
)

MESSAGE_LOCATION = Table(
    "message_location",
    "Where on a mail server a message was seen.",
    (
        Column("account", "TEXT", "Account.", key=True),
        Column("folder", "TEXT", "Folder.", key=True),
        Column("uidvalidity", "INTEGER", "UIDVALIDITY of the folder then.", key=True),
        Column("uid", "INTEGER", "UID.", key=True),
        Column("message", "TEXT", "The message.", references="message"),
        Column("internaldate", "TEXT", "When the server received it."),
        Column("seen_at", "TEXT", "When we saw it there."),
    ),
)

MESSAGE_PART = Table(
    "message_part",
    "One attachment of a message.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("message", "TEXT", "The message.", references="message"),
        Column("position", "INTEGER", "Order in the message."),
        Column("name", "TEXT", "Safe name."),
        Column("original_name", "TEXT", "Name as sent."),
        Column("media_type", "TEXT", "Type as sniffed."),
        Column("bytes", "INTEGER", "Size."),
        Column("sha256", "TEXT", "Hash of the decoded bytes."),
        Column("text", "TEXT", "Text of it, where it could be read.", default="''"),
        Column("scanned", "INTEGER", "1 for the picture of a text, whose text has to be recognised, or a file for LibreOffice.", default="0", indexed=True),
        Column("confidence", "REAL", "How sure the recognised text is, 0 to 1; 0 where nothing was read, empty where nobody tried.", optional=True),
    ),
    unique=(("message", "position"),),
)

RECOGNISED = Table(
    "recognised",
    "What was read in a picture of a text, once for each file: reading it again elsewhere may give other words.",
    (
        Column("sha256", "TEXT", "Hash of the file.", key=True),
        Column("text", "TEXT", "The words, or empty.", default="''"),
        Column("confidence", "REAL", "Mean over the words as the program sees it, 0 to 1.", default="0"),
        Column("pages", "INTEGER", "Pages read.", default="0"),
        Column("of_pages", "INTEGER", "Pages that the file has.", default="0"),
        Column("fault", "TEXT", "Why nothing was read.", default="''"),
        Column("read_at", "TEXT", "When."),
    ),
)

MATCH_CANDIDATE = Table(
    "match_candidate",
    "One request that a message may belong to, with the signals that say so.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("message", "TEXT", "The message.", references="message"),
        Column("campaign", "TEXT", "Campaign of the request."),
        Column("agency", "TEXT", "Agency of the request."),
        Column("score", "REAL", "Strength, 0 to 1."),
        Column("reasons", "TEXT", "Signals, as reasons.", reasons=True),
        Column("chosen", "INTEGER", "1 if the message belongs to it.", default="0"),
        Column("chosen_by", "TEXT", "rule, or who decided.", default="''"),
        Column("chosen_at", "TEXT", "When.", optional=True),
        Column("proof", "TEXT", "How it is proved that it belongs to it: person, secret, thread, domain or words (docs/method.md); empty: not yet judged.", default="''", one_of=PROOFS),
    ),
    unique=(("message", "campaign", "agency"),),
    indexes=(
        Index(("message",), "chosen = 1", "chosen"),
        Index(("campaign", "agency"), "chosen = 1", "answers"),
        Index(("message",), "chosen = 1 AND proof = '' AND chosen_by = 'rule'", "unjudged"),
    ),
)

MESSAGE_REFERENCE = Table(
    "message_reference",
    "One message that another answers, by its Message-ID.",
    (
        Column("message", "TEXT", "The message.", key=True, references="message"),
        Column("message_id", "TEXT", "Message-ID of the one that it answers, brackets included.", key=True, indexed=True),
    ),
)

MATCH_DECISION = Table(
    "match_decision",
    "A person assigned a message to a request, took it away, set it aside as of no request, or took it back; the last row on a pair holds, over any rule.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("message", "TEXT", "The message.", references="message"),
        Column("campaign", "TEXT", "Campaign of the request; empty where the message is set aside or taken back."),
        Column("agency", "TEXT", "Agency of the request; empty likewise."),
        Column("action", "TEXT", "assign, remove, aside or back.", one_of=("assign", "remove", "aside", "back")),
        Column("by", "TEXT", "Who decided."),
        Column("at", "TEXT", "When."),
    ),
)

MAILBOX_STATE = Table(
    "mailbox_state",
    "How far each folder has been read.",
    (
        Column("account", "TEXT", "Account.", key=True),
        Column("folder", "TEXT", "Folder.", key=True),
        Column("uidvalidity", "INTEGER", "UIDVALIDITY last seen."),
        Column("server_count", "INTEGER", "Messages the server has."),
        Column("held_count", "INTEGER", "Of these, messages we hold."),
        Column("synced_at", "TEXT", "Last full comparison."),
        Column("note", "TEXT", "Last unusual event, such as a change of UIDVALIDITY.", default="''"),
        Column("authserv_id", "TEXT", "Name under which its server writes Authentication-Results; empty: none is believed.", default="''"),
    ),
)

HAND_ENTRY = Table(
    "hand_entry",
    "What reached us by telephone, by post or in person, entered by a member of the team; it counts like a message.",
    (
        Column("sha256", "TEXT", "Hash of campaign, agency, event, moment and text.", key=True),
        Column("campaign", "TEXT", "Campaign of the request.", indexed=True),
        Column("agency", "TEXT", "Agency of the request."),
        Column("event", "TEXT", "Class that the person gave it."),
        Column("at", "TEXT", "When it reached us."),
        Column("text", "TEXT", "What was said or written, in the person's words."),
        Column("by", "TEXT", "Who entered it."),
        Column("entered_at", "TEXT", "When."),
        Column("withdrawn_by", "TEXT", "Who took it back.", default="''"),
        Column("withdrawn_at", "TEXT", "When; it has not counted since.", optional=True),
    ),
)

CODING = Table(
    "coding",
    "What one coder decided about one message of one request. A coder's later word on it replaces the earlier one.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("message", "TEXT", "Hash of the message, or of the entry made by hand.", indexed=True),
        Column("campaign", "TEXT", "Campaign of the request."),
        Column("agency", "TEXT", "Agency of the request."),
        Column("coder", "TEXT", "Initials of the coder."),
        Column("role", "TEXT", "first: counts; second: read independently to measure agreement, never counts; final: settles what the two see differently.", one_of=CODING_ROLES),
        Column("event", "TEXT", "Class the coder chose."),
        Column("proposed", "TEXT", "Class the rules proposed then."),
        Column("blind", "INTEGER", "1 if place and arm were hidden from the coder."),
        Column("coded_at", "TEXT", "When."),
    ),
    unique=(("message", "campaign", "agency", "coder", "role"),),
    indexes=(Index(("campaign", "agency")),),
)

CODING_ITEM = Table(
    "coding_item",
    "How good an answer is on one of the documents asked for, as a coder sees it.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("coding", "INTEGER", "The coding.", references="coding"),
        Column("item", "INTEGER", "Which document, counted from 1 in the order of the protocol."),
        Column("quality", "INTEGER", "0 none, 1 a referral only, 2 partial, 3 complete, 4 complete and reusable."),
    ),
    unique=(("coding", "item"),),
)

READING_LIST = Table(
    "reading_list",
    "A draw of agencies whose replies a person reads, so that what was read tells how often rules are wrong; the newest row of a campaign holds.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("campaign", "TEXT", "The campaign.", references="campaign_file"),
        Column("size", "INTEGER", "Agencies that were asked for."),
        Column("last_place", "REAL", "Place of the last of them in the order that follows from the campaign's seed, 0 to 1."),
        Column("read_before", "TEXT", "Agencies whose replies had all been read at the first draw, as a JSON list; no draw decided on them."),
        Column("by", "TEXT", "Who drew it."),
        Column("at", "TEXT", "When."),
    ),
)

UNPROJECTED = Table(
    "unprojected",
    "A request whose rows in results.db may be older than this database. Triggers write it with every change; it is removed once the rows are written.",
    (
        Column("campaign", "TEXT", "Its campaign.", key=True),
        Column("agency", "TEXT", "Its agency; empty: all requests of the campaign, and what is said of the campaign itself.", key=True),
        Column("stamp", "TEXT", "Random, another one with each change: a change made meanwhile is not taken for one that was written."),
    ),
)

PROJECTED = Table(
    "projected",
    "One row: for which day, study and version results.db was last written as a whole. Where another one is due, it is written as a whole again.",
    (Column("key", "TEXT", "Hash over these; empty while it is being written.", key=True),),
)

ALARM = Table(
    "alarm",
    "What people are told of, once each: by mail and webhook, in the order in which it was found.",
    (
        Column("id", "INTEGER", "Row number.", key=True),
        Column("key", "TEXT", "What it is about: night, answers:CAMPAIGN, mailbox:ACCOUNT.", indexed=True),
        Column("text_vi", "TEXT", "In Vietnamese."),
        Column("text_en", "TEXT", "In English."),
        Column("raised_at", "TEXT", "When it was found."),
        Column("told_at", "TEXT", "When the message with it was handed over; empty while it waits.", optional=True, indexed=True),
        Column("message", "INTEGER", "Which message that was, counted from 1.", optional=True),
    ),
)

PRIVATE_TABLES = (
    IDENTITY, CAMPAIGN_FILE, OUTBOX, SEND_ATTEMPT, OUTBOX_EVENT, MESSAGE, MESSAGE_RAW, MESSAGE_LOCATION, MESSAGE_PART,
    MESSAGE_SIGNATURE, MESSAGE_REFERENCE, MATCH_CANDIDATE, MAILBOX_STATE, RECOGNISED, MATCH_DECISION, HAND_ENTRY,
    CODING, CODING_ITEM,
    READING_LIST, DRAW, DRAWN, PRIVATE_DECISION, UNPROJECTED, PROJECTED, ALARM,
)
