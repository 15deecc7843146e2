CREATE VIEW latest_verdict AS
SELECT v.*
FROM verdict v
JOIN (SELECT agency, kind, MAX(scan) AS scan FROM verdict GROUP BY agency, kind) l
  ON l.agency = v.agency AND l.kind = v.kind AND l.scan = v.scan;

CREATE VIEW latest_visit AS
SELECT v.*
FROM visit v
JOIN (SELECT agency, MAX(scan) AS scan FROM visit GROUP BY agency) l ON l.agency = v.agency AND l.scan = v.scan;

CREATE VIEW latest_observation AS
SELECT o.id, f.agency, a.name_vi AS agency_label, f.kind, f.category, f.value, o.state, o.level, o.confidence, o.snippet,
  p.url AS page_url, p.fetched_at, o.detector, o.version, o.detail, o.scan, o.warc, o.screenshot
FROM observation o
JOIN finding f ON f.id = o.finding
JOIN agency a ON a.id = f.agency
JOIN page p ON p.id = o.page
JOIN latest_visit v ON v.agency = f.agency AND v.scan = o.scan;

CREATE VIEW reply_times AS
SELECT r.id AS request, r.campaign, a.id AS agency, a.province, a.province_vi, a.province_en, a.region, r.accepted_at,
  r.delivered, r.outcome, r.replied,
  MIN(CASE WHEN p.human = 0 AND p.event = 'A1' THEN p.hours END) AS first_automatic_hours,
  MIN(CASE WHEN p.human = 1 THEN p.hours END) AS first_human_hours,
  MIN(CASE WHEN p.human = 1 THEN p.working_days END) AS first_human_working_days,
  MIN(CASE WHEN p.substantive = 1 THEN p.hours END) AS first_substantive_hours,
  MIN(CASE WHEN p.substantive = 1 THEN p.working_days END) AS first_substantive_working_days,
  MAX(COALESCE(p.after_reminder, 0) * COALESCE(p.substantive, 0)) AS answered_after_reminder,
  COUNT(p.id) AS messages,
  CASE WHEN MIN(CASE WHEN p.human = 1 THEN p.hours END) IS NULL THEN 1 ELSE 0 END AS censored
FROM request r
JOIN agency a ON a.id = r.agency
LEFT JOIN reply p ON p.request = r.id
GROUP BY r.id;

CREATE VIEW latest_campaign AS
SELECT c.frame, c.id AS campaign
FROM campaign c
WHERE c.created_at = (SELECT MAX(created_at) FROM campaign d WHERE d.frame = c.frame AND d.kind = c.kind);

