"""Declare the public tables of the registry and of what the crawl saw."""

from prober.domain.search_protocol import Carried, LookMark, Outcome, ProtocolStep
from prober.store.schema.declare import Column, Index, Table
from prober.store.schema.vocabulary import (
    FAILURES,
    QUESTION_STATES,
    STATES,
    row_number,
    world,
)

# One column a line.
# fmt: off

INDICATOR = Table(
    "indicator",
    "One question about an agency's site that a study answers by a verdict, and what it is called.",
    (
        Column("name", "TEXT", "Its name, for example qa.", key=True),
        Column("position", "INTEGER", "Its place among those of the study, from 1."),
        Column("label_vi", "TEXT", "What it is called, in Vietnamese."),
        Column("label_en", "TEXT", "What it is called, in English."),
        Column("source", "TEXT", "Where its rule comes from: prober, indicators.toml with a hash, or a package with its version."),
        Column("sought", "INTEGER", "1 if the study looks for it now; 0 if an earlier scan did."),
        Column("figures", "TEXT", "Its lines in `headline` by name, where the study does not have them all.", default="''"),
    ),
    label="label_vi",
)

TERM = Table(
    "term",
    "What the study calls one of its lists, or a kind of agency, in both languages. A file without them shows the names.",
    (
        Column("what", "TEXT", "frame (a list) or kind.", key=True, one_of=("frame", "kind")),
        Column("name", "TEXT", "Its name, as in the columns `frame` and `kind` of `agency`.", key=True),
        Column("one_vi", "TEXT", "Title of the list, or what one agency of the kind is called, in Vietnamese."),
        Column("one_en", "TEXT", "The same in English."),
        Column("many_vi", "TEXT", "What many of them are called, in Vietnamese; empty for a list."),
        Column("many_en", "TEXT", "The same in English."),
    ),
    label="one_vi",
)

OTHER_SURVEY = Table(
    "other_survey",
    "How many answers another survey counted, beside which the study shows its own.",
    (
        Column("name", "TEXT", "Name and year of the survey.", key=True),
        Column("k", "INTEGER", "How many answers it counted."),
        Column("n", "INTEGER", "Of how many."),
        Column("of_vi", "TEXT", "What it counted them of, in Vietnamese."),
        Column("of_en", "TEXT", "The same in English."),
        Column("source", "TEXT", "Where the numbers stand; may be empty."),
    ),
    label="name",
)

REFERENCE_RESULT = Table(
    "reference_result",
    "What an earlier survey of a list found of one indicator, with which the study compares its own number.",
    (
        Column("frame", "TEXT", "The list that it looked at.", key=True),
        Column("indicator", "TEXT", "The indicator, as in `headline`.", key=True),
        Column("name", "TEXT", "Name and year of the survey."),
        Column("k", "INTEGER", "How many have it, or did it."),
        Column("n", "INTEGER", "Of how many."),
        Column("about_vi", "TEXT", "What survey it is, in Vietnamese; may be empty."),
        Column("about_en", "TEXT", "The same in English."),
        Column("limits_vi", "TEXT", "What is not known of it, in Vietnamese; may be empty."),
        Column("limits_en", "TEXT", "The same in English."),
    ),
    label="name",
)

