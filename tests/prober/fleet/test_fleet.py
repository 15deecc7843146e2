"""A fleet is used only where one is configured and its libraries are there; everybody else never loads them."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober import fleet
from prober.cli import cli
from prober.config.load import parse
from prober.errors import ConfigError, UsageError

SECTION = {"redis": "redis://127.0.0.1:6379/0", "store": "/srv/fleet"}


def test_without_a_section_the_message_names_what_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"\[fleet\] redis and store is missing; docs/fleet.md"):
        fleet.required(parse({}, "t").fleet)
    with pytest.raises(ConfigError, match=r"\[fleet\] store is missing"):
        fleet.required(parse({"fleet": {"redis": SECTION["redis"]}}, "t").fleet)
    fleet.required(parse({"fleet": SECTION}, "t").fleet)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "NEEDED", ("no_such_library", "redis"))
    with pytest.raises(UsageError, match=r"needs no_such_library: pip install '[a-z-]+\[fleet\]'"):
        fleet.required(parse({"fleet": SECTION}, "t").fleet)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("redis", "10.0.0.5:6379", "redis://HOST:PORT/NUMBER, without a password"),
        ("redis", "redis://:secret@10.0.0.5/0", "redis://HOST:PORT/NUMBER, without a password"),
        ("browser", "chrome", "ws://HOST:PORT/ of a Playwright server"),
        ("groups", 500, "1 to 200"),
    ],
)
def test_a_faulty_section_is_refused_with_the_remedy(key: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        parse({"fleet": SECTION | {key: value}}, "t")
    assert f"[fleet] {key}" in str(told.value) and said in str(told.value)


def test_nothing_of_a_fleet_is_loaded_by_other_commands() -> None:
    """But fsspec, which warcio loads wherever it is installed."""
    code = (
        "import sys, prober.cli, prober.services.crawl, prober.services.nightly, prober.services.demo, spiders.crawl\n"
        "print([name for name in ('dramatiq', 'redis', 's3fs', 'botocore') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("words", [("worker",), ("status",), ("status", "--json")])
def test_a_command_without_a_fleet_or_without_its_redis_ends_with_the_remedy(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    config = tmp_path / "prober.toml"
    for text, said in (
        ("", "names no fleet: [fleet] redis and store is missing"),
        ('[fleet]\nredis = "redis://127.0.0.1:1/0"\nstore = "s"\n', "redis://127.0.0.1:1/0 cannot be used"),
        ('[fleet]\nredis = "redis://127.0.0.1:1/x"\nstore = "s"\n', "must be the number of a database"),
    ):
        config.write_text(text, encoding="utf-8")
        done = CliRunner().invoke(cli, ["--config", str(config), "fleet", *words])
        assert done.exit_code == 2 and said in done.stderr, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["prober.toml"]
