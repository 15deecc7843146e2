"""Declared fields: what a table becomes, and every fault of it with its place, what belongs there and its meaning."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import pytest

from prober.validation import (
    NOT_A_KEY,
    Day,
    Number,
    Truth,
    Whole,
    checked,
    declared,
    faults_of_key,
    key,
    must_be,
    one_of,
    section_of,
    span,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A section."""

    host: Annotated[str, must_be(re.compile("[a-z.]+").fullmatch, "a host")] = key("Host name.")
    port: Whole = key("Port.", 25, ge=1, le=65535)
    folders: tuple[str, ...] = key("Folders to read.", ("INBOX",))


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A whole file."""

    mode: Annotated[str, one_of("", "test", "live")] = key("How it runs", "")
    delay: Number = key("Seconds.", 2.0, ge=0)
    first: Day = key("First day", date(2020, 4, 13))
    loud: Truth = key("Whether it speaks", False)
    main: Server | None = None
    servers: tuple[Server, ...] = key("The others", (), alias="server")
    root: Annotated[str, NOT_A_KEY] = "/"


def test_a_table_becomes_a_value_with_its_defaults() -> None:
    table = {"delay": 3, "main": {"host": "a.test"}, "server": [{"host": "b.test", "folders": ["X", "Y"]}]}
    value, faults = checked(File, table)
    assert faults == []
    assert value == File(
        delay=3.0, main=Server(host="a.test"), servers=(Server(host="b.test", folders=("X", "Y")),)
    )  # fmt: skip
    assert checked(File, {}) == (File(), [])


FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "not_seen": ({"dely": 1}, ["unknown key dely; did you mean delay?"]),
    "unknown, near nothing": (
        {"zzz": 1}, ["unknown key zzz; known keys: mode, delay, first, loud, main, server"],
    ),
    "unknown in a section": ({"main": {"host": "a", "prot": 1}}, ["unknown key [main] prot; did you mean port?"]),
    "a field that is no key": ({"root": "/x"}, ["unknown key root"]),
    "the name of the field": ({"servers": []}, ["unknown key servers; did you mean server?"]),
    "missing": ({"main": {}}, ["missing key [main] host: Host name."]),
    "text for a number": ({"delay": "2"}, ["delay: must be a number, not '2' (Seconds)"]),
    "truth for a number": (
        {"main": {"host": "a", "port": True}}, ["[main] port: must be a whole number, not True (Port)"],
    ),
    "number for truth": ({"loud": 1}, ["loud: must be true or false, not 1 (Whether it speaks)"]),
    "out of range": ({"main": {"host": "a", "port": 0}}, ["[main] port: must be 1 to 65535, not 0 (Port)"]),
    "too little": ({"delay": -1}, ["delay: must be at least 0, not -1 (Seconds)"]),
    "another word": ({"mode": "real"}, ["mode: must be one of test, live or empty, not 'real' (How it runs)"]),
    "another shape": ({"main": {"host": "A b"}}, ["[main] host: must be a host, not 'A b' (Host name)"]),
    "a moment": (
        {"first": datetime(2020, 4, 13, 8)},
        ["first: must be a date such as 2020-04-13, not 2020-04-13 08:00:00 (First day)"],
    ),
    "no list": ({"main": {"host": "a", "folders": "X"}}, ["[main] folders: must be a list of texts, not 'X' (Folders"]),
    "an item": (
        {"main": {"host": "a", "folders": ["X", 1]}}, ["[main] folders item 2: must be a text, not 1 (Folders"],
    ),
    "no section": ({"main": 1}, ["main: must be a section, [main]"]),
    "no tables": ({"server": "a"}, ["server: must be [[server]] tables, not 'a' (The others)"]),
    "an item that is no table": ({"server": [1]}, ["server item 1: must be a section, [[server]] (The others)"]),
    "one of one": ({"server": [{"host": 1}]}, ["[server] host: must be a text, not 1 (Host name)"]),
    "one of two": ({"server": [{"host": "a"}, {"host": 1}]}, ["[server 2] host: must be a text, not 1 (Host name)"]),
    "a long value": ({"delay": "2" * 500}, [f"delay: must be a number, not '{'2' * 79}… (Seconds)"]),
    "all at once": (
        {"mode": "x", "delay": [], "main": {"port": 0}, "zzz": 1},
        ["mode: must", "delay: must", "missing key [main] host", "[main] port: must", "unknown key zzz"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), FAULTS.values(), ids=FAULTS)
def test_every_fault_names_its_place_and_what_belongs_there(table: dict[str, Any], expected: list[str]) -> None:
    value, faults = checked(File, table)
    assert value is None and len(faults) == len(expected)
    assert all(fault.startswith(start) for fault, start in zip(faults, expected, strict=True)), faults


def test_one_key_is_checked_by_itself() -> None:
    assert faults_of_key(File, "delay", 1) == faults_of_key(File, "server", []) == []
    assert faults_of_key(File, "delay", -1) == ["must be at least 0, not -1"]


def test_the_declaration_can_be_read_for_the_documentation() -> None:
    every = declared(File)
    assert list(every) == ["mode", "delay", "first", "loud", "main", "server"]
    assert [section_of(every[name]) for name in ("delay", "main", "server")] == [None, Server, Server]
    assert (every["delay"].description, every["delay"].default, span(every["delay"])) == ("Seconds.", 2.0, "at least 0")
    assert span(declared(Server)["port"]) == "1 to 65535" and span(every["loud"]) == ""