AGENCY = Table(
    "agency",
    "One public body of one list.",
    (
        Column("id", "TEXT", "Frame and slug, joined by a hyphen.", key=True),
        Column("frame", "TEXT", "The list that it belongs to, as the study names it.", indexed=True),
        Column("slug", "TEXT", "Short name, unique in its frame."),
        Column("kind", "TEXT", "Kind of agency, as the study names it.", indexed=True),
        Column("name_vi", "TEXT", "Full name in the language of the list."),
        Column("name_en", "TEXT", "Name in English."),
        Column("province", "TEXT", "Slug of the place that it belongs to, in the same frame.", indexed=True),
        Column("province_vi", "TEXT", "That place, in the language of the list."),
        Column("province_en", "TEXT", "That place, in English."),
        Column("code", "TEXT", "Official code of that place in this frame; never compare codes across frames."),
        Column("region", "TEXT", "Region, in the language of the list.", indexed=True),
        Column("region_en", "TEXT", "The same region in English."),
        Column("pobi_region", "TEXT", "Region in a second scheme, which goes before the first when arms are drawn."),
        Column("url", "TEXT", "Address of its website in the registry."),
        Column("alt_urls", "TEXT", "Other addresses to try, JSON list.", default="'[]'"),
        Column("lat", "REAL", "Latitude of a point in that place, degrees north.", optional=True),
        Column("lon", "REAL", "Longitude of that point, degrees east.", optional=True),
        Column("grid_row", "INTEGER", "Row of its tile on the tile-grid map, from the north.", optional=True),
        Column("grid_col", "INTEGER", "Column of its tile, from the west.", optional=True),
        Column("url_source", "TEXT", "Where the address comes from."),
        Column("url_confidence", "TEXT", "high, medium or low: how sure the name of the host is."),
        Column("request_email", "TEXT", "Address that requests may be sent to; empty until a person accepted one."),
        Column("request_email_source", "TEXT", "Page on which that address was seen, or how it was learned."),
        Column("request_email_reviewed_by", "TEXT", "Who accepted the address."),
        Column("request_email_reviewed_at", "TEXT", "When it was accepted."),
        world(),
        Column("note", "TEXT", "Anything a reader of the row should know."),
        Column("expects", "TEXT", "Floors below which a visit is suspected, for example emails>=1;qa_level>=4.", default="''"),
        Column("expects_reason", "TEXT", "Why so much is expected: who saw it, and when.", default="''"),
    ),
    unique=(("frame", "slug"),),
    label="name_vi",
    facets=("frame", "kind", "region", "url_confidence"),
)

AGENCY_SUCCESSOR = Table(
    "agency_successor",
    "Which agency of a later frame took over from which one.",
    (
        Column("predecessor", "TEXT", "Agency of the earlier frame.", key=True, references="agency"),
        Column("successor", "TEXT", "Agency that took over.", key=True, references="agency"),
        Column("effective_date", "TEXT", "First day of the successor; empty where nothing changed."),
    ),
)

REQUEST_ADDRESS = Table(
    "request_address",
    "Every address that a person decided that requests to an agency go to; the newest one holds.",
    (
        row_number(),
        Column("agency", "TEXT", "The agency.", references="agency", indexed=True),
        Column("address", "TEXT", "The address."),
        Column("source", "TEXT", "Page on which it was seen, or how it was learned."),
        Column("decided_by", "TEXT", "Who decided."),
        Column("decided_at", "TEXT", "When."),
    ),
    unique=(("agency", "address", "decided_at"),),
)

SCAN = Table(
    "scan",
    "One crawl over a set of agencies.",
    (
        row_number("Number of the scan."),
        world(),
        Column("frame", "TEXT", "Frame of the agencies.", indexed=True),
        Column("kinds", "TEXT", "Kinds of agencies asked for, comma-separated."),
        Column("status", "TEXT", "running, complete, or interrupted (to be resumed).", one_of=("running", "complete", "interrupted"), indexed=True),
        Column("started_at", "TEXT", "When it began."),
        Column("finished_at", "TEXT", "When its last agency was finished.", optional=True),
        Column("agencies", "INTEGER", "Agencies in the scan."),
        Column("version", "TEXT", "Version of the prober."),
        Column("user_agent", "TEXT", "How the crawler named itself."),
        Column("settings", "TEXT", "Delay, budgets and other settings in force, JSON."),
        Column("suspect", "TEXT", "Why the whole scan is suspected to be our fault, as reasons; empty where it is believed.", default="''", reasons=True),
        Column("believed", "TEXT", "Why it was doubted at first, and what lifted the doubt, as reasons; empty where it never was.", default="''", reasons=True),
        Column("run", "INTEGER", "The run that began it; empty before runs were kept with scans.", optional=True, references="run"),
    ),
    label="started_at",
    facets=("status", "frame"),
)

