"""A study of one's own from a list of communes: eight communes, a letter in own words, with real mail servers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rehearsal import Rehearsal, served
from tests.spiders.web import plain_site
from tests.system.post import Post
from tests.system.test_rehearsal import answer, at_work, in_the_morning

pytestmark = pytest.mark.needs("dovecot", "postfix", "root")

COMMUNES = tuple(f"xa-{number}" for number in range(1, 9))
LETTER = """
[letter]
subject = "Đề nghị cung cấp danh mục thủ tục hành chính"
request = '''
Kính gửi: {{ agency.name_vi }}

{{ We }} đề nghị Quý cơ quan cung cấp:
{% for document in documents -%}
{{ loop.index }}. {{ document.name }}
{% endfor %}
Trân trọng cảm ơn.
{{ requester.name }}
'''
reminder = "Kính gửi: {{ agency.name_vi }}. {{ We }} xin nhắc lại yêu cầu trên."

[[document]]
name = "Danh mục thủ tục hành chính năm 2020"
name_en = "List of administrative procedures, 2020"
"""


def address(slug: str) -> str:
    return f"ubnd.{slug}@dientap.gov.test"


@pytest.fixture
def desk(post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    in_the_morning(post, monkeypatch)
    with served(*(plain_site(address(slug)) for slug in COMMUNES)) as servers:
        hosts = {f"{slug}.dientap.gov.test": server.place for slug, server in zip(COMMUNES, servers, strict=True)}
        yield at_work(tmp_path, hosts, post)


def edited(path: Path) -> None:
    """What a person changes in the file that `campaign new --template` wrote."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"first_day = .*", "first_day = 2020-04-14", text[: text.index("[[document]]")]) + LETTER
    for old, new in (
        ('frame = "2019"', 'frame = "xa"'), ('kind = "finance"', 'kind = "commune"'),
        ('title = "', 'title = "Thủ tục hành chính: '),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def test_eight_communes_from_the_list_to_the_publication(post: Post, desk: Rehearsal) -> None:
    done = desk.imported(*(f"xa,{s},commune,Ủy ban nhân dân {s},http://{s}.dientap.gov.test/,,,," for s in COMMUNES))
    assert done.exit_code == 0, done.output
    desk.done("crawl", "--frame", "xa")
    proposed = json.loads(desk.done("agencies", "check", "--frame", "xa", "--json"))["proposals"]
    assert {(row["slug"], row["status"], row["address"]) for row in proposed} == {
        (slug, "new", address(slug)) for slug in COMMUNES
    }
    assert all(row["page_url"] for row in proposed)
    desk.done("agencies", "check", "--frame", "xa", "--accept-all", "--by", "N. V.")
    other = "van.thu.xa-8@dientap.gov.test"
    words = ("agencies", "address", "xa-8", "--set", other, "--by", "N. V.", "--source", "by telephone")
    assert other in desk.done(*words, "--json")
    said = desk.done("campaign", "new", "thu-tuc", "--template", "pobi-2019")
    assert "no agency of frame '2019'" in said
    edited(desk.folder / "var/rehearsal/campaigns/thu-tuc.toml")
    assert "Danh mục thủ tục hành chính năm 2020" in desk.done("campaign", "preview", "thu-tuc")
    desk.done("campaign", "approve", "thu-tuc", "--by", "N. V.", "--name", "thu-tuc")
    desk.done("campaign", "send", "thu-tuc")
    assert desk.rows("SELECT COUNT(*) FROM request WHERE accepted_at IS NOT NULL") == [(8,)]
    for slug in COMMUNES[:2]:
        answer(post, address(slug), "Ủy ban nhân dân xã gửi Quý vị danh mục thủ tục hành chính năm 2020.")
    desk.done("mailbox", "sync")
    assert len(post.delivered(other)) == 1 and not post.delivered(address("xa-8"))
    assert desk.rows("SELECT agency FROM reply JOIN request ON request.id = reply.request ORDER BY agency") == [
        ("xa-xa-1",), ("xa-xa-2",),
    ]  # fmt: skip
    shares = json.loads(desk.done("analysis", "shares", "--frame", "xa", "--json"))
    assert {(row["k"], row["n"]) for row in shares if row["indicator"] == "qa_and_email"} == {(8, 8)}
    desk.done("report")
    page = (desk.folder / "var/rehearsal/report.html").read_text(encoding="utf-8")
    assert "How do 8 communes respond to citizens?" in page and "Department of Finance" not in page
    published = json.loads(desk.done("publish", "--provisional", "--json"))
    gates = {row["name"]: (row["passed"], row["detail"]) for row in published["gates"]}
    assert gates["every unit has its row"] == (True, "xa: 8 of 8")
    assert [name for name, (passed, _) in gates.items() if not passed] == ["read by people"]
    desk.done("nightly", "--frame", "xa")
    assert "campaign thu-tuc" in {row["part"] for row in json.loads(desk.done("status", "--json"))}
