"""prober study: a folder is written, checked as a whole, listed, and used by a campaign; the same words as for POBI."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from prober.cli import cli

LIVE = """world = "live"
study = "mine"
[crawl]
user_agent = "prober-test (https://prober.test/)"
[sender]
name = "An Institute"
address = "research@institute.test"
"""
ROW = "leeds,council,Leeds City Council,https://leeds.gov.test/,foi@leeds.gov.test,telephone,AB,2020-04-01\n"


def prober(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), *words])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    return tmp_path


def test_a_blank_study_is_good_and_says_what_it_is(folder: Path) -> None:
    assert 'study = "mine"' in prober(folder, "study", "new", "mine", "--blank")
    told = prober(folder, "study", "check")
    assert "# [en.replies]" in (folder / "mine/words.toml").read_text(encoding="utf-8")
    assert "law: FOI; calendar: GB ENG; time zone: Europe/London" in told
    assert "We respectfully ask your office, under the Freedom of Information Act 2000," in told
    assert "is there already" in prober(folder, "study", "new", "mine", code=2)
    assert "up to 40 lower-case" in prober(folder, "study", "new", "../mine", code=2)


def test_the_check_warns_of_sites_that_no_live_crawl_fetches(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--blank")
    rows = ("a,council,A Council,https://www.a.test/", "b,council,B Council,http://b.internal/")
    head = "slug,kind,name,url"
    (folder / "mine/agencies/councils.csv").write_text(
        "\n".join((head, *rows, "c,council,C Council,https://www.c.gov.uk/")) + "\n", encoding="utf-8"
    )
    told = prober(folder, "study", "check")
    for site in ("https://www.a.test/", "http://b.internal/"):
        assert f"{site}: no address on the public web, so no live crawl fetches it" in told
    assert told.count("no address on the public web") == 2
    (folder / "prober.toml").write_text('study = "mine"\n', encoding="utf-8")  # the embedded world
    assert "no address on the public web" not in prober(folder, "study", "check")


def test_a_rehearsal_has_its_own_study_too(folder: Path) -> None:
    text = '[rehearsal.hosts]\n"xa.test" = "127.0.0.1:8101"\n'
    (folder / "prober.toml").write_text(f'world = "rehearsal"\nstudy = "mine"\n{text}', encoding="utf-8")
    prober(folder, "study", "new", "mine", "--blank")
    assert "agencies: 1" in prober(folder, "study", "check")
    assert not (folder / "var").exists()


def test_a_list_of_ones_own_is_the_default(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--blank")
    assert "no agency of frame 'councils' and kind 'hospital'" in prober(folder, "crawl", "--kind", "hospital", code=2)


def test_the_list_shows_what_there_is_also_where_the_one_in_use_is_not(folder: Path) -> None:
    rows = {row["name"]: row for row in json.loads(prober(folder, "study", "list", "--json"))}
    assert rows["mine"] == {"name": "mine", "used": "yes", "title": "cannot be read: prober study check mine"}
    assert rows["foi-en"]["used"] == "" and rows["foi-en"]["agencies"] == 12


def test_a_copy_is_the_study_under_another_name(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--from", "pobi-2019")
    assert "agencies: 194 (2019 126, 2025 68); letters: 4" in prober(folder, "study", "check", "mine")
    assert "# [vi.replies]" in (folder / "mine/words.toml").read_text(encoding="utf-8")
    rows = prober(folder, "study", "list", "--json")
    assert '"name": "mine"' in rows and '"name": "pobi-2019"' in rows
    assert "no study 'atlantis' comes with the prober" in prober(
        folder, "study", "new", "x", "--from", "atlantis", code=2
    )


def test_every_fault_is_told_and_no_command_goes_on(folder: Path) -> None:
    prober(folder, "study", "new", "mine")
    letter = folder / "mine/letters/request.en.txt"
    letter.write_text(letter.read_text(encoding="utf-8").replace("{{ We }}", "{{ Wee }}"), encoding="utf-8")
    (folder / "mine/calendar.toml").write_text("country = 'XX'\n", encoding="utf-8")
    for command in (("study", "check"), ("agencies", "list")):
        told = prober(folder, *command, code=2)
        assert "unknown name 'Wee'; did you mean We?" in told and "no 'XX'" in told


def test_what_only_filling_in_shows_is_told_by_the_check(folder: Path) -> None:
    prober(folder, "study", "new", "mine")
    letter = folder / "mine/letters/reminder.en.txt"
    letter.write_text("Subject: x\n\n{{ agency.telephone }}\n", encoding="utf-8")
    protocol = folder / "mine/protocol.toml"
    protocol.write_text(
        protocol.read_text(encoding="utf-8").replace('regime = "FOI"', 'regime = "EIR"'), encoding="utf-8"
    )
    assert "regime: must be one of FOI, not 'EIR'" in prober(folder, "study", "check", code=2)
    protocol.write_text(protocol.read_text(encoding="utf-8").replace('"EIR"', '"FOI"'), encoding="utf-8")
    assert "no attribute 'telephone'" in prober(folder, "study", "check", code=2)


def test_a_campaign_has_letter_law_deadline_and_files_of_its_study(folder: Path) -> None:
    prober(folder, "study", "new", "mine")
    (folder / "mine/list.pdf").write_bytes(b"%PDF-1.7 what we ask for")
    study = folder / "mine/study.toml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("attachments = []", 'attachments = ["list.pdf"]'), encoding="utf-8"
    )
    (folder / "mine/agencies/councils.csv").write_text(
        "slug,kind,name,url,request_email,request_email_source,request_email_reviewed_by,request_email_reviewed_at\n"
        + ROW,
        encoding="utf-8",
    )
    assert "1 agencies will be asked" in prober(folder, "campaign", "new", "first")
    shown = prober(folder, "campaign", "preview", "first", "--save", str(folder / "letters"))
    assert "Request for information" in shown and "To: Leeds City Council" in shown
    assert (folder / "letters/list.pdf").read_bytes() == b"%PDF-1.7 what we ask for"
    paper = prober(folder, "campaign", "protocol", "first")
    assert "20 working days after receipt" in paper and "Europe/London" in paper and "Regime FOI" in paper
    assert "approved by AB" in prober(folder, "campaign", "approve", "first", "--by", "AB", "--name", "first")


def test_a_protocol_for_which_the_study_has_no_letters_is_written_and_says_what_is_missing(folder: Path) -> None:
    prober(folder, "study", "new", "mine", "--blank")
    told = prober(folder, "campaign", "new", "second", "--template", "pobi-2019")
    assert "is written. Nobody can be asked by it yet" in told and "no letters/request.vi.txt" in told
    assert "no letters/reminder.vi.txt" in told
    assert "the registry has no agency of frame '2019' and kind 'finance'" in told
    assert (folder / "campaigns/second.toml").is_file()
    own = folder / "campaigns/second.toml"
    assert "no letters/request.vi.txt" in prober(folder, "campaign", "new", "third", "--file", str(own), code=2)
    assert not (folder / "campaigns/third.toml").exists()


HOW_TO = Path(__file__).parents[3] / "docs/how-to"
PAGES = ("own-list", "own-letter", "own-words", "another-country")
_BLOCK = re.compile(r"^```(\w+)(?: title=\"([\w./-]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_pages_about_a_study_of_ones_own_are_followed_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their files are written and their commands run, one after the other, in one new folder."""
    monkeypatch.chdir(tmp_path)
    told = {}
    text = "\n".join((HOW_TO / f"{page}.md").read_text(encoding="utf-8") for page in PAGES)
    for kind, title, content in _BLOCK.findall(text):
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(content, encoding="utf-8")
        for line in content.splitlines() if kind == "sh" else ():
            if line.startswith("prober "):
                told[line] = prober(tmp_path, *line.split()[1:])
            else:
                subprocess.run(["sh", "-e", "-c", line], check=True, timeout=20)
    assert "Procedures of Northby Council" in told["prober campaign preview first --save letters"]
    assert (tmp_path / "letters/procedures.csv").read_text(encoding="utf-8") == "procedure,days,fee\n"
    assert "own words: 6" in told["prober study check"]
    assert "law: FOISA; calendar: GB SCT" in told["prober study check"]
    assert "law: FOIA-2000; calendar: GB ENG" in told["prober study check england"]
    assert "contact: not set" not in told["prober study check"]
    assert "contact: not set, so the pages name nobody" in prober(tmp_path, "study", "check", "pobi-2019")
    assert "20 working days after receipt" in told["prober campaign protocol first"]


