"""Declare the public tables of campaigns and of replies: a projection of private.db, without any text."""

from prober.domain.correspondence import PUBLIC_FACTS
from prober.store.schema.declare import Column, Table
from prober.store.schema.vocabulary import (
    CODING_ROLES,
    DECIDERS,
    PROOFS,
    READING,
    SEND_STATES,
    SIGNATURES,
    row_number,
    world,
)

# One column a line.
# fmt: off

CAMPAIGN = Table(
    "campaign",
    "One round of information requests, as its approved protocol describes it.",
    (
        Column("id", "TEXT", "Short name, for example pobi-2019.", key=True),
        Column("title", "TEXT", "Its title."),
        world(),
        Column("frame", "TEXT", "Frame of the agencies asked."),
        Column("kind", "TEXT", "Kind of the agencies asked."),
        Column("status", "TEXT", "draft, approved, paused or closed.", one_of=("draft", "approved", "paused", "closed")),
        Column("regime", "TEXT", "Law in force when it was sent, by its name in the law.toml of the study."),
        Column("protocol_sha256", "TEXT", "Hash of the protocol file."),
        Column("approval_sha256", "TEXT", "Hash over every letter and recipient that was approved.", default="''"),
        Column("approved_by", "TEXT", "Who approved it.", default="''"),
        Column("approved_at", "TEXT", "When.", optional=True),
        Column("created_at", "TEXT", "When it was planned."),
        Column("closed_at", "TEXT", "When it was closed.", optional=True),
        Column("waiting_working_days", "INTEGER", "Working days after which silence counts as silence."),
        Column("reminder_working_days", "INTEGER", "Working days after which the one reminder is sent; 0 for none."),
        Column("follow_up_working_days", "INTEGER", "Working days after which the one follow-up is sent; 0 for none.", default="0"),
        Column("follow_up_after", "TEXT", "What the follow-up follows: classes of replies, and silence, JSON list.", default="'[]'"),
        Column("seed", "INTEGER", "Seed of the order of sending."),
        Column("sender", "TEXT", "Who asks: organisation or citizen; empty where the protocol leaves it open.", default="''"),
        Column("arms", "TEXT", "Arms, as a JSON map from name to what each is; empty map without arms.", default="'{}'"),
        Column("blocks", "TEXT", "What the draw was balanced over, JSON list.", default="'[]'"),
        Column("pairs_with", "TEXT", "The earlier campaign to the same agencies of which this is the second wave.", default="''"),
        Column("expected_share", "REAL", "Share of answers that the protocol expects, by which the power of two arms is computed; empty where it says none.", optional=True),
        Column("assignment_sha256", "TEXT", "Hash over block, arm and position of every agency, as approved.", default="''"),
    ),
    label="title",
)

