"""Declare the public tables of results.db.

`docs/schema.md`, the column texts of Datasette, the table `field` and the test that no column is undocumented are read
from here. Times are ISO 8601 with offset (+07:00), dates ISO 8601, booleans 0 or 1, lists and maps JSON text.
"""

from prober.store.schema.crawl_tables import (
    AGENCY,
    AGENCY_SUCCESSOR,
    CHANGE,
    EVIDENCE,
    FINDING,
    INDICATOR,
    LOOK_LIST,
    OBSERVATION,
    OTHER_SURVEY,
    PAGE,
    QA_THREAD,
    REFERENCE_RESULT,
    REQUEST_ADDRESS,
    SCAN,
    SEARCH_RECORD,
    SEARCH_STEP,
    SITE_PROPOSAL,
    TERM,
    VERDICT,
    VISIT,
)
from prober.store.schema.decision_tables import CORRECTED_SHARE, DECISION, DRAW, DRAWN
from prober.store.schema.declare import Column, Table
from prober.store.schema.mail_tables import (
    CAMPAIGN,
    CODING,
    CODING_ITEM,
    DEADLINE,
    LEGAL_REQUIREMENT,
    LINK_CHECK,
    REPLY,
    REPLY_DOCUMENT,
    REPLY_LINK,
    REQUEST,
    REQUEST_EVENT,
)
from prober.store.schema.vocabulary import FAILURES, SEND_STATES, STATES, STEP_STATES, WORLDS, row_number, world

__all__ = ["FAILURES", "RESULTS_TABLES", "SEND_STATES", "STATES", "WORLDS"]

# One column a line.
# fmt: off

RUN = Table(
    "run",
    "One command that changed the database.",
    (
        row_number(),
        Column("command", "TEXT", "What was run.", indexed=True),
        world(),
        Column("started_at", "TEXT", "When."),
        Column("finished_at", "TEXT", "When it ended; empty if it was killed.", optional=True),
        Column("status", "TEXT", "running, done, failures, stopped, or killed.", one_of=("running", "done", "failures", "stopped", "killed")),
        Column("version", "TEXT", "Version of the prober."),
        Column("summary", "TEXT", "What it did, JSON.", default="'{}'"),
    ),
    label="command",
    facets=("command", "status"),
)

RUN_STEP = Table(
    "run_step",
    "One step of one night: written when it begins and when it ends, so that a night that was killed is seen step by step.",
    (
        row_number(),
        Column("run", "INTEGER", "The run that did it.", references="run", indexed=True),
        Column("night", "INTEGER", "The first run of the same night: its later passes make good what it left.", references="run", indexed=True),
        Column("step", "TEXT", "Name of the step."),
        Column("status", "TEXT", "running, done, failures, skipped (not needed, or not possible), late (ended at its deadline), stopped, or killed.", one_of=STEP_STATES),
        Column("started_at", "TEXT", "When it began."),
        Column("finished_at", "TEXT", "When it ended; empty if it was killed.", optional=True),
        Column("notes", "TEXT", "What it did, numbers by name, JSON.", default="'{}'"),
        Column("error", "TEXT", "Why it failed or was skipped, as reasons.", default="''", reasons=True),
    ),
    unique=(("run", "step"),),
    label="step",
    facets=("step", "status"),
)

PRIVATE_DATABASE = Table(
    "private_database",
    "One row, once there is a campaign: the private.db from which the tables about mail come. No other one may change them.",
    (Column("id", "TEXT", "Its `identity`, a random number that says nothing.", key=True),),
)

FIELD = Table(
    "field",
    "The data dictionary: one row per column of every public table.",
    (
        Column("table_name", "TEXT", "Table.", key=True),
        Column("column_name", "TEXT", "Column.", key=True),
        Column("type", "TEXT", "SQLite type."),
        Column("about", "TEXT", "What it means."),
    ),
    facets=("table_name",),
)

RESULTS_TABLES = (
    INDICATOR, TERM, OTHER_SURVEY, REFERENCE_RESULT, AGENCY, AGENCY_SUCCESSOR, REQUEST_ADDRESS, SCAN, SEARCH_RECORD, SEARCH_STEP, VISIT, LOOK_LIST, PAGE, EVIDENCE, FINDING, OBSERVATION, VERDICT, CHANGE, QA_THREAD,
    SITE_PROPOSAL, DRAW, DRAWN, DECISION, CORRECTED_SHARE, LINK_CHECK, CAMPAIGN, LEGAL_REQUIREMENT, REQUEST, REPLY, REPLY_DOCUMENT, REPLY_LINK, REQUEST_EVENT, DEADLINE, CODING, CODING_ITEM,
    RUN, RUN_STEP, PRIVATE_DATABASE, FIELD,
)