HOSPITALS = {
    "agencies/hospitals.csv": "slug,kind,name,region,url,request_email,request_email_source,request_email_reviewed_by,"
    "request_email_reviewed_at\n"
    + "".join(
        f"{slug},hospital,{slug.title()} Hospital,West,https://{slug}.test/,foi@{slug}.test,telephone,AB,2026-11-20\n"
        for slug in ("ardglas", "dunbeg", "kilmoyle", "rathowen")
    ),
    "calendar.toml": 'country = "IE"\nextra_off = []\nextra_work = []\n',
    "law.toml": """[counting]
received_on_free_days = false
source = "section 6"
[[regime]]
name = "ARA"
law = "Access to Records Act 2011"
from = 2011-09-01
cited_as = "the Access to Records Act 2011"
[[rule]]
regime = "ARA"
rule = "late_lenient"
article = "6(2)"
value = 28
unit = "calendar days"
confidence = "H"
source = "section 6(2)"
about = "The deadline of the law."
""",
    "indicators.toml": '[waiting_list]\nen = "Waiting list page"\nlinks = ["waiting lists"]\none_of = ["weeks"]\n',
    "letters/request.en.txt": "Subject: Records of {{ agency.name }}\n\nDear {{ agency.name }},\n\nplease send, "
    "{% if law_cited %}under {{ law }}, {% endif %}{{ documents[0].name }}. [YC-{{ token }}]\n",
}
ABROAD = re.compile(r"provinc|budget|pobi|viet|finance|decree|13/2018|council|Sở |tỉnh", re.IGNORECASE)


