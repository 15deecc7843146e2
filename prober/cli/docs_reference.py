"""The generated parts of docs/: every configuration key, every command, every column of a registry file.

Called from cog blocks (`make docs` writes, `make lint` checks). What they print depends on the code alone: no path,
date or terminal width of the machine.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click

from prober.campaign.protocol.model import Protocol, written
from prober.cli import cli
from prober.config.load import Config
from prober.domain.registry.import_file import REQUIRED
from prober.store.schema.results_tables import RESULTS_TABLES

WIDTH = 100


def configuration() -> str:
    """docs/configuration.md: one table per section of prober.toml."""
    hints = get_type_hints(Config)
    top = [f for f in dataclasses.fields(Config) if "about" in f.metadata and not _is_of_names(hints[f.name])]
    parts = ["### Top level\n", _keys_table(Config, top)]
    for field in dataclasses.fields(Config):
        section = next((arg for arg in (hints[field.name], *get_args(hints[field.name])) if _is_section(arg)), None)
        if section:
            parts += [f"### [{field.name}]\n", f"{_first_paragraph(section)}\n"]
            parts.append(_keys_table(section, dataclasses.fields(section)))
        elif _is_of_names(hints[field.name]):
            parts += [f"### [{field.name}]\n", f"{field.metadata['about']}\n"]
    return "\n".join(parts)


def protocol() -> str:
    """docs/configuration.md: the keys of a campaign's protocol file."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for field in dataclasses.fields(Protocol):
        name = written(field.name)
        name = name if name == field.name else f"[[{name}]]"
        default = "**needed**" if field.default is dataclasses.MISSING else f"`{_toml(field.default)}`"
        lines.append(f"| `{name}` | {default} | {field.metadata['about']} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """docs/cli.md: the help of every command, in the order of `prober --help`."""
    return "\n".join(
        f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}\n\n```text\n{_help(path, command)}\n```\n"
        for path, command in walk(("prober",), cli)
    )


def agency_columns() -> str:
    """docs/configuration.md: the columns of a file for `prober agencies import`."""
    table = next(table for table in RESULTS_TABLES if table.name == "agency")
    lines = ["| column | needed | meaning |", "|---|---|---|"]
    for column in table.columns:
        if column.name not in ("id", "world"):
            needed = "yes" if column.name in REQUIRED else "or `--frame`" if column.name == "frame" else ""
            about = column.about.replace(", JSON list", ", separated by blanks")
            lines.append(f"| `{column.name}` | {needed} | {about} |")
    return "\n".join(lines) + "\n"


def walk(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, with the words that call each."""
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


def _is_section(candidate: Any) -> bool:
    return dataclasses.is_dataclass(candidate) and isinstance(candidate, type)


def _is_of_names(hint: Any) -> bool:
    return get_origin(hint) is Mapping


def _first_paragraph(section: type) -> str:
    return " ".join((section.__doc__ or "").partition("\n\n")[0].split())


def _keys_table(section: type, fields: Any) -> str:
    hints = get_type_hints(section)
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for field in fields:
        default = "**needed**" if field.default is dataclasses.MISSING else f"`{_toml(field.default)}`"
        lines.append(f"| `{field.name}` | {_type(hints[field.name])} | {default} | {_meaning(field.metadata)} |")
    return "\n".join(lines) + "\n"


def _meaning(metadata: Any) -> str:
    low, high = metadata["span"]
    if low == float("-inf"):
        return str(metadata["about"])
    return f"{metadata['about']} ({f'at least {low}' if high == float('inf') else f'{low} to {high}'})"


def _type(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return "list of texts"
    return {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}[hint]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str | Path) else str(value)