CREATE VIEW participation AS
WITH seen AS (
  SELECT a.id, a.frame, a.province,
    MAX(CASE WHEN v.kind = 'qa' THEN v.state END) AS has_qa,
    MAX(CASE WHEN v.kind = 'qa' THEN v.level END) AS qa_level,
    MAX(CASE WHEN v.kind = 'email' THEN v.state END) AS has_email,
    MAX(CASE WHEN v.kind = 'social' THEN v.state END) AS has_social,
    MAX(CASE WHEN v.kind = 'access' THEN v.state END) AS ati_section,
    MAX(CASE WHEN v.kind = 'web_form' THEN v.state END) AS has_web_form
  FROM agency a JOIN latest_verdict v ON v.agency = a.id
  WHERE a.kind = 'portal'
  GROUP BY a.id
),
best_email AS (
  SELECT agency, value, MAX(confidence) AS confidence
  FROM latest_observation
  WHERE kind = 'email' AND state = 'present' AND category IN ('agency_role', 'unit_role', 'portal_editor', 'freemail')
  GROUP BY agency
),
channels AS (
  SELECT agency, GROUP_CONCAT(category, ', ') AS platforms
  FROM (SELECT DISTINCT agency, category FROM latest_observation WHERE kind = 'social' AND state = 'present' ORDER BY category)
  GROUP BY agency
),
regulation AS (
  SELECT DISTINCT agency FROM latest_observation WHERE kind = 'access' AND category = 'regulation' AND state = 'present'
),
asked AS (
  SELECT t.*, a.frame
  FROM reply_times t JOIN agency a ON a.id = t.agency
  JOIN latest_campaign l ON l.campaign = t.campaign
)
SELECT a.frame, a.province, a.province_vi, a.province_en, a.region, a.pobi_region,
  COALESCE(s.has_qa, 'unknown') AS has_qa,
  COALESCE(s.qa_level, 0) AS qa_level,
  COALESCE(s.has_email, 'unknown') AS has_email,
  CASE
    WHEN s.has_qa = 'present' AND s.has_email = 'present' THEN 'present'
    WHEN s.has_qa = 'absent' OR s.has_email = 'absent' THEN 'absent'
    ELSE 'unknown'
  END AS qa_and_email,
  e.value AS contact_email,
  COALESCE(s.has_social, 'unknown') AS has_social,
  COALESCE(c.platforms, '') AS social_platforms,
  COALESCE(s.ati_section, 'unknown') AS ati_section,
  CASE
    WHEN g.agency IS NOT NULL THEN 'present'
    WHEN s.ati_section = 'unknown' OR s.ati_section IS NULL THEN 'unknown'
    WHEN v.coverage_complete = 1 THEN 'absent'
    ELSE 'unknown'
  END AS ati_regulation,
  COALESCE(s.has_web_form, 'unknown') AS has_web_form,
  CASE WHEN t.accepted_at IS NULL THEN 0 ELSE 1 END AS asked,
  COALESCE(t.delivered, 'unknown') AS delivered,
  COALESCE(t.replied, 0) AS replied,
  COALESCE(t.outcome, 'not asked') AS outcome,
  t.first_human_hours AS first_human_reply_hours,
  t.first_human_working_days AS working_days,
  t.first_substantive_hours AS first_answer_hours,
  t.first_substantive_working_days AS first_answer_working_days,
  (SELECT d.met FROM deadline d WHERE d.request = t.request AND d.rule = 'late_lenient') AS on_time,
  v.outcome AS portal_seen, v.failure AS portal_failure, a.url AS portal_url, a.grid_row, a.grid_col, a.lat, a.lon, a.world
FROM agency a
JOIN seen s ON s.id = a.id
LEFT JOIN latest_visit v ON v.agency = a.id
LEFT JOIN best_email e ON e.agency = a.id
LEFT JOIN channels c ON c.agency = a.id
LEFT JOIN regulation g ON g.agency = a.id
LEFT JOIN asked t ON t.frame = a.frame AND t.province = a.province
ORDER BY a.frame, a.province;

