"""A results.db with archived pages: plain, of citizens, of persons, hostile, old letters, a PDF, and a search."""

from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from prober.domain.indicator import Kind
from prober.domain.search_protocol import Carried, LookMark, OpenedAddress, Outcome, ProtocolStep, StepRecord
from prober.domain.visit import Exchange, digest
from prober.store import Database, evidence
from prober.store.evidence import WarcFile
from tests.pobi import agencies
from tests.prober.conftest import SCANNED, Survey
from tests.prober.reporting.archive.hostile_pages import RUN
from tests.prober.reporting.changed_site import PNG

SITE = "https://camau.gov.test"
AGENCY = "2019-ca-mau"
OFFICE = "<title>Liên hệ</title><div id=lien-he><p>Thư điện tử: <b>ubnd@camau.gov.test</b></p></div>"
HOSTILE = f'<title>x</title><p>Hỏi đáp</p><script>{RUN}</script><img src=x onerror="{RUN}">'.replace("{to}", SITE)
THREAD = """<title>Đường hỏng</title><h1>Hỏi đáp</h1><div><b>Câu hỏi:</b> Đường thôn 3 hỏng, bao giờ sửa?</div>
<div>Người gửi: Lê Văn Bính - ngày 1/3/2020</div><div><b>Trả lời:</b> Sở Giao thông trả lời: sửa trong quý II.</div>
<div>Ngày trả lời: 5/3/2020</div>"""
MOBILE = "<title>Cán bộ</title><p>Phòng một cửa: 0912 345 678</p>"
# One observation each: name → (kind, snippet, selector, value, content type, body).
PAGES = {
    "office": (
        "email", "Thư điện tử: ubnd@camau.gov.test", "#lien-he > p", "ubnd@camau.gov.test", "text/html", OFFICE.encode()
    ),
    "thread": ("qa", "Đường hỏng", "", f"{SITE}/thread", "text/html", THREAD.encode()),
    "mobile": ("email", "Phòng một cửa", "", f"{SITE}/mobile", "text/html", MOBILE.encode()),
    "hostile": ("qa", "Hỏi đáp", "", f"{SITE}/hostile", "text/html", HOSTILE.encode()),
    "old": (
        "access", "Tiếp cận thông tin", "", f"{SITE}/old", "text/html; charset=windows-1258",
        "<p>Tiê\u0301p câ\u0323n thông tin</p>".encode("cp1258"),
    ),
    "deep": ("qa", "x", "", f"{SITE}/deep", "text/html", b"<div>" * 150_000 + b"x"),
    "long": (
        "qa", "Hộp thư góp ý", "", f"{SITE}/long", "text/html",
        (
            "<p>Tin trong tỉnh</p>" * 300 + "<ul><li>Hộp thư góp ý</ul>" + "<p>Tin trong nước</p>" * 300
            + f"<table><tr>{'<td>Người gửi, ngày gửi, đơn vị trả lời</td>' * 30}</table>"
        ).encode(),
    ),
    "secret": (
        "email", "Email: [email protected]", "#m", "vp@camau.gov.test", "text/html",
        b'<p id=m>Email: <a data-cfemail="3a4c4a">[email&#160;protected]</a></p>',
    ),
}  # fmt: skip


