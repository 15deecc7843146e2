"""Generate parts of docs/: every configuration key, every command, every column of a registry file.

Called from cog blocks (`make docs` writes, `make lint` checks). The output depends on the code alone: no path, date or
terminal width of the machine.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

import click
from pydantic.fields import FieldInfo

from prober.cli import cli
from prober.config.load import Config
from prober.domain.registry.import_file import NAMES, REQUIRED
from prober.domain.world import World
from prober.logs import FIELDS
from prober.services.agencies import columns
from prober.services.campaign.drafts import keys
from prober.validation import declared, is_of_names, section_of, span

WIDTH = 100


def configuration() -> str:
    """Return the part of docs/configuration.md on prober.toml: one table per section."""
    every = declared(Config)
    top = {name: spec for name, spec in every.items() if section_of(spec) is None and not is_of_names(spec)}
    parts = ["### Top level\n", _keys_table(top)]
    for name, spec in every.items():
        if section := section_of(spec):
            keys = declared(section)
            tables = {key: inner for key, inner in keys.items() if is_of_names(inner)}
            plain = {key: inner for key, inner in keys.items() if key not in tables}
            parts += [f"### [{name}]\n", f"{_first_paragraph(section)}\n", _keys_table(plain)]
            for key, inner in tables.items():
                parts += [f"### [{name}.{key}]\n", f"{inner.description}\n"]
        elif is_of_names(spec):
            parts += [f"### [{name}]\n", f"{spec.description}\n"]
    return "\n".join(parts)


def protocol() -> str:
    """Return the part of docs/configuration.md on the keys of a campaign's protocol file."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for name, spec in keys().items():
        shown = f"[[{name}]]" if spec.alias else name
        lines.append(f"| `{shown}` | {_default(spec)} | {spec.description} |")
    return "\n".join(lines) + "\n"


def log_fields() -> str:
    """Return the part of docs/logs.md on the fields of a line."""
    return "\n".join(["| field | meaning |", "|---|---|", *(f"| `{name}` | {says} |" for name, says in FIELDS.items())])


def commands() -> str:
    """Return docs/cli.md: the help of every command, in the order of `prober --help`."""
    return "\n".join(
        f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}\n\n```text\n{_help(path, command)}\n```\n"
        for path, command in walk(("prober",), cli)
    )


def agency_columns() -> str:
    """Return the part of docs/configuration.md on the columns of a file for `prober agencies import`."""
    lines = ["| column | needed | meaning |", "|---|---|---|"]
    for name, about in columns():
        needed = "yes" if name in REQUIRED else "or `--frame`" if name == "frame" else ""
        if name == NAMES[1]:
            lines.append("| `name` | or one below | Name in the language of the list, where it has one. |")
        lines.append(f"| `{name}` | {needed} | {about.replace(', JSON list', ', separated by blanks')} |")
    return "\n".join(lines) + "\n"


def walk(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and all below it, with the words that call each."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from walk((*path, name), below)


def _help(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(
        command,
        info_name=" ".join(path),
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def _first_paragraph(section: type) -> str:
    return " ".join((section.__doc__ or "").partition("\n\n")[0].split())


def _keys_table(keys: Mapping[str, FieldInfo]) -> str:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, spec in keys.items():
        meaning = f"{spec.description} ({span(spec)})" if span(spec) else spec.description
        lines.append(f"| `{name}` | {_type(spec.annotation)} | {_default(spec)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(spec: FieldInfo) -> str:
    return "**needed**" if spec.is_required() else f"`{_toml(spec.default)}`"


def _type(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return "list of texts"
    return {str: "text", World: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}[hint]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str | Path) else str(value)
