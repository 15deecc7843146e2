"""Datasette over HTTP: `prober serve` in a process of its own, and `datasette results.db` alone."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.world import World
from prober.reporting.datasette.canned_queries import QUERIES
from prober.reporting.datasette.tables import metadata
from prober.reporting.publish.publication import GateFailed, publish
from prober.store import open_private, open_results
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS, View
from tests import forked
from tests.serving import fetch, get, rows, serving

SECRET = "Kính gửi nhóm khảo sát, đây là nội dung riêng của một bức thư"
# As text, as JSON writes text, and as JSON writes bytes.
SECRET_FORMS = (SECRET, json.dumps(SECRET)[1:-1], b64encode(SECRET.encode()).decode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pobi_db: Path) -> Path:
    """results.db in its place, and a private.db with a secret in the place it has in life."""
    folder = tmp_path_factory.mktemp("serve")
    shutil.copy(pobi_db, folder / "results.db")
    private = open_private(folder / "var" / "private.db")
    private.table("message").insert(
        {
            "sha256": "0" * 64,
            "bytes": 1,
            "received_at": "2020-04-15T10:00:00+07:00",
            "stored_at": "2020-04-15T10:00:00+07:00",
        }  # fmt: skip
    )
    private.table("message_raw").insert({"message": "0" * 64, "raw": SECRET.encode()})
    private.close()
    return folder


@pytest.fixture(scope="module")
def base(folder: Path) -> Iterator[str]:
    with serving(folder) as (url, _):
        yield url


OURS = (
    "/",
    *(f"/survey/2019/{name}" for name in ("headline", "map", "replies", "not-seen", "changes", "place/ca-mau")),
)
PAGES = (*OURS, "/results", "/results/participation", "/results/headline", "/results/agency/2019-ca-mau", "/nowhere")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_simulated(base: str, path: str) -> None:
    status, text = get(base + path)
    assert status == (404 if path == "/nowhere" else 200)
    assert 'class="banner"' in text and "Dữ liệu mô phỏng" in text
    assert "http://" not in text.replace(base, "").replace("http://www.w3.org/", "")


@pytest.mark.parametrize("name", [table.name for table in RESULTS_TABLES] + [view.name for view in VIEWS])
def test_every_table_and_view_opens(base: str, name: str) -> None:
    status, text = get(f"{base}/results/{name}")
    assert status == 200
    assert f"[Mô phỏng] {name}" in text
    assert "column-descriptions" in text


def test_columns_are_explained_in_the_readers_language(base: str) -> None:
    for name in ("participation", "request"):
        shown = {}
        for language in ("vi", "en"):
            _, text = get(f"{base}/results/{name}?lang={language}")
            shown[language] = text.partition('class="column-descriptions"')[2].partition("</dl>")[0]
            heads = {unescape(title) for title in re.findall('data-column="[^"]*" title="(.*?)"', text)}
            assert len(heads) > 5 and heads <= {unescape(dd) for dd in re.findall("<dd>(.*?)</dd>", shown[language])}
        assert 'lang="en"' not in shown["vi"] and shown["vi"].count("<dd>") == shown["en"].count("<dd>") > 20
        meanings = {language: set(re.findall("<dd>(.*?)</dd>", part)) for language, part in shown.items()}
        assert not meanings["vi"] & meanings["en"]


# Words of Datasette's own, none of which a reader of Vietnamese should meet.
ENGLISH = (
    "home", "Search:", "- column -", "contains", "Sort by", "descending", "Apply", "View and edit SQL", "This data as",
    "Advanced export", "JSON shape", "Export CSV", "Next page", "Data license", "Data source", "Powered by",
    "Queries took", "Query parameters", "Run SQL", "Edit SQL", "Custom SQL query", "Tables", "Views", "Queries",
    "Links from other tables", "rows",
)  # fmt: skip
DATASETTES = ("", "/agency", "/participation?has_qa=present", "/figure?indicator=qa&frame=2019", "/agency/2019-ca-mau")


@pytest.mark.parametrize("path", DATASETTES)
def test_datasettes_pages_speak_one_language(base: str, path: str) -> None:
    pages = {}
    for language in ("vi", "en"):
        page = LexborHTMLParser(get(f"{base}/results{path}", f"lang={language}")[1])
        assert page.css_first("html").attributes["lang"] == language
        shown = {node.text(deep=False).strip() for node in page.css("body *:not(dd, code, td, script, style, pre)")}
        shown |= {str(node.attributes.get("value")) for node in page.css("input[type=submit]")}
        pages[language] = "\n".join(sorted(shown))
    met = {word for word in ENGLISH if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", pages["vi"])}
    assert met == set()
    assert "Chạy bằng" in pages["vi"] and "Powered by" in pages["en"] and "Chạy bằng" not in pages["en"]


def test_titles_rows_and_ways_to_compare_are_in_the_language_of_the_reader(base: str) -> None:
    vi, en = (get(f"{base}/results/participation?has_qa=present", f"lang={language}")[1] for language in ("vi", "en"))
    assert "[Mô phỏng] participation: Từng nơi, từng cơ quan</h1>" in vi
    assert "[Simulated] participation: Place by place</h1>" in en
    assert re.search(r"<h3 [^>]*>\d+ dòng", vi) and re.search(r"<h3 [^>]*>\d+ rows", en)
    assert '<option value="contains">có chứa</option>' in vi and '<option value="contains">contains</option>' in en
    assert '<span class="underlined">Xem và sửa câu lệnh SQL</span>' in vi and "View and edit SQL" in en


# Questions that must be given something, and those about what never happened in this survey.
EMPTY = ("lost_qa", "timeline", "addresses_tried")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_named_query_runs_without_parameters(base: str, query: Any) -> None:
    names = ("province", "indicator", "month", "since_run", "campaign", "frame", "kind", "agency", "scan", "words")
    parameters = urlencode({name: "" for name in names if f":{name}" in query.sql})
    found = rows(base, f"/results/{query.name}.json?_shape=array&{parameters}")
    assert bool(found) == (query.name not in EMPTY and not query.needs), found[:1]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/results/province.json?_shape=array&province=ca-mau", 5),
        ("/results/answered_after_reminder.json?_shape=array&campaign=pobi-2019", 2),
        ("/results/replies_by_region.json?_shape=array&frame=2019", 6),
        ("/results/new_addresses.json?_shape=array&since_run=1", 61),
        ("/results/new_addresses.json?_shape=array&since_run=", 61),
        (f"/results/find_words.json?_shape=array&words={quote('Công dân hỏi')}", 61),
        ("/results/find_words.json?_shape=array&words=cong+dan+hoi", 61),
        ("/results/find_words.json?_shape=array&words=dong+nai", 4),
        (f"/results/find_words.json?_shape=array&words={quote('Đồng Nai')}", 4),
        (f"/results/find_words.json?_shape=array&words={quote(chr(34) + 'NEAR( * ) OR')}", 0),
        ("/results/agency.json?_shape=array&_search=dong+nai", 4),
        ("/results/latest_page.json?_shape=array&_size=max&_search=dap", 128),
        (f"/results/latest_page.json?_shape=array&_size=max&_search={quote('Hỏi ĐÁP')}", 128),
    ],
)
def test_named_queries_answer(base: str, path: str, count: int) -> None:
    assert len(rows(base, path)) == count


def test_the_named_query_and_the_headline_agree(base: str) -> None:
    regions = rows(base, "/results/replies_by_region.json?_shape=array&frame=2019")
    (headline,) = rows(base, "/results/headline.json?_shape=array&indicator=replied")
    assert (sum(r["answered"] for r in regions), sum(r["asked"] for r in regions)) == (headline["k"], headline["n"])


@pytest.mark.parametrize("view", [view for view in VIEWS if view.facets], ids=lambda view: view.name)
def test_a_facet_leads_to_as_many_rows_as_it_counts(base: str, view: View) -> None:
    """Also by a flag that the view computes: the address holds a text, and "1" must be 1."""
    facets = json.loads(get(f"{base}/results/{view.name}.json?_size=1")[1])["facet_results"]
    assert set(facets) == set(view.facets)
    for name, facet in facets.items():
        for value in facet["results"]:
            found = json.loads(get(value["toggle_url"])[1])["filtered_table_rows_count"]
            assert found == value["count"], (name, value["value"])


@pytest.mark.parametrize(
    ("view", "column"),
    [("participation", name) for name in ("qa_level", "asked", "replied", "stale", "unread", "human_unread")]
    + [("reply_times", name) for name in ("censored", "answered_after_reminder", "unread", "human_unread")],
)
def test_rows_can_be_chosen_by_a_flag(base: str, view: str, column: str) -> None:
    whole = rows(base, f"/results/{view}.json?_shape=array&_size=max")
    for value in {row[column] for row in whole}:
        found = rows(base, f"/results/{view}.json?_shape=array&_size=max&{column}={value}")
        assert len(found) == sum(row[column] == value for row in whole) > 0


def test_foreign_keys_carry_labels(base: str) -> None:
    found = rows(base, "/results/request.json?_shape=array&_labels=on&agency=2019-stc-ca-mau")
    assert found[0]["agency"] == {"value": "2019-stc-ca-mau", "label": "Sở Tài chính tỉnh Cà Mau"}
    assert found[0]["campaign"]["label"] == "POBI 2019"


ATTEMPTS = (
    "select * from message",
    "select raw from private.message",
    "select * from outbox",
    "attach database 'var/private.db' as p",
    "attach 'var/private.db' as p; select * from p.message",
    "select 1; attach 'var/private.db' as p",
    "/* select */ attach 'file:var/private.db?mode=ro' as p",
    "-- select\nattach 'var/private.db' as p",
    "with p as (select 1) attach 'var/private.db' as p",
    "select * from 'var/private.db'.message",
    'select * from "file:var/private.db?mode=ro".message',
    "select * from [../var/private].message",
    "select * from main.'../var/private.db'",
    "select * from temp.message",
    "with x as (select 1) select readfile('var/private.db')",
    "select * from fsdir('var')",
    "select edit('x', 'cat var/private.db')",
    "select load_extension('x')",
    "select fts3_tokenizer('simple', x'00')",
    "create virtual table temp.x using csv(filename='var/private.db')",
    "pragma database_list",
    "select file from pragma_database_list",
    "select file from Pragma_Database_List()",
    'select file from "pragma_database_list"',
    "explain select * from [PRAGMA_database_list]",
    "pragma temp_store_directory = 'var'",
    "pragma writable_schema = 1",
    "vacuum into 'copy.db'",
    "vacuum main into 'file:copy.db'",
    "insert into run select * from run",
    "update run set command = 'x'",
    "delete from run",
    "drop view headline",
    "select * from message union select writefile('x', 'y')",
    "explain select * from private.message",
    "explain attach 'var/private.db' as p",
    "select * from pragma_table_info('message', 'private') where private.message = 1",
    "detach main",
)


@pytest.mark.parametrize("sql", ATTEMPTS)
def test_raw_sql_never_reaches_the_private_database(base: str, folder: Path, sql: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    status, text = get(f"{base}/results.json?{urlencode({'sql': sql})}")
    assert status == 400, text
    assert not any(form in text for form in SECRET_FORMS)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    "address",
    [
        "/results/agency.json?_where=1%3D1+union+select+raw+from+private.message",
        "/results/agency.json?_where=id+in+(select+raw+from+message)",
        "/results/agency.json?_sort=(select+raw+from+message)",
        "/results/agency.json?_facet=raw",
        "/results/agency.json?_through={%22table%22:%22message%22,%22column%22:%22raw%22,%22value%22:%22x%22}",
        "/results/agency.json?_fts_table=message&_search=nhom",
        "/results/province.json?sql=select+*+from+private.message&province=",
        "/results/figure.json?_shape=array&indicator=x')+union+select+raw+from+private.message--&frame=",
        "/results.csv?sql=select+raw+from+private.message",
        "/private.json?sql=select+*+from+message",
        "/_memory.json?sql=attach+'var/private.db'+as+p",
    ],
)
def test_no_parameter_reaches_the_private_database(base: str, address: str) -> None:
    """Refused, or answered as if nothing had been said: parameters of named queries are values, never SQL."""
    _, text = get(base + address)
    assert not any(form in text for form in SECRET_FORMS)


@pytest.mark.parametrize(
    "path",
    [
        "/private", "/private/message", "/var/private.db", "/results.db", "/private.db", "/prober/../var/private.db",
        "/prober/..%2fvar%2fprivate.db", "/-/static/..%2f..%2fvar%2fprivate.db", "/survey/picture/..%2f..%2fprivate.db",
        "/results/..%2f..%2fvar%2fprivate.db", "/~2E~2E/var/private.db",
    ],
)  # fmt: skip
def test_no_address_leads_to_a_file(base: str, path: str) -> None:
    status, text = get(base + path)
    assert status in (403, 404)
    assert SECRET not in text


def test_only_one_database_is_open(base: str) -> None:
    names = {database["name"] for database in rows(base, "/-/databases.json")}
    assert names == {"results"}


@pytest.mark.parametrize("end", ["", ".json"])
@pytest.mark.parametrize(
    "address",
    [
        "/-/databases", "/-/threads", "/-/metadata", "/-/settings", "/-/versions", "/-/plugins", "/_internal",
        "/results/agency?_where=id in (select file from pragma_database_list)",
        "/results/agency?_where=1=0 union select *, 1 from pragma_database_list --",
        "/results/agency?_facet=id&_where=exists (select 1 from main.PRAGMA_DATABASE_LIST where file glob '/*')",
        "/results/pragma_database_list", "/results/pragma_database_list()",
    ],
)  # fmt: skip
def test_no_answer_names_a_path(base: str, folder: Path, address: str, end: str) -> None:
    path, _, asked = address.partition("?")
    status, text = get(f"{base}{path}{end}" + (f"?{quote(asked, safe='=&')}" if asked else ""))
    assert status in ((200,) if path.startswith("/-/") else (400, 403, 404)), text
    for part in (str(folder), str(Path.cwd()), sys.prefix):
        assert part not in text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/", "/results", "/results/agency", "/results/agency.json", "/results/figure", "/-/messages"]
)
def test_nothing_can_be_submitted(base: str, method: str, path: str) -> None:
    with closing(HTTPConnection(urlsplit(base).netloc, timeout=60)) as connection:
        connection.request(method, path, body="id=1" if method == "POST" else None)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert answer.headers["content-security-policy"]


def test_what_is_written_while_it_serves_is_seen(tmp_path: Path, survey: Any) -> None:
    """The trap of immutable mode: it does not see the write-ahead log."""
    survey.run("first")
    with serving(tmp_path) as (url, _):
        assert len(rows(url, "/results/run.json?_shape=array")) == 1
        survey.run("second")
        assert len(rows(url, "/results/run.json?_shape=array")) == 2


def test_ctrl_c_stops_it_without_a_word(tmp_path: Path, survey: Any) -> None:
    survey.run()
    with serving(tmp_path) as (_, server):
        assert server.interrupt() == 0
        assert server.errors.read() == ""


def test_a_taken_port_is_one_clear_line(base: str, folder: Path) -> None:
    port = base.rsplit(":", 1)[1]
    result = forked.run("prober", "serve", "--port", port, folder=folder, seconds=60)
    assert result.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr and "Traceback" not in result.stderr


def test_a_published_snapshot_is_served_from_a_read_only_folder(folder: Path, tmp_path: Path) -> None:
    db = open_results(folder / "results.db")
    publish(db, tmp_path / "publish")
    db.close()
    with serving(folder, "--published", str(tmp_path / "publish")) as (url, _):
        (database,) = rows(url, "/-/databases.json")
        assert database["is_mutable"] is False
        assert len(rows(url, "/results/participation.json?_shape=array&_size=max")) == 63
        for path in OURS:
            status, text = get(url + path)
            assert status == 200 and 'href="/survey/everything.zip"' in text, path
        status, kind, data = fetch(f"{url}/survey/everything.zip")
        assert (status, kind) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            names = {table.name for table in (*RESULTS_TABLES, *VIEWS)}
            assert {"results.db", "datapackage.json", *(f"csv/{name}.csv" for name in names)} <= set(pack.namelist())
            assert pack.testzip() is None
        assert 'href="/downloads"' in get(f"{url}/results")[1]
        downloads = LexborHTMLParser(get(f"{url}/downloads")[1])
        assert downloads.css_first("section a[href='/survey/everything.zip']")


def test_the_last_good_snapshot_is_served_with_a_word_about_newer_data(
    survey: Any, filled: Callable[[Any], None], tmp_path: Path
) -> None:
    filled(survey)
    publish(survey.db, tmp_path / "publish")
    survey.db.execute("DELETE FROM reply WHERE id > 9")
    survey.db.conn.commit()
    with pytest.raises(GateFailed):
        publish(survey.db, tmp_path / "publish")
    with serving(tmp_path, "--published", "publish") as (url, server):
        assert "newer data failed a gate, see publish/failed.json" in server.errors.readline()
        assert len(rows(url, "/results/reply.json?_shape=array")) == 18


@pytest.fixture(scope="module")
def alone(folder: Path) -> Iterator[str]:
    """No metadata, no plugin, no help of ours: `datasette results.db`."""
    command = [str(Path(sys.executable).with_name("datasette")), "results.db", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said = next(line for line in server.stderr if "running on" in line)
        yield said.split(" on ")[1].split()[0]
        server.terminate()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/results/headline", "Sở Tài chính trả lời yêu cầu gửi qua thư điện tử"),
        ("/results/participation", "Cà Mau"),
        ("/results/proof", "Cổng thông tin điện tử tỉnh Cà Mau"),
        ("/results/request/1", "accepted"),
    ],
)
def test_datasette_alone_reads_well(alone: str, path: str, words: str) -> None:
    status, text = get(alone + path)
    assert status == 200 and words in text


def test_metadata_comes_from_the_schema() -> None:
    built = metadata.build(World.LIVE)
    tables = built["databases"]["results"]["tables"]
    assert set(tables) == {t.name for t in RESULTS_TABLES} | {v.name for v in VIEWS}
    for table in RESULTS_TABLES:
        assert set(tables[table.name]["columns"]) == {column.name for column in table.columns}
        assert set(tables[table.name].get("facets", ())) <= set(tables[table.name]["columns"])
    for view in VIEWS:
        assert set(tables[view.name].get("facets", ())) <= set(tables[view.name]["columns"]), view.name
        assert set(view.units) <= set(tables[view.name]["columns"]), view.name
    assert "mô phỏng" not in json.dumps(built, ensure_ascii=False).lower()
    assert "mô phỏng" in json.dumps(metadata.build(World.SANDBOX), ensure_ascii=False).lower()