VISIT = Table(
    "visit",
    "One agency in one scan: how much of its site was seen, at what cost, and why not more.",
    (
        row_number(),
        Column("scan", "INTEGER", "The scan.", references="scan"),
        Column("agency", "TEXT", "The agency.", references="agency"),
        Column("outcome", "TEXT", "seen; partial: something that was looked for was not seen; unreachable: no page of the site was seen.", one_of=("seen", "partial", "unreachable"), indexed=True),
        Column("failure", "TEXT", "The first reason, where it was not fully seen.", optional=True, one_of=FAILURES, indexed=True),
        Column("failure_detail", "TEXT", "What was met, as reasons.", default="''", reasons=True),
        Column("final_url", "TEXT", "Address of the home page after redirects.", default="''"),
        Column("technology", "TEXT", "Portal technology recognised on this host.", default="''", indexed=True),
        Column("requests", "INTEGER", "Requests that reached a server: robots.txt, scripts and pictures included.", default="0"),
        Column("pages", "INTEGER", "Pages read.", default="0"),
        Column("rendered", "INTEGER", "Pages rendered in a browser, those that then said that nothing is there included.", default="0"),
        Column("bytes", "INTEGER", "Bytes of page bodies.", default="0"),
        Column("seconds", "REAL", "Wall time from the first to the last response, real seconds.", default="0"),
        Column("started_at", "TEXT", "First request."),
        Column("finished_at", "TEXT", "Last response."),
        Column("suspect", "TEXT", "What stayed below the floors of the registry, as reasons; such a visit is shown and not counted. Empty where it is believed.", default="''", reasons=True),
        Column("tls", "TEXT", "What it took to trust the certificates of the site: intermediates that its server did not send, or an exception of the configuration with its reason. Empty where nothing.", default="''"),
        Column("newest_on", "TEXT", "Newest date of news, lists and answers on the pages read; empty where the home page dates nothing.", optional=True),
        Column("archive_pages", "INTEGER", "Pages of the Q&A section's list of questions that were read.", default="0"),
        Column("archive_total", "INTEGER", "About how many questions that list holds, as it says or its pager lets one reckon; empty where unknown.", optional=True),
        Column("search_record", "INTEGER", "The record of the search protocol; empty where no step was taken.", optional=True, references="search_record"),
        Column("run", "INTEGER", "The run that made it: a scan that was stopped is finished by a later run.", optional=True, references="run"),
    ),
    unique=(("scan", "agency"),),
    indexes=(Index(("agency", "scan")),),
    facets=("outcome", "failure", "technology"),
    label="started_at",
)

PAGE = Table(
    "page",
    "One page as visits in a row saw it: the same address with the same answer and the same bytes. What differs is a new row.",
    (
        row_number(),
        Column("visit", "INTEGER", "The visit that saw it so first.", references="visit"),
        Column("last_visit", "INTEGER", "The last visit in a row that saw it so.", references="visit"),
        Column("agency", "TEXT", "The agency whose site was crawled.", references="agency"),
        Column("url", "TEXT", "Address, canonical."),
        Column("status", "INTEGER", "HTTP status; 0 where there was no answer; that of robots.txt, where its answer closed the site."),
        Column("failure", "TEXT", "Why it could not be read, or not to its end.", optional=True, one_of=FAILURES, indexed=True),
        Column("title", "TEXT", "Title of the page.", default="''"),
        Column("fetched_at", "TEXT", "When it was fetched first with this content."),
        Column("last_fetched_at", "TEXT", "When it was fetched last, and had not changed."),
        Column("rendered", "INTEGER", "1 if a browser rendered it.", default="0"),
        Column("bytes", "INTEGER", "Size of the body.", default="0"),
        Column("sha256", "TEXT", "Hash of the body as received (of the rendered document, where rendered).", default="''"),
        Column("found_by", "TEXT", "What led here: home, menu, footer, link, sitemap, slug, search, probe, document, archive, reply, measure, title search.", default="''"),
        Column("location", "TEXT", "Where a redirect led; empty where the page itself was answered.", default="''"),
        Column("render_mark", "TEXT", "Where it was rendered: why, and a hash of its scripts; pages with one mark on one site are alike.", default="''"),
        Column("render_gain", "INTEGER", "Where it was rendered: 1 if the browser showed more than the source.", optional=True),
    ),
    unique=(("last_visit", "url"),),
    indexes=(Index(("agency", "last_visit")),),  # finds the pages of one visit: spans that reach it
    label="url",
)