CREATE VIEW headline AS
WITH counted AS (
  SELECT frame, 1 AS position, 'qa_and_email' AS indicator, 'Portal has a Q&A section and a contact email' AS label_en,
    'Cổng có chuyên mục Hỏi đáp và địa chỉ thư điện tử liên hệ' AS label_vi,
    SUM(qa_and_email = 'present') AS k, COUNT(*) AS n, SUM(qa_and_email = 'unknown') AS unknown, 61 AS pobi_2019
  FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 2, 'qa', 'Portal has a Q&A section', 'Cổng có chuyên mục Hỏi đáp',
    SUM(has_qa = 'present'), COUNT(*), SUM(has_qa = 'unknown'), NULL FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 3, 'qa_form', 'Q&A section takes questions (level 3 or more)', 'Chuyên mục Hỏi đáp nhận câu hỏi (mức 3 trở lên)',
    SUM(has_qa = 'present' AND qa_level >= 3), COUNT(*), SUM(has_qa = 'unknown'), NULL FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 4, 'email', 'Portal shows a contact email', 'Cổng có địa chỉ thư điện tử liên hệ',
    SUM(has_email = 'present'), COUNT(*), SUM(has_email = 'unknown'), NULL FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 5, 'social', 'Portal links an official social channel', 'Cổng dẫn tới kênh mạng xã hội chính thức',
    SUM(has_social = 'present'), COUNT(*), SUM(has_social = 'unknown'), NULL FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 6, 'access', 'Portal has an access-to-information section', 'Cổng có chuyên mục Tiếp cận thông tin',
    SUM(ati_section = 'present'), COUNT(*), SUM(ati_section = 'unknown'), NULL FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 7, 'regulation', 'Internal regulation on providing information is published', 'Có công bố quy chế nội bộ về cung cấp thông tin',
    SUM(ati_regulation = 'present'), COUNT(*), SUM(ati_regulation = 'unknown'), NULL FROM participation GROUP BY frame
  UNION ALL
  SELECT frame, 8, 'replied', 'Department of Finance answered the emailed request', 'Sở Tài chính trả lời yêu cầu gửi qua thư điện tử',
    SUM(replied), SUM(asked), SUM(asked = 1 AND delivered = 'no'), 8 FROM participation GROUP BY frame HAVING SUM(asked) > 0
  UNION ALL
  SELECT frame, 9, 'human', 'Department of Finance sent any message written by a person', 'Sở Tài chính có phản hồi do người viết',
    SUM(first_human_reply_hours IS NOT NULL), SUM(asked), SUM(asked = 1 AND delivered = 'no'), NULL FROM participation GROUP BY frame HAVING SUM(asked) > 0
)
SELECT frame, indicator, label_en, label_vi, k, n, ROUND(1.0 * k / n, 4) AS share,
  ROUND((k + 1.920729) / (n + 3.841459) - 1.959964 * SQRT(1.0 * k * (n - k) / n + 0.960365) / (n + 3.841459), 4) AS low,
  ROUND((k + 1.920729) / (n + 3.841459) + 1.959964 * SQRT(1.0 * k * (n - k) / n + 0.960365) / (n + 3.841459), 4) AS high,
  unknown, pobi_2019
FROM counted ORDER BY frame, position;

CREATE VIEW coverage AS
SELECT a.frame, v.agency, a.name_vi, a.kind, a.region, v.scan, v.outcome, v.failure, v.failure_detail, v.technology, v.covered_menu,
  v.covered_footer, v.covered_sitemap, v.covered_slugs, v.covered_search, v.candidates, v.candidates_opened, v.blocked,
  v.coverage_complete, v.requests, v.pages, v.rendered, v.bytes, v.seconds, v.final_url
FROM latest_visit v JOIN agency a ON a.id = v.agency
ORDER BY a.frame, a.kind, a.slug;

CREATE VIEW changes AS
SELECT c.id, t.started_at AS at, a.id AS agency, a.name_vi, a.region, c.kind, c.what, c.cause, c.before, c.after, f.category, f.value,
  c.from_scan, c.to_scan
FROM change c
JOIN agency a ON a.id = c.agency
JOIN scan t ON t.id = c.to_scan
LEFT JOIN finding f ON f.id = c.finding
ORDER BY c.to_scan DESC, a.id;

CREATE VIEW campaign_progress AS
SELECT c.id AS campaign, c.title, c.status, c.approved_by, c.approved_at, COUNT(r.id) AS planned,
  SUM(r.state = 'accepted') AS accepted, SUM(r.state = 'refused') AS refused, SUM(r.state = 'deferred') AS deferred,
  SUM(r.state = 'uncertain') AS uncertain, SUM(r.state = 'cancelled') AS cancelled,
  SUM(r.state IN ('planned', 'sending')) AS waiting, SUM(r.delivered = 'no') AS undelivered, SUM(r.replied) AS answered,
  SUM(r.outcome = 'silence') AS silent
FROM campaign c LEFT JOIN request r ON r.campaign = c.id
GROUP BY c.id;

CREATE VIEW nightly AS
SELECT id AS run, command, world, started_at, finished_at, status, summary FROM run ORDER BY id DESC
