"""List the named queries that Datasette offers, with their parameters.

An empty parameter means: no limit, but where a query needs it.
"""

from dataclasses import dataclass
from html import escape

from prober.domain.indicator import BY_KIND, INDICATORS
from prober.reporting.words.labels import Text
from prober.store.reading.queries import PROVINCIAL


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """One named query. `sql` reads views where it can; `about` says what each parameter expects.

    Without the parameter that it `needs`, if any, it finds nothing.
    """

    name: str
    title: Text
    about: Text
    sql: str
    needs: str = ""

    def metadata(self, mark: str) -> dict[str, str | bool]:
        return {
            "title": f"{mark}{self.title.vi} – {self.title.en}",
            "description_html": f'<p lang="vi">{escape(self.about.vi)}</p><p lang="en">{escape(self.about.en)}</p>',
            "sql": self.sql.strip(),
            "hide_sql": True,
            "needs": self.needs,
        }


# Each figure with the kinds whose verdicts prove it, and whether the sites of departments count too.
_PARTS = ", ".join(
    f"('{figure.name}', '{kind}', {int(BY_KIND[kind].of_departments)})"
    for indicator in INDICATORS
    for figure in indicator.figures
    for kind in figure.kinds
)
_POBI = ", ".join(f"'{kind}'" for kind in BY_KIND)
QUERIES = (
    CannedQuery(
        "province",
        Text("Mọi bằng chứng về một nơi", "All evidence about one place"),
        Text(
            "province: tên ngắn (slug) của nơi hoặc cơ quan; để trống: tất cả.",
            "province: slug of the place or agency; empty for all.",
        ),
        """
SELECT v.name_vi, v.kind, v.state, v.level, v.reason, v.value, v.snippet, v.page_url, v.fetched_at, v.confidence,
  v.page_sha256, v.warc_path, v.agency
FROM proof v JOIN agency a ON a.id = v.agency
WHERE :province = '' OR :province IN (a.province, a.slug)
ORDER BY a.frame, a.province, a.kind DESC, v.kind""",
    ),
    CannedQuery(
        "figure",
        Text("Mọi bằng chứng cho một con số", "All evidence for one figure"),
        Text(
            "indicator: như trong headline, ví dụ qa, email, replied; frame: tên danh sách; để trống: tất cả.",
            "indicator: as in headline, such as qa, email, replied; frame: name of a list; empty for all.",
        ),
        f"""
WITH part(indicator, kind, of_departments) AS (
  VALUES {_PARTS}
  UNION ALL SELECT name, name, 0 FROM indicator WHERE name NOT IN ({_POBI})
)
SELECT p.frame, p.name_vi, p.kind, p.state, p.level, p.reason, p.value, p.snippet AS words, p.page_url AS place,
  p.fetched_at AS at, w.indicator, p.page_sha256 AS sha256, p.warc_path AS archive, p.agency,
  p.observation, CASE WHEN p.state != 'found' THEN p.id END AS searched
FROM part w JOIN proof p ON p.kind = w.kind
WHERE (:indicator = '' OR w.indicator = :indicator) AND (:frame = '' OR p.frame = :frame)
  AND (p.agency_kind = 'portal' OR w.of_departments OR p.frame NOT IN ({PROVINCIAL}))
UNION ALL
SELECT a.frame, a.name_vi, o.category, o.state, NULL, o.detector, o.value, o.snippet, o.page_url, o.fetched_at,
  'regulation', NULL, NULL, a.id, o.id, NULL
FROM agency a CROSS JOIN latest_observation o ON o.agency = a.id
WHERE :indicator IN ('', 'regulation') AND o.kind = 'access' AND o.category = 'regulation'
  AND (a.kind = 'portal' OR a.frame NOT IN ({PROVINCIAL}))
  AND (:frame = '' OR a.frame = :frame)
UNION ALL
SELECT l.frame, t.name_vi, t.outcome,
  CASE WHEN w.indicator = 'human' AND t.first_human_hours IS NOT NULL THEN 'found' ELSE t.answered END, NULL,
  COALESCE(p.rule, 'no message'), p.event, p.words, p.match_reason, COALESCE(p.received_at, t.accepted_at),
  w.indicator, p.message_sha256, NULL, t.agency, NULL, NULL
FROM (SELECT 'replied' AS indicator UNION ALL SELECT 'human') w
CROSS JOIN latest_campaign l JOIN reply_times t ON t.campaign = l.campaign LEFT JOIN reply p ON p.request = t.request
WHERE (:indicator = '' OR w.indicator = :indicator) AND (l.shown OR l.frame NOT IN ({PROVINCIAL}))
  AND (:frame = '' OR l.frame = :frame)
ORDER BY 1, 2, 3, 10""",
    ),
    CannedQuery(
        "lost_qa",
        Text("Trang nào mất chuyên mục Hỏi đáp trong tháng", "Which sites lost their Q&A section in a month"),
        Text(
            "month: như 2020-04, tháng của lần quét sau; để trống: tất cả.",
            "month: such as 2020-04, that of the later scan; empty for all.",
        ),
        """
SELECT at, name_vi, region, what, cause, "before", "after", from_scan, to_scan, agency
FROM changes
WHERE kind = 'qa' AND cause = 'site' AND (what = 'vanished' OR (what = 'verdict' AND "before" = 'found'))
  AND (:month = '' OR substr(at, 1, 7) = :month)
ORDER BY to_scan DESC, name_vi""",
    ),
    CannedQuery(
        "new_addresses",
        Text("Địa chỉ thư mới thấy từ một lần chạy", "New addresses since a run"),
        Text(
            "since_run: số của một lần chạy (bảng run); địa chỉ thấy lần đầu kể từ đó; để trống: tất cả.",
            "since_run: number of a run (table run); addresses first seen by scans since it began; empty for all.",
        ),
        """
SELECT a.name_vi, f.category, f.value, s.started_at AS first_seen, f.agency
FROM scan s JOIN finding f ON f.first_scan = s.id JOIN agency a ON a.id = f.agency
WHERE f.kind = 'email' AND f.value != ''
  AND s.started_at >= COALESCE((SELECT started_at FROM run WHERE id = CAST(:since_run AS INTEGER)), '')
ORDER BY f.first_scan DESC, a.slug, f.value""",
    ),
    CannedQuery(
        "answered_after_reminder",
        Text("Ai trả lời sau khi nhắc", "Who answered after the reminder"),
        Text(
            "campaign: tên đợt gửi; để trống: tất cả.",
            "campaign: its name; empty for all.",
        ),
        """
SELECT campaign, name_vi, region, outcome, first_substantive_hours, first_substantive_working_days, agency
FROM reply_times
WHERE answered_after_reminder = 1 AND (:campaign = '' OR campaign = :campaign)
ORDER BY campaign, first_substantive_hours""",
    ),
    CannedQuery(
        "replies_by_region",
        Text("Trả lời theo vùng", "Answers by region"),
        Text(
            "frame: tên danh sách; để trống: tất cả.",
            "frame: name of a list; empty for all.",
        ),
        """
SELECT frame, region, SUM(asked) AS asked, SUM(asked AND replied) AS answered,
  ROUND(1.0 * SUM(asked AND replied) / NULLIF(SUM(asked), 0), 3) AS share,
  SUM(asked AND answered = 'not_seen') AS not_seen
FROM participation
WHERE :frame = '' OR frame = :frame
GROUP BY frame, region ORDER BY frame, share DESC, region""",
    ),
    CannedQuery(
        "not_seen_by_region",
        Text("Trang xem được và chưa xem được, theo vùng", "Sites seen and not seen, by region"),
        Text(
            "kind: loại cơ quan; để trống: tất cả.",
            "kind: kind of the agencies; empty for all.",
        ),
        """
SELECT frame, kind, region, COUNT(*) AS agencies, SUM(outcome = 'seen') AS seen, SUM(outcome = 'partial') AS partial,
  SUM(outcome = 'unreachable') AS unreachable, SUM(not_seen = '') AS complete, SUM(pages) AS pages
FROM not_seen
WHERE :kind = '' OR kind = :kind
GROUP BY frame, kind, region ORDER BY frame, kind, region""",
    ),
    CannedQuery(
        "addresses_tried",
        Text("Địa chỉ nào đã thử, dẫn tới đâu", "Addresses tried, and where they led"),
        Text(
            "agency: mã (id) của cơ quan; scan: số của lần quét; để trống: tất cả.",
            "agency: its id; scan: its number; empty for all.",
        ),
        """
SELECT a.name_vi, v.scan, p.url, p.status, p.failure, p.location, v.final_url, v.tls, v.agency
FROM agency a
CROSS JOIN visit v INDEXED BY ix_visit_agency_scan ON v.agency = a.id
  AND (:scan = '' OR v.scan = CAST(:scan AS INTEGER))
CROSS JOIN page p ON p.id IN (
    SELECT id FROM page WHERE agency = v.agency AND last_visit >= v.id AND visit <= v.id AND found_by = 'home'
  )
WHERE (:agency = '' OR a.id = :agency)
ORDER BY a.slug, v.scan DESC, p.id""",
    ),
    CannedQuery(
        "timeline",
        Text("Diễn biến của một yêu cầu", "What happened to one request"),
        Text(
            "agency: mã (id) của cơ quan; để trống: tất cả.",
            "agency: its id; empty for all.",
        ),
        """
SELECT a.name_vi, e.at, e.step, e.what, e.detail, p.event, p.rule, p.hours, p.working_days, r.agency
FROM request_event e JOIN request r ON r.id = e.request JOIN agency a ON a.id = r.agency
LEFT JOIN reply p ON p.id = e.reply
WHERE :agency = '' OR r.agency = :agency
ORDER BY a.slug, e.at, e.id""",
    ),
    CannedQuery(
        "find_words",
        Text("Tìm lời trên trang", "Find words on pages"),
        Text(
            "words: có dấu hay không, phải có đủ các từ. Tìm tên cơ quan, lời trên trang lần mới nhất, đơn vị trả lời.",
            "words: with accents or without; each must occur. Finds agencies, what the newest visits read, units.",
        ),
        """
SELECT 'agency' AS found_in, name_vi, slug AS words, url, frame AS place, id AS agency
FROM agency
WHERE rowid IN (
  SELECT rowid FROM agency_words WHERE agency_words MATCH escape_fts(:words) || ' ""')
UNION ALL
SELECT 'observation', agency_label, snippet, page_url, kind || ' ' || category, agency
FROM latest_observation
WHERE finding IN (
  SELECT rowid FROM latest_observation_words WHERE latest_observation_words MATCH escape_fts(:words) || ' ""')
UNION ALL
SELECT 'page', agency_label, title, url, fetched_at, agency
FROM latest_page
WHERE id IN (
  SELECT rowid FROM latest_page_words WHERE latest_page_words MATCH escape_fts(:words) || ' ""')
UNION ALL
SELECT 'thread', a.name_vi, t.unit, t.url, t.answered_on, t.agency
FROM qa_thread t JOIN agency a ON a.id = t.agency
WHERE t.id IN (
  SELECT rowid FROM qa_thread_words WHERE qa_thread_words MATCH escape_fts(:words) || ' ""')
ORDER BY 1, 2, 3""",
        needs="words",
    ),
)
