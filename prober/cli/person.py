"""The person who decides: a name that every decision keeps must name somebody."""

from typing import Any

import click


class Person(click.ParamType):
    """A name or initials, without the spaces around them. An empty one is no one's decision."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        said = " ".join(str(value).split())
        if not said:
            self.fail("name the person who decides", param, ctx)
        return said


PERSON = Person()