EVIDENCE = Table(
    "evidence",
    "One file or record that proves a finding, named by its content.",
    (
        Column("sha256", "TEXT", "Hash of the content.", key=True),
        Column("kind", "TEXT", "warc: the response as received; screenshot: the rendered page.", one_of=("warc", "screenshot")),
        Column("media_type", "TEXT", "Type of the content."),
        Column("bytes", "INTEGER", "Size of the content."),
        Column("path", "TEXT", "File under the evidence folder; for a warc record, its WARC file; empty where it was pruned ([retention])."),
        Column("warc_offset", "INTEGER", "Offset of the record in that file.", optional=True),
        Column("page", "INTEGER", "The page it shows, as it was seen first.", optional=True, references="page"),
        Column("created_at", "TEXT", "When it was stored."),
    ),
    facets=("kind",),
)

FINDING = Table(
    "finding",
    "One thing that an agency's site offers, whenever it was seen.",
    (
        row_number(),
        Column("agency", "TEXT", "The agency.", references="agency"),
        Column("kind", "TEXT", "What it is of.", references="indicator"),
        Column("category", "TEXT", "Refines the kind: class of an address, platform of a channel, scope of a section.", indexed=True),
        Column("value", "TEXT", "The address, channel or page, normalised; the budget year of a budget document; empty for a person's own mailbox."),
        Column("first_scan", "INTEGER", "Scan that saw it first.", references="scan"),
        Column("last_scan", "INTEGER", "Scan that saw it last.", references="scan"),
    ),
    unique=(("agency", "kind", "category", "value"),),
    label="value",
    facets=("kind", "category"),
)

OBSERVATION = Table(
    "observation",
    "One finding as visits in a row saw it, with the words that prove it. Where words, page, state or evidence differ, it is a new row.",
    (
        row_number(),
        Column("finding", "INTEGER", "What was seen.", references="finding"),
        Column("visit", "INTEGER", "The visit that saw it so first.", references="visit"),
        Column("last_visit", "INTEGER", "The last visit in a row that saw it so.", references="visit"),
        Column("page", "INTEGER", "On which page.", references="page"),
        Column("state", "TEXT", "found, or not_seen where it is there but cannot be read.", one_of=STATES),
        Column("level", "INTEGER", "0–5 for a Q&A section (docs/method.md), 0 elsewhere.", default="0"),
        Column("confidence", "REAL", "0 to 1, from place, label and domain."),
        Column("snippet", "TEXT", "The words on the page, verbatim."),
        Column("selector", "TEXT", "CSS path to them."),
        Column("detector", "TEXT", "Detector that saw it."),
        Column("version", "TEXT", "Version of that detector."),
        Column("detail", "TEXT", "What else the detector read, JSON.", default="'{}'"),
        Column("warc", "TEXT", "Record of the page as received.", optional=True, references="evidence"),
        Column("screenshot", "TEXT", "Picture of the rendered page.", optional=True, references="evidence"),
    ),
    unique=(("last_visit", "finding"),),
    indexes=(Index(("finding", "last_visit")),),
)