REQUEST = Table(
    "request",
    "One agency in one campaign: the letter sent to it and what came of it.",
    (
        row_number(),
        Column("campaign", "TEXT", "The campaign.", references="campaign"),
        Column("agency", "TEXT", "The agency asked.", references="agency"),
        Column("position", "INTEGER", "Place in the randomised order, from 1."),
        Column("to_address", "TEXT", "Address it was sent to (an office mailbox)."),
        Column("state", "TEXT", "State of the sending of the request.", one_of=SEND_STATES, indexed=True),
        Column("accepted_at", "TEXT", "When the mail server accepted it: the clock starts here.", optional=True),
        Column("reminder_state", "TEXT", "State of the reminder.", optional=True, one_of=SEND_STATES),
        Column("reminded_at", "TEXT", "When the reminder was accepted.", optional=True),
        Column("follow_up_state", "TEXT", "State of the follow-up; empty where the protocol asks for none.", optional=True, one_of=SEND_STATES),
        Column("followed_up_at", "TEXT", "When the follow-up was accepted.", optional=True),
        Column("legally_valid", "INTEGER", "1 if the letter has all that the law asks for (`legal_requirement`)."),
        Column("legal_reasons", "TEXT", "What it lacks, as reasons.", default="''", reasons=True),
        Column("delivered", "TEXT", "yes, no (bounced, refused, or held back by a filter), or unknown.", one_of=("yes", "no", "unknown"), default="'unknown'"),
        Column("outcome", "TEXT", "What the agency did, in the end (docs/method.md).", indexed=True, default="'silence'"),
        Column("replied", "INTEGER", "1 if a substantive answer came inside the waiting time.", default="0"),
        Column("arm", "TEXT", "Arm to which it was drawn; empty in a campaign without arms.", default="''"),
        Column("block", "TEXT", "Block in which its place was drawn.", default="''"),
        Column("complete", "INTEGER", "1 if the answers inside the waiting time give every document that was asked for, 0 if not; empty where no reply says anything of them, or it was read before this was asked.", optional=True),
        Column("reading", "TEXT", "Where it stands to the list drawn for reading (docs/method.md): drawn, rest, or before where its replies had been read by then; empty where no list was drawn.", one_of=READING, default="''"),
        Column("reading_place", "REAL", "Its place in the random order of reading, 0 to 1, which follows from the campaign's seed; empty where no list was drawn.", optional=True),
        Column("waiting_ends_at", "TEXT", "First moment after its waiting time, where silence is censored; empty until it is accepted.", optional=True),
        Column("paused_hours", "REAL", "Hours in which the request waited for us: the agency had asked for something, and we had not acted (docs/method.md).", default="0"),
        Column("pause_reason", "TEXT", "Each of these times, as reasons: what was asked when, and what ended it when.", default="''", reasons=True),
        Column("waiting_since", "TEXT", "Since when it waits for us; empty if it does not.", optional=True),
    ),
    unique=(("campaign", "agency"),),
    label="to_address",
    facets=("state", "outcome", "delivered", "replied", "arm"),
)

LEGAL_REQUIREMENT = Table(
    "legal_requirement",
    "What the law asks of a request, and whether the letters of a campaign have it. Rows appear with the approval.",
    (
        row_number(),
        Column("campaign", "TEXT", "The campaign.", references="campaign"),
        Column("requirement", "TEXT", "Short name: citizen, slip, language, name, address, identity, contact, documents, provision, purpose; known where the law's own list is not known here."),
        Column("article", "TEXT", "Article of the law.", default="''"),
        Column("about", "TEXT", "What is asked."),
        Column("met", "INTEGER", "1 if the letters have it.", indexed=True),
        Column("why", "TEXT", "What they lack, as reasons.", default="''", reasons=True),
    ),
    unique=(("campaign", "requirement"),),
    label="requirement",
    facets=("met",),
)

