"""63 provinces, then a scan in which things changed, a picture, questions, and hostile words about Cà Mau."""

import shutil
from datetime import timedelta
from pathlib import Path

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.reason import Reason, to_json
from prober.domain.search_protocol import Carried, LookMark, OpenedAddress, Outcome, ProtocolStep, StepRecord
from prober.store import evidence
from prober.store.results import runs
from tests.prober.conftest import SCANNED, Survey

HOSTILE = '</td></script><script>document.title="owned"</script><img src=x onerror=alert(1)>"\'`{{7*7}}\u202etxt.exe'
FORMULA = '=HYPERLINK("https://x.test/?"&A1,"a\r\nb")'
SITE = "https://stc.camau.gov.test"
FORM = (Kind.WEB_FORM,)
SEARCHED = (
    OpenedAddress(ProtocolStep.HOME, f"{SITE}/", Outcome.READ, status=200, count=57),
    OpenedAddress(ProtocolStep.LINKS, f"{SITE}/lien-he", Outcome.MISSING, HOSTILE, FORM, 404, Failure.HTTP_4XX),
    OpenedAddress(
        ProtocolStep.LINKS, f"javascript:{HOSTILE}", Outcome.REDIRECTED, kinds=FORM, location=HOSTILE, status=302
    ),
    OpenedAddress(ProtocolStep.USUAL_PATHS, f"{SITE}/gop-y", Outcome.FAILED, kinds=FORM, failure=Failure.ROBOTS),
    OpenedAddress(ProtocolStep.USUAL_PATHS, f"{SITE}/hoi-dap", Outcome.MISSING, kinds=(Kind.QA,), status=404),
)
STEPS = (
    StepRecord(ProtocolStep.LINKS, Carried.NOT_DONE, (Reason("pages_used_up", pages=60),)),
    StepRecord(ProtocolStep.SITEMAPS, Carried.NOTHING),
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005050102d1a9"
    "3d1d0000000049454e44ae426082"
)


PAUSE = Reason("waited", question="Q1", since="2020-04-16", ended_by="OW", until="2020-04-21")


def write(folder: Path, pobi_db: Path) -> Path:
    """results.db and var/evidence in `folder`."""
    shutil.copy(pobi_db, folder / "results.db")
    survey = Survey(folder / "results.db")
    survey._pages = 10_000
    later = SCANNED + timedelta(days=30)
    with survey.db.atomic():
        second = survey.scan(at=later)
        survey.visit(
            second, "2019-ca-mau", suspect=HOSTILE, failure="blocked", failure_detail=HOSTILE, outcome="partial"
        )
        survey.visit(second, "2019-stc-ca-mau", newest_on="2019-01-01")
        survey.verdict(second, "2019-stc-ca-mau", "web_form", "not_found")
        survey.search(second, "2019-stc-ca-mau", *SEARCHED, steps=STEPS)
        survey.db.table("look_list").insert({
            "visit": survey.visit_of(second, "2019-stc-ca-mau"), "position": 0, "mark": LookMark.SCRIPT_ONLY,
            "url": f"javascript:{HOSTILE}", "words": HOSTILE,
        })  # fmt: skip
        survey.visit(second, "2019-lai-chau", outcome="unreachable", failure="http_5xx")
        survey.verdict(second, "2019-lai-chau", "qa", "not_seen")
        _pictured(survey, folder / "var" / "evidence", second)
        for number in range(12):
            survey.db.table("qa_thread").insert({
                "agency": "2019-ca-mau", "scan": second, "page": 1, "url": "javascript:alert(5)", "key": f"k{number}",
                "asked_on": f"2020-01-{number + 1:02}", "answered": number % 2, "unit": HOSTILE, "topic": "budget",
                "answered_on": f"2020-02-{number + 1:02}" if number % 2 else None,
                "state": ("vanished", "listed", "unreached")[number % 3],
            })  # fmt: skip
        _changed(survey, second)
        request = next(survey.db.query("SELECT id FROM request WHERE agency = '2019-stc-ca-mau'"))["id"]
        reply = survey.reply(request, "A2", 40.0, 2, rule=FORMULA, match_reason=HOSTILE, words=FORMULA)
        survey.db.table("reply_link").insert_all(
            {"reply": reply, "position": number, "url": url, "target": "document", "site": "own"}
            for number, url in enumerate((HOSTILE, "https://stc.camau.gov.test/ns.pdf"), 1)
        )
        for at, what, detail, of in (
            ("2020-04-14T08:30:00+07:00", "accepted", to_json([Reason("server_said", answer=HOSTILE)]), None),
            ("2020-04-16T00:30:00+07:00", "A2", to_json([Reason("text", text=FORMULA)]), reply),
        ):
            survey.db.table("request_event").insert(
                {"request": request, "at": at, "step": "request", "what": what, "detail": detail, "reply": of}
            )
        survey.db.table("deadline").insert({
            "request": request, "rule": "late_lenient", "law": "104/2016/QH13", "article": "30.4",
            "due_on": "2020-05-07", "met": "no", "calendar": HOSTILE, "extended_to": "2020-05-12",
            "paused_working_days": 3,
            "pause_reason": to_json((PAUSE,)),
        })  # fmt: skip
    _night(survey, second)
    survey.db.close()
    return folder


