"""Draw the agencies of a campaign whose replies a person reads, so that what was read is a sample of all of it."""

from dataclasses import dataclass

from prober.campaign.design.reading_order import Standing, last_place
from prober.reporting.tables.corrected_shares import Reading, readings
from prober.services.context import Context
from prober.store.private import codings
from prober.store.reading import campaign_pairs
from prober.store.reading.queries import Row, rows


@dataclass(frozen=True, slots=True)
class Drawn:
    """The list of one campaign: `listed` agencies of the `wrote` that wrote, `left` of them with something unread."""

    campaign: str
    listed: int
    wrote: int
    left: int


def draw(context: Context, by: str, campaign: str, size: int) -> Drawn:
    """Draw `size` agencies of a campaign among those that wrote, or continue the list that it has.

    Without a name it is the newest campaign that sent a letter. Whose replies had all been read before the first draw
    is passed over, as nothing about them is uncertain. results.db must be up to date, and is so afterwards.
    """
    found = campaign_pairs.campaign(context.results, campaign or None)
    held = codings.reading_lists(context.private).get(found["id"])
    read = {one.agency: one.read for one in _wrote(context, found)}
    before = held.read_before if held else {agency for agency, done in read.items() if done}
    end = last_place(found["seed"], {agency: agency in before for agency in read}, size)
    codings.save_reading_list(context.private, found["id"], size, end, before, by, context.clock.now())
    context.project()
    wrote = _wrote(context, found)
    listed = [one for one in wrote if one.reading == Standing.DRAWN]
    return Drawn(found["id"], len(listed), len(wrote), sum(not one.read for one in listed))


def _wrote(context: Context, campaign: Row) -> list[Reading]:
    """Return what each agency that wrote has written."""
    asked, replies = (rows(context.results, name, campaign=campaign["id"]) for name in ("requests", "replies"))
    return [one for one in readings(asked, replies) if one.wrote]
