"""Named questions that Datasette answers, with parameters. An empty parameter means: no limit."""

from dataclasses import dataclass

from prober.report.labels import Text


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `sql` reads views wherever it can; `about` says what each parameter wants."""

    name: str
    title: Text
    about: str
    sql: str

    def metadata(self, mark: str) -> dict[str, str | bool]:
        return {
            "title": f"{mark}{self.title.vi} – {self.title.en}",
            "description": self.about,
            "sql": self.sql.strip(),
            "hide_sql": True,
        }


QUERIES = (
    Query(
        "province",
        Text("Mọi bằng chứng về một tỉnh", "All evidence about one province"),
        "province: slug such as ca-mau; empty for all.",
        """
SELECT v.name_vi, v.kind, v.state, v.level, v.reason, v.value, v.snippet, v.page_url, v.fetched_at, v.confidence,
  v.page_sha256, v.warc_path
FROM proof v JOIN agency a ON a.id = v.agency
WHERE :province = '' OR a.province = :province
ORDER BY a.frame, a.province, a.kind DESC, v.kind""",
    ),
    Query(
        "lost_qa",
        Text("Cổng nào mất chuyên mục Hỏi đáp", "Which portals lost their Q&A section"),
        "since_scan: number of the earliest later scan; empty for all.",
        """
SELECT at, name_vi, region, what, cause, "before", "after", from_scan, to_scan
FROM changes
WHERE kind = 'qa' AND cause = 'site' AND (what = 'vanished' OR (what = 'verdict' AND "before" = 'present'))
  AND to_scan >= CAST(:since_scan AS INTEGER)
ORDER BY to_scan DESC, name_vi""",
    ),
    Query(
        "new_addresses",
        Text("Địa chỉ thư mới thấy", "New addresses"),
        "since_scan: number of a scan; addresses first seen in it or later.",
        """
SELECT a.name_vi, f.category, f.value, s.started_at AS first_seen
FROM finding f JOIN agency a ON a.id = f.agency JOIN scan s ON s.id = f.first_scan
WHERE f.kind = 'email' AND f.value != '' AND f.first_scan >= CAST(:since_scan AS INTEGER)
ORDER BY f.first_scan DESC, a.slug, f.value""",
    ),
    Query(
        "answered_after_reminder",
        Text("Ai trả lời sau khi nhắc", "Who answered after the reminder"),
        "campaign: its name; empty for all.",
        """
SELECT campaign, name_vi, region, outcome, first_substantive_hours, first_substantive_working_days
FROM reply_times
WHERE answered_after_reminder = 1 AND (:campaign = '' OR campaign = :campaign)
ORDER BY campaign, first_substantive_hours""",
    ),
    Query(
        "replies_by_region",
        Text("Trả lời theo vùng", "Answers by region"),
        "frame: 2019 or 2025; empty for all.",
        """
SELECT frame, region, SUM(asked) AS asked, SUM(asked AND replied) AS answered,
  ROUND(1.0 * SUM(asked AND replied) / NULLIF(SUM(asked), 0), 3) AS share,
  SUM(asked AND answered = 'unknown') AS unknown
FROM participation
WHERE :frame = '' OR frame = :frame
GROUP BY frame, region ORDER BY frame, share DESC, region""",
    ),
    Query(
        "coverage_by_region",
        Text("Đã xem được bao nhiêu theo vùng", "Coverage by region"),
        "kind: portal or finance; empty for both.",
        """
SELECT frame, kind, region, COUNT(*) AS agencies, SUM(outcome = 'seen') AS seen, SUM(outcome = 'partial') AS partial,
  SUM(outcome = 'unreachable') AS unreachable, SUM(coverage_complete) AS complete, SUM(pages) AS pages
FROM coverage
WHERE :kind = '' OR kind = :kind
GROUP BY frame, kind, region ORDER BY frame, kind, region""",
    ),
    Query(
        "addresses_tried",
        Text("Địa chỉ nào đã thử, dẫn tới đâu", "Addresses tried, and where they led"),
        "agency: such as 2019-ca-mau, empty for all; scan: its number, empty for the latest visit of each.",
        """
SELECT a.name_vi, v.scan, p.url, p.status, p.failure, p.location, v.final_url, v.tls
FROM agency a
CROSS JOIN visit v ON v.agency = a.id
  AND v.scan = COALESCE(NULLIF(CAST(:scan AS INTEGER), 0), (SELECT MAX(scan) FROM visit WHERE agency = a.id))
CROSS JOIN page p ON p.scan = v.scan AND p.agency = v.agency
WHERE p.found_by = 'home' AND (:agency = '' OR a.id = :agency)
ORDER BY a.slug, p.id""",
    ),
    Query(
        "timeline",
        Text("Diễn biến của một yêu cầu", "What happened to one request"),
        "agency: such as 2019-stc-ca-mau; empty for all.",
        """
SELECT a.name_vi, e.at, e.step, e.what, e.detail, p.event, p.rule, p.hours, p.working_days
FROM request_event e JOIN request r ON r.id = e.request JOIN agency a ON a.id = r.agency
LEFT JOIN reply p ON p.id = e.reply
WHERE :agency = '' OR r.agency = :agency
ORDER BY a.slug, e.at, e.id""",
    ),
    Query(
        "find_words",
        Text("Tìm lời trên trang", "Find words on pages"),
        "words: with accents or without; each must occur. Finds agencies, what the newest visits read, units.",
        """
SELECT 'agency' AS found_in, name_vi AS agency, slug AS words, url, frame AS place
FROM agency WHERE rowid IN (SELECT rowid FROM agency_words WHERE agency_words MATCH escape_fts(:words) || ' ""')
UNION ALL
SELECT 'observation', agency_label, snippet, page_url, kind || ' ' || category
FROM latest_observation
WHERE finding IN (
  SELECT rowid FROM latest_observation_words WHERE latest_observation_words MATCH escape_fts(:words) || ' ""')
UNION ALL
SELECT 'page', agency_label, title, url, fetched_at
FROM latest_page
WHERE id IN (SELECT rowid FROM latest_page_words WHERE latest_page_words MATCH escape_fts(:words) || ' ""')
UNION ALL
SELECT 'thread', a.name_vi, t.unit, t.url, t.answered_on
FROM qa_thread t JOIN agency a ON a.id = t.agency
WHERE t.id IN (SELECT rowid FROM qa_thread_words WHERE qa_thread_words MATCH escape_fts(:words) || ' ""')
ORDER BY 1, 2, 3 LIMIT 1000""",
    ),
)