@pytest.fixture
def hospitals(folder: Path) -> Path:
    """A study of hospitals in a country of its own: what `study new --blank` wrote, and each file edited."""
    prober(folder, "study", "new", "mine", "--blank")
    for path in ("agencies/councils.csv", "letters/reminder.en.txt"):
        (folder / "mine" / path).unlink()
    for path, text in HOSPITALS.items():
        (folder / "mine" / path).write_text(text, encoding="utf-8")
    for name, pairs in {
        "study.toml": (
            ("How responsive councils are to citizens", "How hospitals tell how long patients wait"),
            ('"Europe/London"', '"Europe/Dublin"'), ('["qa", "email", "access"]', '["waiting_list", "email"]'),
            ('name = "councils"', 'name = "hospitals"'), ('title = "Councils"', 'title = "Hospitals"'),
            ('"council"', '"hospital"'), ('many = "councils"', 'many = "hospitals"'),
            ("Register of requests for information received in 2019", "Waiting list of June 2026"),
        ),
        "protocol.toml": (
            ("Requests for information to councils", "Waiting times"), ('frame = "councils"', 'frame = "hospitals"'),
            ('kind = "council"', 'kind = "hospital"'), ('regime = "FOI"', 'regime = "ARA"'),
            ("Register of requests for information received in 2019", "Waiting list of June 2026"),
        ),
    }.items():  # fmt: skip
        text = (folder / "mine" / name).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        (folder / "mine" / name).write_text(text, encoding="utf-8")
    return folder


def test_a_study_abroad_is_told_nothing_of_the_study_that_comes_with_the_prober(hospitals: Path) -> None:
    said = [prober(hospitals, "study", "check"), prober(hospitals, "agencies", "list")]
    said += [prober(hospitals, "campaign", "new", "waits")]
    protocol = hospitals / "campaigns/waits.toml"
    arms = (("law", "cites the law", "true"), ("plain", "in plain words", "false"))
    text = "".join(f'\n[[arm]]\nname = "{name}"\nabout = "{about}"\nlaw_cited = {v}\n' for name, about, v in arms)
    protocol.write_text(protocol.read_text(encoding="utf-8") + text, encoding="utf-8")
    said += [prober(hospitals, "campaign", command, "waits") for command in ("preview", "protocol")]
    approve = ("campaign", "approve", "waits", "--by", "AB", "--name", "waits", "--power-read")
    said += [prober(hospitals, *approve), prober(hospitals, "status"), prober(hospitals, "report")]
    said += [prober(hospitals, "analysis", name) for name in ("participation", "shares")]
    assert "slip" not in said[4] and "28 calendar days after receipt" in said[4]
    page = LexborHTMLParser((hospitals / "report.html").read_text(encoding="utf-8"))
    heads = [node.text().strip() for node in page.css("table.provinces thead th")]
    assert len(heads) == 6 and "Waiting list page" in heads[2] and "Email" in heads[1]
    for node in page.css("style, script"):
        node.decompose()
    said.append(page.body.text(separator="\n") if page.body else "")
    told = "\n".join(said)
    assert "four hospitals" in told or "4 hospitals" in told
    assert [line for line in told.splitlines() if ABROAD.search(line)] == []


def test_the_share_of_answers_to_expect_is_the_study_s_or_the_protocol_s(hospitals: Path) -> None:
    prober(hospitals, "campaign", "new", "waits")
    assert "Which share will answer is not known" in prober(hospitals, "campaign", "protocol", "waits")
    study = hospitals / "mine/study.toml"
    survey = '\n[[reference]]\nname = "Audit of 2024"\nframe = "hospitals"\nof = 40\ncounts = { replied = 22 }\n'
    study.write_text(study.read_text(encoding="utf-8") + survey, encoding="utf-8")
    told = prober(hospitals, "campaign", "protocol", "waits")
    assert "The baseline of 55.0% is that of Audit of 2024: 22 of 40." in told and "12.7" not in told
    protocol = hospitals / "campaigns/waits.toml"
    protocol.write_text("expected_share = 0.2\n" + protocol.read_text(encoding="utf-8"), encoding="utf-8")
    assert "The baseline of 20.0% is that of the protocol." in prober(hospitals, "campaign", "protocol", "waits")