VERDICT = Table(
    "verdict",
    "What the machine says of one agency and one question after one scan. It never says that something is absent: a person does (`decision`).",
    (
        row_number(),
        Column("scan", "INTEGER", "The scan.", references="scan"),
        Column("agency", "TEXT", "The agency.", references="agency"),
        Column("kind", "TEXT", "What was looked for.", references="indicator"),
        Column("state", "TEXT", "found; not_found: the search protocol was carried out to its end and did not meet it; not_seen: it could not be.", one_of=STATES, indexed=True),
        Column("level", "INTEGER", "Highest level seen, for a Q&A section.", default="0"),
        Column("reason", "TEXT", "Why this verdict, as reasons: the proof, or the first reason why it could not be seen.", reasons=True),
        Column("observation", "INTEGER", "The best proof, where it was found.", optional=True, references="observation"),
        Column("second_look", "INTEGER", "1 where it is not found for the first time after it was found: it waits for a second look, at least six hours later, and is not in use until that says the same.", default="0"),
    ),
    unique=(("scan", "agency", "kind"),),
    # Finds the newest verdict of one agency and kind, and the newest known one, among years of nights.
    indexes=(
        Index(("agency", "kind", "scan")),
        Index(("agency", "kind", "scan"), where="state != 'not_seen'", name="known"),
        Index(("agency", "kind", "scan"), where="second_look = 1", name="second_look"),
    ),
)

SEARCH_RECORD = Table(
    "search_record",
    "How the search protocol was carried out on one agency's site. Visits that went alike and met the same share one.",
    (
        row_number(),
        Column("agency", "TEXT", "The agency.", references="agency"),
        Column("sha256", "TEXT", "Hash of its steps."),
        Column("first_scan", "INTEGER", "Scan that went like this first.", references="scan"),
    ),
    unique=(("agency", "sha256"),),
)

SEARCH_STEP = Table(
    "search_step",
    "One line of a record of the search protocol: what became of a step, or one address that the step asked for.",
    (
        Column("record", "INTEGER", "The record.", key=True, references="search_record"),
        Column("position", "INTEGER", "Order in the record.", key=True),
        Column("step", "TEXT", "The step of the protocol, by its name (docs/method.md).", one_of=tuple(step.value for step in ProtocolStep)),
        Column("url", "TEXT", "The address; empty in the line of the step itself."),
        Column("words", "TEXT", "Words by which the site names the address.", default="''"),
        Column("kinds", "TEXT", "Questions that the address is named for, JSON list; empty for none.", default="''"),
        Column("outcome", "TEXT", "Of a step: done, nothing (carried out, nothing there), not_needed (all was found before) or not_done. Of an address: read, missing, redirected, failed (no answer that decides), or unopened.", one_of=(*(how.value for how in Carried), *(outcome.value for outcome in Outcome))),
        Column("status", "INTEGER", "HTTP status; 0 where there was no answer.", default="0"),
        Column("failure", "TEXT", "Why the page could not be read.", optional=True, one_of=FAILURES),
        Column("location", "TEXT", "Where a redirect led.", default="''"),
        Column("count", "INTEGER", "Links of a home page, addresses in a sitemap, results of a search.", optional=True),
        Column("reason", "TEXT", "Why a step was not carried out, or not to its end, as reasons.", default="''", reasons=True),
    ),
    facets=("step", "outcome"),
)

LOOK_LIST = Table(
    "look_list",
    "A place at which a person would stop, from the newest visit that saw the site. It changes no state: it is the first thing that the person who confirms looks at.",
    (
        Column("visit", "INTEGER", "The visit.", key=True, references="visit"),
        Column("position", "INTEGER", "Order, the most telling first; at most ten an agency.", key=True),
        Column("mark", "TEXT", "Why to look, as a code (docs/method.md).", one_of=tuple(mark.value for mark in LookMark), indexed=True),
        Column("url", "TEXT", "Where to look."),
        Column("words", "TEXT", "Words of the page or link.", default="''"),
        Column("kinds", "TEXT", "Questions that it may concern, JSON list; empty for none.", default="''"),
    ),
    facets=("mark",),
)