REPLY = Table(
    "reply",
    "One incoming message matched to a request: what it is and how long it took. No text is stored here.",
    (
        row_number(),
        Column("request", "INTEGER", "The request it answers.", references="request"),
        Column("message_sha256", "TEXT", "Hash of the message, kept in private.db."),
        Column("received_at", "TEXT", "When our mail server received it (INTERNALDATE)."),
        Column("event", "TEXT", "What kind of message it is (docs/method.md): a coder's class, else the one proposed.", indexed=True),
        Column("rule", "TEXT", "Rule that proposed its class; `entered by hand` for a telephone call or a letter on paper."),
        Column("words", "TEXT", "Words or header that made the rule fire."),
        Column("human", "INTEGER", "1 if a person wrote it."),
        Column("substantive", "INTEGER", "1 if it gives information asked for."),
        Column("match_reason", "TEXT", "Signals that tie it to the request, as reasons.", reasons=True),
        Column("match_score", "REAL", "Strength of these signals, 0 to 1."),
        Column("proof", "TEXT", "How it is proved that it belongs to the request: person, secret, thread or domain (docs/method.md); empty: not yet judged.", default="''", one_of=PROOFS),
        Column("signature", "TEXT", "What its DKIM signatures are worth: pass, fail, temperror (nobody answered for the key) or none (not signed); empty: not verified yet, or entered by hand.", default="''", one_of=SIGNATURES),
        Column("sender_class", "TEXT", "agency, other_office, freemail, machine, elsewhere, or by_hand.", indexed=True),
        Column("hours", "REAL", "Hours from acceptance of the request to this message."),
        Column("working_days", "INTEGER", "Working days between the two, first day not counted."),
        Column("after_reminder", "INTEGER", "1 if it came after the reminder."),
        Column("inside_window", "INTEGER", "1 if it came inside the waiting time."),
        Column("attachments", "INTEGER", "Number of attached files."),
        Column("proposed_event", "TEXT", "Class that the rules proposed.", default="''"),
        Column("decided_by", "TEXT", "Who decided the class: a rule, a person, or the one who settled a difference between two coders.", one_of=DECIDERS, default="'rule'"),
        *(Column(fact.name, fact.type, fact.about, default=fact.default) for fact in PUBLIC_FACTS.values()),
        Column("unsure", "INTEGER", "1 if the second opinion is another class than the rules proposed, and no person has decided.", default="0"),
        Column("refusal_grounds", "TEXT", "Of a refusal: the articles 6 and 7 and the points of article 28.1 that it cites or puts in words, as reasons; empty where it gives none.", default="''", reasons=True),
        Column("paused_hours", "REAL", "Of `hours`, those in which the request waited for us.", default="0"),
        Column("paused_working_days", "INTEGER", "Of `working_days`, those in which it waited for us.", default="0"),
    ),
    unique=(("request", "message_sha256"),),
    facets=("event", "human", "substantive", "proof", "sender_class", "decided_by", "unsure"),
)

REPLY_DOCUMENT = Table(
    "reply_document",
    "What a reply says of each document that was asked for: by a person's marks where there are any, else by the rules.",
    (
        row_number(),
        Column("reply", "INTEGER", "The reply.", references="reply"),
        Column("position", "INTEGER", "Place among the documents of the request, from 1."),
        Column("title", "TEXT", "The document, as the letter names it."),
        Column("year", "INTEGER", "Year that it is of; 0 where the letter names none."),
        Column("forms", "TEXT", "Numbers of its forms, such as 62-68; empty where the letter names none.", default="''"),
        Column("said", "TEXT", "given, refused, promised, elsewhere (another body or place is named), not mentioned.", one_of=("given", "refused", "promised", "elsewhere", "not mentioned"), indexed=True),
        Column("given_by", "TEXT", "Of one given: a file, a link, or figures in the letter.", default="''", one_of=("", "file", "link", "figures")),
    ),
    unique=(("reply", "position"),),
    label="title",
    facets=("said", "given_by", "year"),
)

REPLY_LINK = Table(
    "reply_link",
    "An address that a person named in a reply or in a file that came with it; `answer_links` shows what stands there.",
    (
        row_number(),
        Column("reply", "INTEGER", "The reply.", references="reply"),
        Column("position", "INTEGER", "Place among the addresses of the reply, from 1."),
        Column("url", "TEXT", "The address; of one that is no public body's only the host, because the rest may open private files.", indexed=True),
        Column("target", "TEXT", "By its shape: document, section of a site, or home page.", one_of=("document", "section", "home"), indexed=True),
        Column("site", "TEXT", "own: under the domain of the agency's mail; government: another public body's; elsewhere.", one_of=("own", "government", "elsewhere"), indexed=True),
        Column("file_type", "TEXT", "Suffix of the file it names, for example pdf; empty where it names none.", default="''"),
    ),
    unique=(("reply", "position"),),
    label="url",
    facets=("target", "site", "file_type"),
)

LINK_CHECK = Table(
    "link_check",
    "An address that a reply named, looked at by the crawler: the page it led to.",
    (
        row_number(),
        Column("scan", "INTEGER", "The scan.", references="scan"),
        Column("url", "TEXT", "The address, as `reply_link` has it.", indexed=True),
        Column("page", "INTEGER", "The page, with status, title, hash and date.", references="page"),
        Column("media_type", "TEXT", "Type of what came, by its bytes; empty where nothing came or the visit had read the page before.", default="''"),
    ),
    unique=(("scan", "url", "page"),),
    label="url",
    facets=("media_type",),
)

