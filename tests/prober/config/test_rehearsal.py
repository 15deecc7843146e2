"""The configuration of a rehearsal: listed hosts, addresses under .test, one folder; anything else is exit code 2."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.config.load import load
from prober.config.rehearsal import is_name, is_place

START = 'world = "rehearsal"\n'
HOSTS = '[rehearsal.hosts]\n"camau.gov.test" = "127.0.0.1:8081"\n"mail.prober.test:25" = "10.0.0.5:25"\n'
SENDER = '[sender]\nname = "A"\naddress = "{}"\n'
SMTP = '[smtp]\nhost = "10.0.0.5"\nport = 25\n'
IMAP = '[imap]\nhost = "{}"\nport = {}\nuser = "a"\n'

BAD = {
    "no hosts": (START, "[rehearsal.hosts] is missing"),
    "a real name": (START + '[rehearsal.hosts]\n"camau.gov.vn" = "127.0.0.1:80"\n', "a host name under .test"),
    "an address for a name": (START + '[rehearsal.hosts]\n"127.0.0.1" = "127.0.0.1:80"\n', "a host name under .test"),
    "every name": (START + '[rehearsal.hosts]\n"*.test" = "127.0.0.1:80"\n', "a host name under .test"),
    "a public address": (START + '[rehearsal.hosts]\n"a.test" = "93.184.216.34:80"\n', "a loopback or private"),
    "link-local": (START + '[rehearsal.hosts]\n"a.test" = "169.254.169.254:80"\n', "not link-local"),
    "a name for an address": (START + '[rehearsal.hosts]\n"a.test" = "localhost:80"\n', "a loopback or private"),
    "no port": (START + '[rehearsal.hosts]\n"a.test" = "127.0.0.1"\n', "with a port"),
    "a real mail server": (START + '[smtp]\nhost = "mail.example.org"\n' + HOSTS, "[smtp] host and port: must be an"),
    "a port that is not listed": (START + SMTP.replace("25", "587") + HOSTS, "not 10.0.0.5:587"),
    "a mailbox that is not listed": (START + IMAP.format("127.0.0.1", 993) + HOSTS, "[imap] host and port"),
    "a real sender": (START + SENDER.format("a@example.org") + HOSTS, "[sender] address: must be a plain address"),
    "a sender by a route": (START + SENDER.format("a%example.org@prober.test") + HOSTS, "[sender] address"),
    "a real signature": (
        START + '[dkim]\ndomain = "example.org"\nselector = "x"\nkey_file = "k"\n' + HOSTS, "[dkim] domain",
    ),
    "results elsewhere": (START + '[paths]\nresults = "results.db"\n' + HOSTS, "[paths] results: a rehearsal writes"),
    "out by dots": (START + '[paths]\nreport = "var/rehearsal/../report.html"\n' + HOSTS, "[paths] report"),
    "mail elsewhere": (START + '[paths]\nprivate = "/srv/private.db"\n' + HOSTS, "[paths] private"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_what_would_leave_its_bounds_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "prober.toml"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(path), "status"])
    assert (done.exit_code, done.stdout) == (2, "") and done.stderr.startswith(f"prober: {path}: ")
    assert expected in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["prober.toml"]


def test_a_link_leads_out_of_the_folder_as_little(tmp_path: Path) -> None:
    (tmp_path / "var/rehearsal").mkdir(parents=True)
    (tmp_path / "var/rehearsal/away").symlink_to(tmp_path)
    path = tmp_path / "prober.toml"
    path.write_text(START + '[paths]\nresults = "var/rehearsal/away/results.db"\n' + HOSTS, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(path), "status"])
    assert done.exit_code == 2 and "[paths] results" in done.stderr


def test_everything_is_written_to_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "prober.toml"
    path.write_text(START + SENDER.format("a@prober.test") + SMTP + IMAP.format("10.0.0.5", 25) + HOSTS, "utf-8")
    config = load(path)
    own = tmp_path / "var/rehearsal"
    paths = (config.paths.results, config.paths.private, config.paths.evidence, config.paths.report, config.protocols)
    assert all(place.is_relative_to(own) for place in (*paths, config.paths.snapshots))
    assert dict(config.rehearsal.hosts) == {"camau.gov.test": "127.0.0.1:8081", "mail.prober.test:25": "10.0.0.5:25"}
    assert config.crawl.delay == 2.0  # nobody is hurried unless it is said


def test_the_example_in_the_docs_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/rehearsal.md").read_text(encoding="utf-8")
    path = tmp_path / "prober.toml"
    path.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    config = load(path)
    assert config.world == "rehearsal" and config.smtp and config.sender and config.imap


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1:80", "127.8.8.8:1", "10.255.0.1:8080", "172.16.0.1:80", "172.31.255.255:80", "192.168.1.1:65535",
        "[::1]:80", "[fd12:3456::1]:443",
    ],
)  # fmt: skip
def test_a_place_is_loopback_or_private(place: str) -> None:
    assert is_place(place)


@pytest.mark.parametrize(
    "place",
    [
        "8.8.8.8:80", "172.32.0.1:80", "169.254.0.1:80", "[fe80::1]:80", "[fe80::1%eth0]:80", "[fd00:ec2::254]:80",
        "0.0.0.0:80", "[::]:80", "100.64.0.1:80", "192.0.2.1:80", "224.0.0.1:80", "[::ffff:8.8.8.8]:80",
        "[::ffff:127.0.0.1]:80", "[64:ff9b::a00:1]:80", "127.1:80", "0x7f.0.0.1:80", "2130706433:80", "::1:80",
        "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "127.0.0.1:", "127.0.0.1", ":80", "", "localhost:80",
        "127.0.0.1:８０",
    ],
)  # fmt: skip
def test_and_nothing_else(place: str) -> None:
    assert not is_place(place)


@pytest.mark.parametrize(
    "name",
    ["test", ".test", "camau.test.", "CAMAU.test", "camau.latest", "camau.test.vn", "-a.test", "a b.test", "a.test:0",
     "a.test:99999", "a.test:", "u@a.test", "http://a.test", "a.test/x", ""],
)  # fmt: skip
def test_a_name_is_one_host_under_test(name: str) -> None:
    assert is_name("camau.gov.test:8443") and not is_name(name)