def _night(survey: Survey, scan: int) -> None:
    """The night of the second scan: its crawl is done, its mailbox was not read."""
    run = survey.run("nightly", started_at=(SCANNED + timedelta(days=30)).isoformat())
    for step, status, error in (("crawl 2019", "done", ""), ("mailbox", "failures", HOSTILE)):
        row = runs.begin_step(survey.db, run, run, step, SCANNED + timedelta(days=30))
        why = (Reason("mail_unread", count=error),) if error else ()
        runs.end_step(survey.db, row, status, SCANNED + timedelta(days=30), {"scan": scan}, why)


def _pictured(survey: Survey, root: Path, scan: int) -> None:
    stored = evidence.put(root, PNG, ".png")
    survey.db.table("evidence").insert({
        "sha256": stored.sha256, "kind": "screenshot", "media_type": "image/png", "bytes": stored.bytes,
        "path": stored.path, "created_at": SCANNED.isoformat(),
    })  # fmt: skip
    survey.db.table("evidence").insert({
        "sha256": "e" * 64, "kind": "warc", "media_type": "text/html", "bytes": 1, "path": "../../results.db",
        "warc_offset": 0, "created_at": SCANNED.isoformat(),
    })  # fmt: skip
    survey.db.table("evidence").insert({
        "sha256": "f" * 64, "kind": "screenshot", "media_type": "image/png", "bytes": 1, "path": "../../results.db",
        "created_at": SCANNED.isoformat(),
    })  # fmt: skip
    seen = survey.observe(
        scan, "2019-stc-ca-mau", "qa", "general", "https://stc.camau.gov.test/hoi", level=3, title=HOSTILE,
        snippet=HOSTILE, screenshot=stored.sha256, selector=HOSTILE,
    )  # fmt: skip
    survey.verdict(scan, "2019-stc-ca-mau", "qa", "found", level=3, observation=seen, reason=HOSTILE)


def _changed(survey: Survey, scan: int) -> None:
    for agency, what, cause, before, after in (
        ("2019-ca-mau", "verdict", "site", "found", "not_found"),
        ("2019-bac-ninh", "vanished", "site", HOSTILE, ""),
        ("2019-dong-thap", "verdict", "detector", "not_found", "found"),
        ("2019-ha-noi", "verdict", "reachability", "found", "not_seen"),
        ("2019-thua-thien-hue", "verdict", "second_look", "found", "not_found"),
        ("2019-thua-thien-hue", "vanished", "withdrawn", HOSTILE, ""),
    ):
        survey.db.table("change").insert({
            "agency": agency, "kind": "qa", "from_scan": 1, "to_scan": scan, "what": what, "cause": cause,
            "before": before, "after": after,
        })  # fmt: skip