REQUEST_EVENT = Table(
    "request_event",
    "Everything that happened to a request, in order.",
    (
        row_number(),
        Column("request", "INTEGER", "The request.", references="request"),
        Column("at", "TEXT", "When."),
        Column("step", "TEXT", "request, reminder or follow-up.", one_of=("request", "reminder", "follow-up")),
        Column("what", "TEXT", "planned, sending, accepted, refused, deferred, uncertain, cancelled, or the event of a message (OW: a letter of our own).", indexed=True),
        Column("detail", "TEXT", "Server's answer, or why, as reasons.", default="''", reasons=True),
        Column("reply", "INTEGER", "The message, where one came.", optional=True, references="reply"),
    ),
    unique=(("request", "at", "step", "what", "detail"),),
    facets=("what", "step"),
)

DEADLINE = Table(
    "deadline",
    "One dated rule applied to one request.",
    (
        row_number(),
        Column("request", "INTEGER", "The request.", references="request"),
        Column("rule", "TEXT", "Name of the rule.", indexed=True),
        Column("law", "TEXT", "Law it comes from."),
        Column("article", "TEXT", "Article of that law."),
        Column("due_on", "TEXT", "Last day, a date in the time zone of the study.", optional=True),
        Column("met", "TEXT", "yes, no, open, or unknown where the law's number is not known here, or the letter did not arrive; pauses are added to the last day.", one_of=("yes", "no", "open", "unknown")),
        Column("calendar", "TEXT", "Version of the working-day calendar used."),
        Column("confidence", "TEXT", "How sure the law's number is: H read in a published source, M partly, L from memory only, ? not known.", default="'?'"),
        Column("law_version", "TEXT", "Version of the law.toml that was used.", default="''"),
        Column("elapsed_working_days", "INTEGER", "Working days from receipt to what the rule asks for; where it has not come, to the last time the mailbox was read.", default="0"),
        Column("paused_working_days", "INTEGER", "Of these, working days in which the request waited for us; the clock stood still.", default="0"),
        Column("pause_reason", "TEXT", "Each pause, as reasons: what was asked when, and what ended it when.", default="''", reasons=True),
        Column("extended_to", "TEXT", "Last day with the pauses added, a date in the time zone of the study; `met` is judged by it.", optional=True),
        Column("met_unpaused", "TEXT", "What `met` would be if no pause counted.", one_of=("yes", "no", "open", "unknown"), default="'unknown'"),
    ),
    unique=(("request", "rule"),),
    facets=("rule", "met"),
)

CODING = Table(
    "coding",
    "What a person decided about a reply.",
    (
        row_number(),
        Column("reply", "INTEGER", "The reply.", references="reply"),
        Column("coder", "TEXT", "Initials of the coder."),
        Column("role", "TEXT", "first: counts; second: read independently to measure agreement, never counts; final: settles what the two see differently.", one_of=CODING_ROLES),
        Column("event", "TEXT", "Class the coder chose."),
        Column("blind", "INTEGER", "1 if place and arm were hidden from the coder."),
        Column("coded_at", "TEXT", "When."),
    ),
    unique=(("reply", "coder", "role"),),
    label="coder",
    facets=("role", "event", "coder"),
)

CODING_ITEM = Table(
    "coding_item",
    "How good an answer is on one of the documents asked for, as a coder sees it.",
    (
        row_number(),
        Column("coding", "INTEGER", "The coding.", references="coding"),
        Column("item", "INTEGER", "Which document, counted from 1 in the order of the protocol."),
        Column("quality", "INTEGER", "0 none, 1 a referral only, 2 partial, 3 complete, 4 complete and reusable.", indexed=True),
    ),
    unique=(("coding", "item"),),
    facets=("item", "quality"),
)
