"""prober.toml: every error names the file, the key and the remedy, all of them at once, with exit code 2."""

import string
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from prober.cli import cli
from prober.config.load import Config, Crawl, Imap, Smtp, load, parse, secret
from prober.config.simulated import embedded
from prober.domain.world import World
from prober.errors import ConfigError

LIVE = 'world = "live"\n[crawl]\nuser_agent = "survey/1 (+https://survey.test/crawler)"\n'
SMTP = '[smtp]\nhost = "mail.survey.test"\n'
IMAP = '[imap]\nhost = "mail.survey.test"\nuser = "us"\n'

TWO = "".join(f'[[imap]]\nhost = "mail.survey.test"\nuser = "{user}"\n' for user in "ab")

# What is in the file → what must be in the message, remedy included.
BAD = {
    "missing key": ("[smtp]\nport = 25\n", ["missing key [smtp] host: Host name."]),
    "two missing keys": ("[sender]\n", ["missing key [sender] name", "missing key [sender] address"]),
    "unknown key": ('wrold = "live"\n', ["unknown key wrold; did you mean world?"]),
    "unknown key in a section": ('[smtp]\nhots = "a"\n', ["unknown key [smtp] hots; did you mean host?"]),
    "unknown section": ("[telegraph]\n", ["unknown key telegraph; known keys: world, study, paths, crawl"]),
    "text for a number": ('[crawl]\ndelay = "2"\n', ["[crawl] delay: must be a number, not '2'"]),
    "fraction for a whole number": ("[crawl]\npages_per_agency = 1.5\n", ["pages_per_agency: must be a whole number"]),
    "yes for true": ('[sandbox]\nsmall = "yes"\n', ["[sandbox] small: must be true or false, not 'yes'"]),
    "true for a number": ("[crawl]\ndelay = true\n", ["[crawl] delay: must be a number, not True"]),
    "number for a path": ("[paths]\nresults = 3\n", ["[paths] results: must be a path (text), not 3"]),
    "text for a list": (IMAP + 'folders = "INBOX"\n', ["[imap] folders: must be a list of texts, not 'INBOX'"]),
    "list of numbers": (IMAP + "folders = [1]\n", ["[imap] folders item 1: must be a text, not 1 (Folders to read."]),
    "value for a section": ('smtp = "mail.survey.test"\n', ["smtp: must be a section, [smtp]"]),
    "unknown world": ('world = "real"\n', ["world: must be one of sandbox, rehearsal, live, not 'real'"]),
    "misspelt tls": (SMTP + 'tls = "startls"\n', ["[smtp] tls: must be one of starttls, implicit, none"]),
    "negative delay": ("[crawl]\ndelay = -1\n", ["[crawl] delay: must be at least 0, not -1"]),
    "no number": ("[crawl]\ndelay = nan\n", ["[crawl] delay: must be at least 0, not nan"]),
    "port out of range": (SMTP + "port = 70000\n", ["[smtp] port: must be 1 to 65535, not 70000"]),
    "exception without a reason": (
        '[tls_exceptions]\n"stc.camau.gov.vn" = " "\n',
        ['[tls_exceptions] "stc.camau.gov.vn": must be the reason why it is not'],
    ),
    "exception for an address": (
        '[tls_exceptions]\n"https://stc.camau.gov.vn/" = "expired"\n',
        [
            '[tls_exceptions] "https://stc.camau.gov.vn/": must be the name of one',
            "without https://, port or path",
        ],
    ),
    "exception for many hosts": (
        '[tls_exceptions]\n"*.gov.vn" = "all"\n',
        ['"*.gov.vn": must be the name of one'],
    ),
    "exception without words": (
        "[tls_exceptions]\nstc.camau.gov.vn = true\n",
        ['[tls_exceptions] "stc.camau.gov.vn": must be a text, not True'],
    ),
    "exceptions in one line": ('tls_exceptions = "all"\n', ["tls_exceptions: must be a section, [tls_exceptions]"]),
    "not TOML": ("world = live\n", ["not valid TOML", "line 1"]),
    "a key twice": ('world = "live"\nworld = "live"\n', ["not valid TOML", "line 2"]),
    "live without contact": ('world = "live"\n', ["[crawl] user_agent is missing", "a real contact URL or address"]),
    "live with a vague contact": (
        'world = "live"\n[crawl]\nuser_agent = "Mozilla/5.0"\n',
        ["[crawl] user_agent names no URL and no address", "add one"],
    ),
    "live and impatient": (LIVE + "delay = 0.2\n", ["[crawl] delay: must be at least 1 second"]),
    "live, SMTP in the clear": (
        LIVE + SMTP + 'tls = "none"\n',
        ['[smtp] tls = "none"', 'use "starttls" or "implicit"'],
    ),
    "live, IMAP in the clear": (LIVE + IMAP + 'tls = "none"\n', ['[imap] tls = "none"', "loopback addresses only"]),
    "the mailbox is named": (
        TWO + "folders = 1\n[[imap]]\nhots = 1\n",
        [
            "[imap 2] folders: must be a list of texts",
            "unknown key [imap 3] hots; did you mean host?",
            "missing key [imap 3] user: User name.",
        ],
    ),
    "mailboxes in one line": (
        'imap = ["a", "b"]\n',
        ["imap item 1: must be a section, [[imap]]", "imap item 2: must be"],
    ),
    "one mailbox twice": (
        TWO.replace("b", "a"),
        ["2 [[imap]] tables read the mailbox of a@mail.survey.test; keep one"],
    ),
    "one name twice": (
        TWO.replace("user", 'name = "x"\nuser'),
        ['2 [[imap]] tables are called "x"; give each a name of its own'],
    ),
    "two keys to one mailbox": (
        IMAP + 'password_env = "PW"\ntoken_file = "t"\n',
        ["[imap] names password_env and token_file; name one of them"],
    ),
    "command in one text": (IMAP + 'token_command = "pass x"\n', ["[imap] token_command: must be a list of texts"]),
    "live, the second IMAP in the clear": (LIVE + TWO + 'tls = "none"\n', ['[imap 2] tls = "none" is allowed for']),
    "live, loopback by its looks": (LIVE + '[smtp]\nhost = "127.evil.test"\ntls = "none"\n', ['[smtp] tls = "none"']),
    "live, sender with a header in it": (
        LIVE + '[sender]\nname = "A"\naddress = "a@survey.test\\nBcc: b@survey.test"\n',
        ["[sender] address: must be one plain mail address"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_clear_message(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = tmp_path / "prober.toml"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(path), "agencies", "list"])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"prober: {path}: ")
    for part in expected:
        assert part in done.stderr
    assert "Traceback" not in done.output
    assert [file.name for file in tmp_path.iterdir()] == ["prober.toml"]  # nothing was made


def test_exceptions_by_host_with_and_without_quotes() -> None:
    text = '[tls_exceptions]\n"a.gov.vn" = "expired 2026-11-01"\nstc.camau.gov.vn = "self-signed, 2026-11-03"\n'
    assert parse(tomllib.loads(text), "prober.toml").tls_exceptions == {
        "a.gov.vn": "expired 2026-11-01", "stc.camau.gov.vn": "self-signed, 2026-11-03",
    }  # fmt: skip


def test_every_problem_is_named_at_once() -> None:
    table = {"world": "real", "bogus": 1, "crawl": {"delay": "2"}, "smtp": {"port": 0}, "sender": {}}
    with pytest.raises(ConfigError) as caught:
        parse(table, "prober.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 7
    assert all(line.startswith("prober.toml: ") for line in lines)


@pytest.mark.parametrize("kind", ["not_found", "folder", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "prober.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "not UTF-8":
        path.write_bytes('world = "Hà Nội"'.encode("cp1258", "replace"))
    with pytest.raises(ConfigError, match=r"prober\.toml: cannot be read"):
        load(path)


def test_no_file_is_the_embedded_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load()
    assert config.simulated
    assert config == embedded(tmp_path)
    assert config.paths.results == tmp_path / "results.db"
    assert (config.sender, config.smtp, config.imap) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "draws"),
    [
        ("", True),
        ("[publish]\npages = false\n", False),
        ("[sandbox]\nsmall = true\n", False),
        (f"{LIVE}[sandbox]\nsmall = true\n", True),
    ],
)
def test_pages_are_drawn_ahead_where_more_than_those_who_try_it_read_them(
    tmp_path: Path, text: str, draws: bool
) -> None:
    (tmp_path / "prober.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "prober.toml")
    assert config.draws_pages is draws
    assert not replace(config, world=World.REHEARSAL).draws_pages


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "survey"
    place.mkdir()
    (place / "prober.toml").write_text(
        LIVE
        + '[paths]\nresults = "out/results.db"\nprivate = "/srv/private.db"\n'
        + SMTP
        + 'password_file = "secret"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    config = load(Path("survey/prober.toml"))
    assert config.paths.results == place / "out/results.db"
    assert config.paths.private == Path("/srv/private.db")
    assert config.smtp and config.smtp.password_file == str(place / "secret")


def test_one_mailbox_or_several(tmp_path: Path) -> None:
    """A single [imap] is a list of one. Programs are found in PATH, or from the folder of the file."""
    (tmp_path / "prober.toml").write_text(
        LIVE + TWO + 'name = "B"\ntoken_command = ["bin/token", "b"]\n[[imap]]\nhost = "x.test"\nuser = "c"\n'
        'token_command = ["cat", "bin/token"]\n[[imap]]\nhost = "y.test"\nuser = "c"\ntoken_file = "t"\nname = "c2"\n',
        encoding="utf-8",
    )
    several = load(tmp_path / "prober.toml").imap
    assert [(imap.label, imap.account) for imap in several] == [
        ("a", "a@mail.survey.test"), ("B", "b@mail.survey.test"), ("c", "c@x.test"), ("c2", "c@y.test"),
    ]  # fmt: skip
    assert [imap.token_command for imap in several[1:3]] == [(str(tmp_path / "bin/token"), "b"), ("cat", "bin/token")]
    assert several[3].token_file == str(tmp_path / "t")
    assert parse(tomllib.loads(IMAP), "x").imap == (Imap(host="mail.survey.test", user="us"),)


def test_whole_numbers_will_do_for_numbers() -> None:
    assert parse({"crawl": {"delay": 3}}, "x").crawl == Crawl(delay=3.0)


def test_the_example_in_the_docs_is_valid() -> None:
    page = Path(__file__).parents[3] / "docs/configuration.md"
    whole, *parts = [part.split("```")[0] for part in page.read_text(encoding="utf-8").split("```toml\n")[1:]]
    config = parse(tomllib.loads(whole), "docs")
    assert not config.simulated
    assert config.sender and config.smtp and len(config.imap) == 1
    several = next(parse(tomllib.loads(part), "docs").imap for part in parts if "[[imap]]" in part)
    assert [imap.label for imap in several] == ["survey", "office"]


SECRETS: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "from the environment": ({"password_env": "PW"}, {"PW": "từ môi trường"}, "từ môi trường"),
    "none": ({}, {}, ""),
    "empty variable": ({"password_env": "PW"}, {"PW": ""}, ""),
}


@pytest.mark.parametrize(("keys", "environ", "expected"), SECRETS.values(), ids=SECRETS)
def test_secret(keys: dict[str, Any], environ: dict[str, str], expected: str) -> None:
    assert secret(Smtp(host="h", **keys), environ) == expected


def test_a_credential_of_the_service_manager_is_a_secret_and_an_empty_one_is_none(tmp_path: Path) -> None:
    (tmp_path / "PW").write_text("mật khẩu\n", encoding="utf-8")
    (tmp_path / "EMPTY").write_text(" ", encoding="utf-8")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert secret(Smtp(host="h", password_env="PW"), environ) == "mật khẩu"
    assert secret(Smtp(host="h", password_env="PW"), {**environ, "PW": "x"}) == "x"
    for name in ("EMPTY", "NONE"):
        with pytest.raises(ConfigError, match=f"environment variable {name} is not set"):
            secret(Smtp(host="h", password_env=name), environ)
    (tmp_path / "PW").write_bytes("mật khẩu".encode("utf-16"))
    with pytest.raises(ConfigError, match="credential .*PW: cannot be read"):
        secret(Smtp(host="h", password_env="PW"), environ)


def test_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("mật khẩu\n", encoding="utf-8")
    (tmp_path / "pw").chmod(0o600)
    assert secret(Imap(host="h", user="u", password_file=str(tmp_path / "pw")), {}) == "mật khẩu"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601], ids=oct)
def test_a_password_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "pw").write_text("x", encoding="utf-8")
    (tmp_path / "pw").chmod(mode)
    with pytest.raises(ConfigError, match=rf"password_file .*pw: others .* \({mode:o}\); run: chmod 600 .*pw$"):
        secret(Imap(host="h", user="u", password_file=str(tmp_path / "pw")), {})
    (tmp_path / "pw").chmod(0o400)
    assert secret(Smtp(host="h", password_file=str(tmp_path / "pw")), {}) == "x"


def test_a_password_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes("mật khẩu".encode("utf-16"))
    (tmp_path / "pw").chmod(0o600)
    with pytest.raises(ConfigError, match="pw: cannot be read: 'utf-8'"):
        secret(Imap(host="h", user="u", password_file=str(tmp_path / "pw")), {})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"password_env": "PROBER_PW"}, "environment variable PROBER_PW is not set"),
        ({"password_file": "/nowhere/pw"}, "password_file /nowhere/pw: cannot be read"),
    ],
    ids=["unset variable", "no such file"],
)
def test_a_missing_secret_is_named(keys: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        secret(Smtp(host="h", **keys), {})


TABLES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(string.ascii_letters, max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["world", "paths", "crawl", "sender", "smtp", "imap", "sandbox", "host", "port", "name", "delay", "tls", "x"]
    ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["world", "crawl", "smtp", "imap", "sender", "paths", "sandbox"]), TABLES))
def test_any_table_is_a_configuration_or_a_configuration_error(table: dict[str, Any]) -> None:
    try:
        config = parse(table, "prober.toml")
    except ConfigError as error:
        assert all(line.startswith("prober.toml: ") for line in str(error).splitlines())
    else:
        assert isinstance(config, Config)