def write(folder: Path) -> dict[str, int]:
    """results.db and var/evidence in `folder`; returns name → observation, and "search" → verdict."""
    survey, root = Survey(folder / "results.db"), folder / "var" / "evidence"
    survey.registry(list(agencies("2019")))
    found: dict[str, int] = {}
    with closing(WarcFile(root, "warc/scan-00001.warc.gz", "prober")) as warc, survey.db.atomic():
        scan = survey.scan()
        survey.visit(scan, AGENCY)
        pdf = ("email", "Thu dien tu: vanthu@camau.gov.test", "", "vanthu@camau.gov.test", "application/pdf", _pdf())
        for name, told in (PAGES | {"pdf": pdf}).items():
            kind, snippet, selector, value, declared, body = told
            sha256 = _archived(survey, warc, f"{SITE}/{name}", declared, body)
            found[name] = survey.observe(
                scan, AGENCY, kind, "general" if kind == "qa" else "agency_role", value, url=f"{SITE}/{name}",
                snippet=snippet, selector=selector, warc=sha256, detail="{}",
            )  # fmt: skip
            survey.db.execute("UPDATE page SET sha256 = ? WHERE url = ?", [sha256, f"{SITE}/{name}"])
            survey.db.execute(
                "UPDATE evidence SET page = (SELECT MAX(id) FROM page) WHERE sha256 = ?", [sha256]
            )  # the page that it was first seen on
        picture = evidence.put(root, PNG, ".png")
        survey.db.table("evidence").insert({
            "sha256": picture.sha256, "kind": "screenshot", "media_type": "image/png", "bytes": picture.bytes,
            "path": picture.path, "created_at": SCANNED.isoformat(),
        })  # fmt: skip
        survey.db.execute("UPDATE observation SET screenshot = ? WHERE id = ?", [picture.sha256, found["office"]])
        for kind, name in (("email", "office"), ("qa", "hostile")):
            survey.verdict(scan, AGENCY, kind, "found", observation=found[name])
        found["search"] = survey.verdict(scan, AGENCY, "access", "not_found")
        survey.search(
            scan, AGENCY, OpenedAddress(ProtocolStep.HOME, f"{SITE}/office", Outcome.READ, status=200, count=57),
            OpenedAddress(
                ProtocolStep.USUAL_PATHS, f"{SITE}/gop-y", Outcome.MISSING, kinds=(Kind.ACCESS,), status=404
            ),
            steps=[StepRecord(ProtocolStep.SITEMAPS, Carried.NOTHING)],
        )  # fmt: skip
        survey.db.table("look_list").insert({
            "visit": survey.visit_of(scan, AGENCY), "position": 0, "mark": LookMark.NAMED_UNREAD, "url": f"{SITE}/cong",
            "words": "Tiếp cận thông tin",
        })  # fmt: skip
        survey.decision(AGENCY, "access", "absent", "not_found")
    survey.db.close()
    return found


def seen_again(folder: Path, db: Database, *names: str) -> None:
    """A later night received the same pages: a second WARC file with revisits of their records."""
    root = folder / "var" / "evidence"
    where = "page = (SELECT id FROM page WHERE url = ?) AND kind = 'warc'"
    with closing(WarcFile(root, "warc/scan-00002.warc.gz", "prober")) as later:
        for name in names:
            url = f"{SITE}/{name}"
            first = db.execute(f"SELECT path, warc_offset FROM evidence WHERE {where}", [url]).fetchone()
            again = Exchange(url, SCANNED + timedelta(days=1), b"GET / HTTP/1.1", b"HTTP/1.1 200 OK", b"x")
            later.append_revisit(again, evidence.kept(root, *first))


def _archived(survey: Survey, warc: WarcFile, url: str, declared: str, body: bytes) -> str:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {declared}".encode()
    at = SCANNED - timedelta(minutes=1)
    offset = warc.append(Exchange(url, at, b"GET / HTTP/1.1\r\nHost: camau.gov.test", head, body))
    sha256 = digest(body)
    survey.db.table("evidence").insert({
        "sha256": sha256, "kind": "warc", "media_type": declared.partition(";")[0], "bytes": len(body),
        "path": warc.path, "warc_offset": offset, "created_at": SCANNED.isoformat(),
    })  # fmt: skip
    return sha256


def _pdf() -> bytes:
    out = BytesIO()
    canvas = Canvas(out, invariant=True)
    for number, line in enumerate(("Danh ba hop thu cong vu", "Thu dien tu: vanthu@camau.gov.test", "Phong Tin hoc")):
        canvas.drawString(72, 700 - 40 * number, line)
    canvas.save()
    return out.getvalue()