CHANGE = Table(
    "change",
    "What appeared, vanished or changed between two scans of one agency.",
    (
        row_number(),
        Column("agency", "TEXT", "The agency.", references="agency"),
        Column("kind", "TEXT", "What changed.", references="indicator"),
        Column("from_scan", "INTEGER", "Earlier scan.", references="scan"),
        Column("to_scan", "INTEGER", "Later scan: the first that saw it changed.", references="scan"),
        Column("finding", "INTEGER", "The finding, unless a whole verdict changed.", optional=True, references="finding"),
        Column("what", "TEXT", "appeared, vanished; verdict: found, not_found or not_seen; level: of a section that stays.", one_of=("appeared", "vanished", "verdict", "level"), indexed=True),
        Column("cause", "TEXT", "site: it changed; detector: we changed; reachability: we could not look; second_look: gone at a first look, waits for a second; withdrawn: a second look found it there.", one_of=("site", "detector", "reachability", "second_look", "withdrawn"), indexed=True),
        Column("before", "TEXT", "State, level or value before.", default="''"),
        Column("after", "TEXT", "State, level or value after.", default="''"),
        Column("second_scan", "INTEGER", "Scan whose second look confirmed or withdrew it; empty where none was needed, or none has come.", optional=True, references="scan"),
    ),
    unique=(("agency", "kind", "from_scan", "to_scan", "what", "before", "after"),),
    facets=("what", "cause", "kind"),
)

QA_THREAD = Table(
    "qa_thread",
    "One published question and its answer. Names and contacts of citizens are not stored.",
    (
        row_number(),
        Column("agency", "TEXT", "The agency.", references="agency"),
        Column("scan", "INTEGER", "Scan that saw it last.", references="scan"),
        Column("page", "INTEGER", "Page on which it was read.", references="page"),
        Column("url", "TEXT", "Its own address, or that of the list."),
        Column("key", "TEXT", "Hash of the question's text, which keeps one thread one row."),
        Column("asked_on", "TEXT", "Date of the question.", optional=True),
        Column("answered_on", "TEXT", "Date of the answer.", optional=True),
        Column("answered", "INTEGER", "1 if an answer is published."),
        Column("unit", "TEXT", "Unit that answered.", default="''"),
        Column("topic", "TEXT", "budget or other.", default="'other'"),
        Column("list_url", "TEXT", "First page of the list that it is followed in; empty before questions were followed.", default="''"),
        Column("rank", "REAL", "Its place in that list, as a number that orders the list; empty where its place is not known.", optional=True),
        Column("state", "TEXT", "listed; missing (gone from its place, seen once); vanished (a second look, six hours later, says the same); unreached (outside the part of the list that was read).", default="'listed'", one_of=QUESTION_STATES),
        Column("first_seen_at", "TEXT", "First visit that saw it; empty if that was before questions were followed.", default="''"),
        Column("answer_seen_at", "TEXT", "First visit that saw its answer.", optional=True),
        Column("last_seen_at", "TEXT", "Last visit that saw it; empty if that was before questions were followed.", default="''"),
        Column("missing_since", "TEXT", "First visit that did not find it in its place.", optional=True),
    ),
    unique=(("agency", "key"),),
    facets=("answered", "topic", "state"),
)

SITE_PROPOSAL = Table(
    "site_proposal",
    "An address at which another site links to an agency's. Where the registry has a different one, a person accepts it, or not.",
    (
        row_number(),
        Column("agency", "TEXT", "The agency whose site it may be.", references="agency"),
        Column("url", "TEXT", "The proposed address."),
        Column("page_url", "TEXT", "Page that links to it."),
        Column("snippet", "TEXT", "Text of the link, verbatim."),
        Column("scan", "INTEGER", "Scan that saw the link last.", references="scan"),
        Column("confidence", "REAL", "0 to 1, from the words of the link and the domain."),
        Column("decision", "TEXT", "accepted, rejected, or empty while nobody has decided.", default="''", one_of=("", "accepted", "rejected")),
        Column("reviewer", "TEXT", "Who decided.", default="''"),
        Column("reviewed_at", "TEXT", "When.", default="''"),
    ),
    unique=(("agency", "url"),),
    label="url",
)
