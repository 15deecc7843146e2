"""The table of servers with one defect each, and what the search protocol is known to miss of it.

The protocol has twelve steps and no rule for a single server. What it misses is an error that the corrected share
carries, and most of it is a row of the look list. A line here is no wish: nothing is added to the protocol for it.
"""

from dataclasses import replace

from tests.system.servers import applications, layouts, listings, no_site, refusals, transport
from tests.system.servers.row import Row

# Row → kinds that are there and end as not found.
MISSED = {
    # A section answers 200 with something else in its place.
    "sectionspinner": "qa budget", "sectionhome": "qa access budget", "sectionerror": "qa budget",
    "sectionsql": "qa budget", "paused": "qa", "doorbare": "budget", "ung-dung-loi": "qa",
    # A list names addresses without a word of what they hold, or is no sitemap.
    "mapnumbers": "qa access budget", "mapnumbers503": "qa access budget", "mapnumbers403": "qa access budget",
    "mapelsewhere": "qa access budget", "mapfeed": "qa access budget", "newstopic": "budget",
    # Entries that stand in a script, or in elements that are no links.
    "entrymenu": "qa web_form access budget", "scriptentries": "qa access budget",
    "foldedmenu": "qa web_form access budget", "ung-dung-neo": "qa web_form budget",
    # An address on a picture is a row of the look list.
    "mailimage": "email",
    # A form that stands in a frame of another host, or that a script inserts.
    "khung-script": "web_form", "khung-script-minh": "web_form", "khung-trong-khung": "web_form",
    "khung-object": "web_form", "khung-cua-ai": "web_form", "khung-script-cua-ai": "web_form",
    "khung-noi-script": "web_form",
}  # fmt: skip
ROWS: dict[str, Row] = {
    row.name: replace(row, missed=frozenset(MISSED.get(row.name, "").split()))
    for module in (no_site, refusals, listings, transport, layouts, applications)
    for row in module.ROWS
}
