"""Show the registry, accept addresses and sites that a crawl proposes, import agencies from a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prober.domain.agency import PLACE, Agency, Succession
from prober.domain.correspondence import Step
from prober.domain.hostnames import host_of
from prober.domain.reason import Reason
from prober.domain.registry.consistency import Problem, problems, proposal_doubts, site_proposals
from prober.domain.registry.import_file import (
    BadRow,
    is_mail_address,
    is_of_successions,
    read,
    read_successions,
)
from prober.domain.world import World
from prober.errors import RegistryError, UsageError
from prober.services.context import Context
from prober.store import Database
from prober.store.private import campaigns, outbox
from prober.store.reading import evidence_record, queries
from prober.store.results import registry
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.studies.study import said
from spiders.download.address_guard import may_be_fetched

Row = dict[str, Any]
Decision = tuple[Callable[[Database, int, str, datetime], None], Row]


@dataclass(frozen=True, slots=True)
class RegistryCheck:
    """The registry compared with the latest scan."""

    proposals: list[Row]  # mail addresses that the scan found, with the doubts about each
    sites: list[Row]  # sites of finance departments, as their portals name them
    problems: list[Problem]  # contradictions and weak rows of the registry


@dataclass(frozen=True, slots=True)
class AgencyFile:
    """The rows of a file of agencies, or of one that says who took over from whom."""

    path: Path
    good: list[Agency]
    bad: list[BadRow]
    links: list[Succession] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)  # sites that no live crawl fetches

    def refuse_bad(self, skip: bool) -> None:
        """Raise RegistryError if there are bad rows, unless all of them may be skipped."""
        if self.bad and not (skip and all(row.line for row in self.bad)):
            count = len({row.line for row in self.bad})
            rows = "1 bad row" if count == 1 else f"{count} bad rows"
            raise RegistryError(f"{self.path}: {rows}; nothing was changed")


@dataclass(frozen=True, slots=True)
class RegistryImport:
    """Numbers of agencies that an import added, changed and left the same, and the letters that it voided."""

    new: int
    changed: int
    same: int
    voided: list[Row]


@dataclass(frozen=True, slots=True)
class Addressed:
    """The addresses that requests to an agency were decided to go to, newest first, and the letters that this voided.

    Of a letter: campaign, agency, step, rcpt and `begun`, how many letters of its campaign have left or were tried.
    """

    agency: Agency
    decisions: list[Row]
    voided: list[Row]


def show(context: Context, slug: str, frame: str | None) -> list[Row]:
    """Return all fields of the agencies called `slug`, with their predecessors and successors.

    `record` is that of the search protocol in the newest visit that carried it out, `looks` is the look list.
    """
    rows = [{"id": agency.id, **asdict(agency)} for agency in context.chosen(frame, None, [slug])]
    links = queries.rows(context.results, "successions")
    for row in rows:
        row["predecessors"] = [link["predecessor"] for link in links if link["successor"] == row["id"]]
        row["record"] = list(evidence_record.newest_record(context.results, row["id"]))
        row["looks"] = list(queries.rows(context.results, "looks", agency=row["id"]))
        row["successors"] = [link["successor"] for link in links if link["predecessor"] == row["id"]]
    return rows


def place_word(context: Context, frame: str) -> str:
    """Return the English word of the study for the place that an agency of its frame is in, as a name of fields has it.

    It is "place" where the study has none, or the frame is not of the study.
    """
    place = context.study.place if frame in context.study.frame_names else None
    return said(place.one, "en").replace(" ", "_") if place else PLACE


def check(context: Context, frame: str | None, kind: str | None = None) -> RegistryCheck:
    """Compare the registry with the latest scan. Raises UsageError for a frame or a kind that it does not have."""
    if frame or kind:
        context.chosen(frame, kind)
    found = problems(
        context.agencies(frame), registry.failures(context.results), context.clock.now(),
        registry.frozen_addresses(context.results), context.study.mail_domains,
    )  # fmt: skip
    return RegistryCheck(proposed_addresses(context, frame, kind), proposed_sites(context, frame), list(found))


def proposed_addresses(context: Context, frame: str | None, kind: str | None) -> list[Row]:
    """Return the proposed request addresses, each with the doubts about it, in words."""
    agencies = context.agencies(frame)
    rows = [row for row in registry.proposals(context.results, kind) if frame in (None, row["frame"])]
    doubts = proposal_doubts(rows, agencies, registry.frozen_addresses(context.results), context.study.mail_domains)
    return [{**row, "doubts": "; ".join([*_beyond(context, row), *doubts[row["agency"]]])} for row in rows]


def _beyond(context: Context, row: Row) -> list[str]:
    fits = not row["address"] or context.config.world.may_write_to(row["address"])
    return [] if fits else ["a rehearsal does not write to it"]


def proposed_sites(context: Context, frame: str | None) -> list[Row]:
    """Return one row for each site that a portal names, in the order of agencies."""
    context.sync_registry()
    return [row for row in site_proposals(registry.site_links(context.results)) if frame in (None, row["frame"])]


def accept_addresses(
    context: Context,
    by: str,
    slugs: Sequence[str] = (),
    frame: str | None = None,
    *,
    kind: str | None = None,
    doubtful: bool = False,
) -> tuple[int, list[Row]]:
    """Accept the latest scan's proposals for `slugs`, or every new address.

    Return how many were accepted, and the letters to another address that this voided.
    Without `slugs`, an address with doubts is left to a person, unless `doubtful` says that `by` has looked at each of
    them; an address that a person accepted before is never replaced. Raises UsageError for a slug that has no proposal.
    """
    rows = proposed_addresses(context, frame, kind)
    fresh = [row for row in rows if row["status"] == "new" and (doubtful or not row["doubts"])]
    chosen = [_proposal_of(slug, rows) for slug in slugs] if slugs else fresh
    for row in chosen:
        registry.accept(context.results, row["agency"], row["address"], row["page_url"], by, context.clock.now())
    return len(chosen), void(context, by)


def address(context: Context, slug: str, frame: str | None) -> Addressed:
    """Return what was decided about the request address of the agency called `slug`. Raises UsageError as `_one`."""
    agency = _one(context, slug, frame)
    return Addressed(agency, registry.decisions(context.results, agency.id), [])


def set_address(context: Context, slug: str, frame: str | None, address: str, source: str, by: str) -> Addressed:
    """Have requests to the agency called `slug` go to `address`, learned from `source`, by decision of `by`.

    Letters to another address of it that have not left are voided. Raises UsageError as `_one`, for what is no address
    or no source, and for an address that a rehearsal does not write to.
    """
    agency = _one(context, slug, frame)
    if not is_mail_address(address):
        raise UsageError(f"{address!r} is not one plain mail address; nothing was changed")
    if not source.strip():
        raise UsageError("say where the address was learned: a page, or for example “by telephone, from the clerk”")
    with context.run("agencies address") as summary:
        registry.accept(context.results, agency.id, address, source.strip(), by, context.clock.now())
        voided = void(context, by)
        summary.update(agency=agency.id, address=address, by=by, voided=len(voided))
    return Addressed(agency, registry.decisions(context.results, agency.id), voided)


def _one(context: Context, slug: str, frame: str | None) -> Agency:
    """Return the agency called `slug`. Raises UsageError if there is none, or one in each of several frames."""
    found = context.chosen(frame, None, [slug])
    if len(found) > 1:
        raise UsageError(f"{slug} is in the frames {', '.join(a.frame for a in found)}; name one with --frame")
    return found[0]


def void(context: Context, by: str = "") -> list[Row]:
    """Cancel letters that have not left and go to an address that is not their agency's any more; return them.

    `by` decided so; "" is whoever reviewed the address.
    """
    if not context.config.paths.private.exists():
        return []
    held = {agency.id: agency for agency in context.agencies() if agency.request_email}
    stale = [
        row
        for row in outbox.waiting(context.private)
        if (agency := held.get(row["agency"])) and agency.request_email.casefold() != row["rcpt"].casefold()
    ]
    voided = []
    for row in stale:
        agency = held[row["agency"]]
        decided = by or agency.request_email_reviewed_by
        reason = Reason("address_changed", agency=agency.id, address=agency.request_email, by=decided)
        if outbox.cancel(context.private, row["id"], reason, context.clock.now()):
            voided.append(row | {"begun": campaigns.begun(context.private, row["campaign"])})
    if voided:
        context.project()
    return voided


def how_to_go_on(letter: Row) -> str:
    """Return in a sentence that `letter` was voided, and what a person can do that its agency is asked all the same.

    >>> letter = {"campaign": "c", "agency": "2019-x", "step": "request", "rcpt": "a@x.test", "begun": 0}
    >>> how_to_go_on(letter)
    'voided: the request of campaign c to 2019-x at a@x.test; `prober campaign approve c --by INITIALS` writes it anew'
    >>> "cannot ask this agency any more" in how_to_go_on(letter | {"begun": 5})
    True
    """
    named = f"voided: the {letter['step']} of campaign {letter['campaign']} to {letter['agency']} at {letter['rcpt']}; "
    if not letter["begun"]:
        return f"{named}`{campaigns.approve_command(letter['campaign'])}` writes it anew"
    if letter["step"] != Step.REQUEST:
        return f"{named}letters of the campaign have left, so it is not written anew"
    return (
        f"{named}letters of the campaign have left, so it cannot ask this agency any more: ask it in a campaign of its "
        "own (units in the protocol): `prober campaign new NAME --file FILE`"
    )


def decide(
    context: Context,
    by: str,
    frame: str | None,
    slugs: Sequence[str] = (),
    accept_all: bool = False,
    kind: str | None = None,
    sites: Sequence[str] = (),
    not_sites: Sequence[str] = (),
) -> tuple[int, int, list[Row]]:
    """Accept the addresses of `slugs`, or all new ones, and `sites`; reject `not_sites`; as decisions of `by`.

    A site is named by the slug of its agency or, where several are proposed for it, as SLUG=ADDRESS. Return how many
    addresses and sites were decided, and the letters that this voided. Raises UsageError, before anything is changed,
    for a site that is not proposed.
    """
    chosen = _chosen_sites(context, sites, not_sites, frame)
    count, voided = accept_addresses(context, by, slugs, frame, kind=kind) if slugs or accept_all else (0, [])
    for store, row in chosen:
        store(context.results, row["id"], by, context.clock.now())
    return count, len(chosen), voided


def read_file(context: Context, path: Path, frame: str) -> AgencyFile:
    """Read a CSV file of agencies; `frame` holds for all rows of a file without that column.

    In a rehearsal every address, of a site or of mail, must be under `.test`.

    Raises RegistryError for a file that is not a table of agencies.
    """
    try:
        raw = path.read_bytes()
        if is_of_successions(raw):
            links, wrong = read_successions(
                raw, {agency.id for agency in context.agencies()}, {agency.frame for agency in context.study.agencies}
            )
            return AgencyFile(path, [], wrong, links)
        good, bad = read(raw, frame)
    except RegistryError as error:
        raise RegistryError(f"{path}: {error}; nothing was changed") from error
    bad += [
        BadRow(0, f"frame {name!r} is that of the study {context.study.name}; choose another name for yours")
        for name in sorted({agency.frame for agency in good} & {agency.frame for agency in context.study.agencies})
    ]
    if context.config.world is World.REHEARSAL:
        bad += [BadRow(0, f"{agency.slug}: {words}") for agency in good for words in _beyond_test(agency)]
    return AgencyFile(path, good, bad, beyond=beyond_web(context, good))


def beyond_web(context: Context, listed: Iterable[Agency]) -> list[str]:
    """Return the sites of `listed` that no crawl of a live configuration fetches; none in another world."""
    live = context.config.world == World.LIVE
    return [agency.url for agency in listed if live and not may_be_fetched(agency.url, simulated=False)]


def _beyond_test(agency: Agency) -> Iterator[str]:
    """Yield, for each address of `agency` that a rehearsal may not use, why it is refused."""
    for url in (agency.url, *agency.alt_urls):
        if not host_of(url).endswith(".test"):
            yield f"{url} is no site of a rehearsal: its host must be under .test, and listed in [rehearsal.hosts]"
    if agency.request_email and not World.REHEARSAL.may_write_to(agency.request_email):
        yield f"{agency.request_email} is no address of a rehearsal: it must be a plain one under .test"


def import_file(context: Context, file: AgencyFile, skip_bad: bool = False) -> RegistryImport:
    """Take the good rows of `file` into the registry. Raises RegistryError as `AgencyFile.refuse_bad`."""
    file.refuse_bad(skip_bad)
    before = {agency.id for agency in context.agencies()}
    with context.run("agencies import", mail=False) as summary:
        written = registry.sync(context.results, file.good, context.study.successions, context.config.world)
        new = len({agency.id for agency in file.good} - before)
        voided = void(context, "the imported file") if written else []
        done = RegistryImport(new, written - new, len(file.good) - written, voided)
        summary.update(file=file.path.name, new=new, changed=done.changed, skipped=len({row.line for row in file.bad}))
    return done


def import_successions(context: Context, file: AgencyFile, skip_bad: bool) -> int:
    """Store who took over from whom by the good rows of `file`; return how many rows differed from what stood there.

    Raises RegistryError as `AgencyFile.refuse_bad`.
    """
    file.refuse_bad(skip_bad)
    with context.run("agencies import", mail=False) as summary:
        changed = registry.succeed(context.results, file.links)
        summary.update(file=file.path.name, successions=len(file.links), changed=changed)
    return changed


def columns() -> list[tuple[str, str]]:
    """Return name and meaning of each column that a file of agencies may have."""
    table = next(table for table in RESULTS_TABLES if table.name == "agency")
    return [(column.name, column.about) for column in table.columns if column.name not in ("id", "world")]


def _proposal_of(slug: str, rows: Sequence[Row]) -> Row:
    """Return the one proposal for `slug`. Raises UsageError if there is none, or one in each of several frames."""
    found = [row for row in rows if row["slug"] == slug and row["address"]]
    if not found:
        raise UsageError(
            f"nothing is proposed for {slug!r}; `prober agencies check` lists the proposals, and `prober agencies "
            f"address {slug} --set ADDRESS` enters one that you know"
        )
    if len(found) > 1:
        raise UsageError(f"{slug} is in the frames {', '.join(row['frame'] for row in found)}; name one with --frame")
    return found[0]


def _chosen_sites(
    context: Context, accepted: Sequence[str], rejected: Sequence[str], frame: str | None
) -> list[Decision]:
    """Return the decision on each site that was named. Raises UsageError for one that is not proposed."""
    rows = proposed_sites(context, frame)
    chosen: list[Decision] = [(registry.accept_site, _site_of(words, rows)) for words in accepted]
    chosen += [(registry.reject_site, _site_of(words, rows)) for words in rejected]
    if len({row["agency"] for _, row in chosen}) < len(chosen):
        raise UsageError("one site of an agency at a time is accepted or rejected")
    return chosen


def _site_of(words: str, rows: Sequence[Row]) -> Row:
    """Return the proposal that `words` name: SLUG, or SLUG=ADDRESS. Raises UsageError if it is not exactly one."""
    slug, _, address = words.partition("=")
    found = [row for row in rows if row["slug"] == slug and address in ("", row["address"])]
    found = [row for row in found if row["status"] != "confirmed"] or found
    if not found:
        raise UsageError(f"no site is proposed as {words!r}; `prober agencies check` lists the proposals")
    frames = {row["frame"] for row in found}
    if len(frames) > 1:
        raise UsageError(f"{slug} is in the frames {', '.join(sorted(frames))}; name one with --frame")
    if len(found) > 1:
        choices = " or ".join(f"{slug}={row['address']}" for row in found)
        raise UsageError(f"several sites are proposed for {slug}; name one: {choices}")
    return found[0]
