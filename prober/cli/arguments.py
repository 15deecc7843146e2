"""Define argument types that several commands use: the person who decides, and times."""

from datetime import datetime
from typing import Any

import click

from prober.services.context import Context


class Person(click.ParamType):
    """A name or initials, without surrounding spaces. An empty one is refused: every decision has a name."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        said = " ".join(str(value).split())
        if not said:
            self.fail("name the person who decides", param, ctx)
        return said


PERSON = Person()


def moment(ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """Read an ISO 8601 time; without an offset it is in the time zone of the study. Raises click.BadParameter."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a moment such as 2020-04-15T09:30") from error
    context: Context = ctx.obj
    return context.calendar.local(at)
