"""Declare what people decide: what a person says of a machine's proposal, and the random samples that they read.

private.db holds all of it, about sites, findings and letters; results.db shows what is about sites and findings. A row
is never changed but for being taken back, so that who said what, and on which proposal, can be followed.
"""

from prober.store.schema.declare import Column, Index, Table
from prober.store.schema.vocabulary import ANSWERS, DECISION_ROLES, DRAWN_STATES, row_number

# One column a line.
# fmt: off

_CODER = Column("coder", "TEXT", "Initials of the person.")
_ROLE = Column("role", "TEXT", "first: counts; second: read independently to measure agreement, never counts; settled: decides between the two, and stands above them.", one_of=DECISION_ROLES)
_PROPOSED = Column("proposed", "TEXT", "What the machine said then: the decision is in force only while it says the same.")
_SAID = (
    Column("decided_at", "TEXT", "When."),
    Column("note", "TEXT", "Why, in the person's words; may be empty.", default="''"),
    Column("undone_at", "TEXT", "When the person took it back; empty while it stands.", optional=True),
)

DECISION = Table(
    "decision",
    "What a person said of an agency's site, or of one finding. Nobody but a person says that something is absent.",
    (
        row_number(),
        Column("subject", "TEXT", "The agency; of a finding, finding/ and its number."),
        Column("question", "TEXT", "The question (an indicator); of a finding, finding."),
        Column("answer", "TEXT", "present, absent, or cannot_tell. Of a finding: absent where the person disputes it.", one_of=ANSWERS, indexed=True),
        _CODER,
        _ROLE,
        _PROPOSED,
        Column("draw", "INTEGER", "The random sample for which it was read; empty where it was looked at for another reason.", optional=True, references="draw"),
        *_SAID,
        Column("holds_until", "TEXT", "Until when it is in force at most, by the study's `decision_days`; then it waits again."),
    ),
    indexes=(Index(("subject", "question")),),
    facets=("question", "answer", "role", "coder"),
)

PRIVATE_DECISION = Table(
    "decision",
    "What a person said of a proposal of the machine, about a site, a finding or a letter. The truth: results.db shows a copy of what is public.",
    (
        row_number(),
        Column("subject", "TEXT", "agency/ID; finding/AGENCY/KIND/CATEGORY/VALUE, because its number may change; message/HASH/CAMPAIGN/AGENCY: a letter as an answer to one request."),
        Column("question", "TEXT", "What was asked: an indicator, finding, class, or document/NUMBER."),
        Column("answer", "TEXT", "Of sites and findings: present, absent, cannot_tell. Of letters: the class, or a quality from 0 to 4."),
        _CODER,
        _ROLE,
        _PROPOSED,
        Column("blind", "INTEGER", "1 if the machine's answer was hidden from the person.", default="0"),
        Column("draw", "INTEGER", "The random sample for which it was read; empty where it was looked at for another reason.", optional=True, references="draw"),
        *_SAID,
    ),
    indexes=(Index(("subject", "question")),),
)

DRAW = Table(
    "draw",
    "A random sample of what the machine said alike of one question: only what was drawn corrects what was not.",
    (
        row_number(),
        Column("frame", "TEXT", "The list of the agencies."),
        Column("indicator", "TEXT", "The question."),
        Column("stratum", "TEXT", "What the machine said of all of them: found or not_found.", one_of=DRAWN_STATES),
        Column("seed", "INTEGER", "Seed of the draw."),
        Column("size", "INTEGER", "How many were drawn."),
        Column("population", "INTEGER", "Of how many: those of the stratum that no person had decided yet."),
        Column("probability", "REAL", "With which probability each was drawn: size / population."),
        Column("drawn_at", "TEXT", "When."),
    ),
    label="indicator",
    facets=("frame", "indicator", "stratum"),
)

DRAWN = Table(
    "drawn",
    "One row of a random sample.",
    (
        Column("draw", "INTEGER", "The sample.", key=True, references="draw"),
        Column("agency", "TEXT", "The agency that was drawn.", key=True),
        Column("question", "TEXT", "The question.", key=True),
    ),
)

CORRECTED_SHARE = Table(
    "corrected_share",
    "A share of `headline` as corrected by what people read in random samples (docs/method.md).",
    (
        Column("frame", "TEXT", "The list of the agencies.", key=True),
        Column("indicator", "TEXT", "The indicator, as in `headline`.", key=True),
        Column("share", "REAL", "The corrected share."),
        Column("low", "REAL", "Lower end of its 95 % interval."),
        Column("high", "REAL", "Upper end of it."),
        Column("bound_low", "REAL", "The lower end if none of what was not seen had it."),
        Column("bound_high", "REAL", "The upper end if all that was not seen had it."),
        Column("n_drawn", "INTEGER", "Drawn rows with a person's answer in force."),
        Column("seed", "INTEGER", "Seed of the newest draw; empty where all was read and nothing drawn.", optional=True),
        Column("computed_at", "TEXT", "When."),
    ),
)
