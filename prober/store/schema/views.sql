-- The views that Datasette, the report and the published tables read. Their texts are in prober/store/schema/views.py.
-- Every statement ends with a semicolon at the end of a line, and no other line ends with one.
-- What stands in braces is made from the declared indicators (prober/store/schema/indicator_views.py).
-- Datasette compares with text, and only a column with a type takes "1" for 1: hence CAST where readers filter.

-- The database holds years of nights (python -m benchmarks results). So a view of the present begins with the
-- agencies and looks up the newest row of each: CROSS JOIN fixes that order, which SQLite would reverse, and
-- MATERIALIZED keeps a row from being looked up again for every column that is made from it.
-- Where {kept} stands, the rows of all other agencies come from a table, and only those of the agencies that something
-- was written of since, which `changed_agency` lists, are worked out (prober.store.schema.present_rows).

-- The verdict in use of each agency and kind: the newest found or not found of a visit that is not suspect, for at most
-- 30 days; after that, or where there is none, not seen. A not found that waits for its second look is not in use: what was
-- found stays so, with `second_look_since`, the scan that missed it first. Its age is counted to the newest visit of the same agency, so
-- that a crawl of some agencies does not age the others, nor does waiting for mail after a crawl.
-- A visit is stored whole or not at all, so a scan that still runs counts.
-- `answer` is the state with a person's decision above it: the newest that was not taken back, while the machine says
-- what it was made on, and the study's days have not passed at the newest visit. `decided` is what the person said.
CREATE VIEW latest_verdict AS
WITH RECURSIVE kinds AS (
  SELECT MIN(kind) AS kind FROM verdict
  UNION ALL SELECT (SELECT MIN(kind) FROM verdict WHERE kind > k.kind) FROM kinds k WHERE k.kind IS NOT NULL
),
newest AS MATERIALIZED (
  SELECT a.id AS agency, k.kind, (SELECT MAX(scan) FROM verdict WHERE agency = a.id AND kind = k.kind) AS scan
  FROM changed_agency d CROSS JOIN agency a ON a.id = d.agency CROSS JOIN kinds k
  WHERE k.kind IS NOT NULL
),
known AS MATERIALIZED (
  SELECT n.agency, n.kind, n.scan AS newest, (
      SELECT v.scan
      FROM verdict v
      CROSS JOIN scan s ON s.id = v.scan
      LEFT JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
      WHERE v.agency = n.agency AND v.kind = n.kind AND v.state != 'not_seen' AND v.second_look = 0
        AND s.suspect = '' AND COALESCE(t.suspect, '') = ''
      ORDER BY v.scan DESC LIMIT 1
    ) AS scan
  FROM newest n
  WHERE n.scan IS NOT NULL
),
weighed AS (
  SELECT k.agency, k.kind, k.newest, k.scan AS known,
    (
      SELECT MIN(scan) FROM verdict
      WHERE agency = k.agency AND kind = k.kind AND second_look = 1 AND scan > k.scan
    ) AS doubtful,
    -- Nights, by the days that a calendar shows: two scans at 01:50 and 01:30 of the next night are a night apart.
    CAST(julianday(SUBSTR(n.started_at, 1, 10)) - julianday(SUBSTR(s.started_at, 1, 10)) AS INTEGER) AS nights,
    s.started_at AS known_at, n.started_at AS newest_at, COALESCE(NULLIF(t.suspect, ''), n.suspect) AS doubt,
    CASE WHEN julianday(n.started_at) - julianday(s.started_at) <= 30 THEN k.scan ELSE k.newest END AS used
  FROM known k
  CROSS JOIN scan n ON n.id = k.newest
  LEFT JOIN scan s ON s.id = k.scan
  LEFT JOIN visit t ON t.scan = k.newest AND t.agency = k.agency
),
used AS MATERIALIZED (
  SELECT v.id, v.scan, v.agency, v.kind,
    CASE WHEN w.used IS w.known OR (w.doubt = '' AND v.second_look = 0) THEN v.state ELSE 'not_seen' END AS state,
    CAST(CASE WHEN w.used IS w.known OR (w.doubt = '' AND v.second_look = 0) THEN v.level ELSE 0 END AS INTEGER) AS level,
    CASE
      WHEN w.used IS w.known THEN v.reason
      WHEN w.doubt != '' THEN json_array(json_object('code', 'not_believed', 'why', json(w.doubt)))
      WHEN w.known IS NOT NULL THEN json_array(
        json_object('code', 'last_known', 'days', w.nights, 'newest', json(v.reason)))
      ELSE v.reason
    END AS reason,
    CASE WHEN w.used IS w.known OR w.doubt = '' THEN v.observation END AS observation,
    COALESCE(w.known_at, '') AS seen_at,
    w.nights AS age_days,
    CAST(w.used IS w.known AND w.known < w.newest AS INTEGER) AS stale,
    COALESCE((SELECT started_at FROM scan WHERE id = w.doubtful), '') AS second_look_since,
    w.newest_at
  FROM weighed w
  CROSS JOIN verdict v ON v.agency = w.agency AND v.kind = w.kind AND v.scan = w.used
)
{kept}SELECT u.id, u.scan, u.agency, u.kind, u.state, u.level, u.reason, u.observation, u.seen_at, u.age_days, u.stale,
  u.second_look_since,
  CASE d.answer WHEN 'present' THEN 'found' WHEN 'absent' THEN 'not_found' ELSE u.state END AS answer,
  d.answer AS decided, d.id AS decision
FROM used u
LEFT JOIN decision d ON d.id = (
    SELECT id FROM decision
    WHERE subject = u.agency AND question = u.kind AND undone_at IS NULL AND role != 'second' AND proposed = u.state
      AND holds_until >= u.newest_at
    ORDER BY role = 'settled' DESC, id DESC LIMIT 1
  );

CREATE VIEW latest_visit AS
SELECT v.*
FROM agency a
CROSS JOIN visit v ON v.agency = a.id AND v.scan = (SELECT MAX(scan) FROM visit WHERE agency = a.id);

-- A page or an observation is one row for all visits in a row that saw it alike; here it is one row for each of them.
-- Visits are compared by their row numbers, the order in which they were stored: a scan may be resumed after a later one.
CREATE VIEW scan_page AS
SELECT p.id, v.scan, p.agency, p.url, p.status, p.failure, p.title,
  CASE v.id WHEN p.last_visit THEN p.last_fetched_at WHEN p.visit THEN p.fetched_at ELSE v.finished_at END AS fetched_at,
  p.rendered, p.bytes, p.sha256, p.found_by, p.location, p.render_mark, p.render_gain
FROM visit v
CROSS JOIN page p ON p.agency = v.agency AND p.last_visit >= v.id AND p.visit <= v.id;

CREATE VIEW scan_observation AS
SELECT o.id, o.finding, v.scan, o.page, o.state, o.level, o.confidence, o.snippet, o.selector, o.detector, o.version,
  o.detail, o.warc, o.screenshot
FROM observation o
JOIN finding f ON f.id = o.finding
JOIN visit v ON v.agency = f.agency AND v.id BETWEEN o.visit AND o.last_visit;

CREATE VIEW latest_page AS
SELECT p.id, p.agency, a.name_vi AS agency_label, p.url, p.title, p.status, p.failure, p.last_fetched_at AS fetched_at,
  p.rendered, p.bytes, p.sha256, p.found_by, p.location, v.scan
FROM latest_visit v
CROSS JOIN page p ON p.agency = v.agency AND p.last_visit >= v.id AND p.visit <= v.id
JOIN agency a ON a.id = p.agency;

-- For a kind without any known verdict the newest visit counts.
CREATE VIEW latest_observation AS
WITH used AS (
  SELECT k.agency, k.kind, t.scan, t.id AS visit
  FROM (SELECT DISTINCT agency, kind FROM finding) k
  CROSS JOIN visit t ON t.agency = k.agency AND t.scan = COALESCE(
      (SELECT scan FROM latest_verdict WHERE agency = k.agency AND kind = k.kind),
      (SELECT MAX(scan) FROM visit WHERE agency = k.agency)
    )
  CROSS JOIN scan s ON s.id = t.scan
  WHERE s.suspect = '' AND t.suspect = ''
)
SELECT o.id, u.agency, a.name_vi AS agency_label, f.kind, f.category, f.value, o.state, o.level, o.confidence, o.snippet,
  p.url AS page_url, p.last_fetched_at AS fetched_at, o.detector, o.version, o.detail, u.scan, o.warc, o.screenshot, f.id AS finding
FROM used u
CROSS JOIN finding f ON f.agency = u.agency AND f.kind = u.kind
CROSS JOIN observation o ON o.finding = f.id AND o.last_visit >= u.visit AND o.visit <= u.visit
CROSS JOIN page p ON p.id = o.page
CROSS JOIN agency a ON a.id = f.agency;

CREATE VIEW proof AS
SELECT v.id, a.frame, a.id AS agency, a.name_vi, a.kind AS agency_kind, a.region, v.kind, v.state, v.level, v.reason,
  f.category, f.value, o.confidence, o.snippet, p.url AS page_url, p.title AS page_title, p.last_fetched_at AS fetched_at, p.rendered,
  p.sha256 AS page_sha256, o.selector, o.detector, o.version, w.path AS warc_path, w.warc_offset,
  s.path AS screenshot_path, v.scan, v.seen_at, v.age_days, v.stale, v.second_look_since, v.observation
FROM latest_verdict v
JOIN agency a ON a.id = v.agency
LEFT JOIN observation o ON o.id = v.observation
LEFT JOIN finding f ON f.id = o.finding
LEFT JOIN page p ON p.id = o.page
LEFT JOIN evidence w ON w.sha256 = o.warc
LEFT JOIN evidence s ON s.sha256 = o.screenshot
ORDER BY a.frame, a.slug, v.kind;

-- The time of the newest data. Times are ISO 8601 with the same offset, so text order is time order.
CREATE VIEW as_of AS
SELECT MAX(at) AS at
FROM (
  SELECT MAX(COALESCE(finished_at, started_at)) AS at FROM run
  UNION ALL SELECT MAX(COALESCE(finished_at, started_at)) FROM scan
  UNION ALL SELECT MAX(COALESCE(closed_at, created_at)) FROM campaign
  UNION ALL SELECT MAX(at) FROM request_event
  UNION ALL SELECT MAX(received_at) FROM reply
);

-- Hours watched end with the waiting time, or earlier: when the campaign was closed, or with the last moment known.
-- `unread` and `human_unread` say what rests on the rules alone; docs/method.md, "Unread", has the definition in words.
CREATE VIEW reply_times AS
SELECT r.id AS request, r.campaign, a.id AS agency, a.province, a.province_vi, a.province_en, a.region, r.accepted_at,
  r.delivered, r.outcome, r.replied,
  MIN(CASE WHEN p.human = 0 AND p.event = 'A1' THEN p.hours END) AS first_automatic_hours,
  MIN(CASE WHEN p.human = 1 THEN p.hours END) AS first_human_hours,
  MIN(CASE WHEN p.human = 1 THEN p.working_days END) AS first_human_working_days,
  MIN(CASE WHEN p.substantive = 1 THEN p.hours END) AS first_substantive_hours,
  MIN(CASE WHEN p.substantive = 1 THEN p.working_days END) AS first_substantive_working_days,
  MIN(CASE WHEN p.substantive = 1 THEN ROUND(p.hours - p.paused_hours, 4) END) AS first_substantive_net_hours,
  MIN(CASE WHEN p.substantive = 1 THEN p.working_days - p.paused_working_days END)
    AS first_substantive_net_working_days,
  r.paused_hours, r.pause_reason, r.waiting_since,
  CAST(MAX(COALESCE(p.after_reminder, 0) * COALESCE(p.substantive, 0)) AS INTEGER) AS answered_after_reminder,
  COUNT(p.id) AS messages,
  CAST(MIN(CASE WHEN p.human = 1 THEN p.hours END) IS NULL AS INTEGER) AS censored,
  ROUND(24 * MAX(0, MIN(
    julianday(COALESCE(c.closed_at, (SELECT at FROM as_of))),
    COALESCE(julianday(r.waiting_ends_at), 1e9)
  ) - julianday(r.accepted_at)), 4) AS watched_hours,
  CASE
    WHEN r.replied = 1 THEN 'found'
    WHEN r.state = 'accepted' AND r.delivered != 'no' AND r.outcome != 'N0' THEN 'not_found'
    ELSE 'not_seen'
  END AS answered,
  r.state, a.name_vi,
  CAST(CASE
    WHEN r.replied = 1
      THEN NOT COALESCE(MAX(p.event = r.outcome AND p.inside_window = 1 AND p.decided_by != 'rule'), 0)
    ELSE COALESCE(MAX(p.human = 1 AND p.inside_window = 1 AND p.decided_by = 'rule'), 0)
  END AS INTEGER) AS unread,
  CAST(COALESCE(CASE
    WHEN r.replied = 1 THEN MIN(CASE WHEN p.event = r.outcome AND p.inside_window = 1 THEN p.unsure END)
    ELSE MAX(p.human = 1 AND p.inside_window = 1 AND p.unsure = 1)
  END, 0) AS INTEGER) AS unsure,
  CAST(COALESCE(MAX(p.human) = 1 AND NOT MAX(p.human = 1 AND p.decided_by != 'rule'), 0) AS INTEGER) AS human_unread
FROM request r
JOIN agency a ON a.id = r.agency
JOIN campaign c ON c.id = r.campaign
LEFT JOIN reply p ON p.request = r.id
GROUP BY r.id;

-- The addresses that replies name, with the crawler's newest check of each.
CREATE VIEW answer_links AS
SELECT l.id AS link, l.reply, l.position, r.campaign, r.agency, a.name_vi, p.event, p.received_at, l.url, l.target, l.site,
  l.file_type,
  CASE
    WHEN k.id IS NULL THEN 'not checked'
    WHEN g.failure IS NULL AND g.status BETWEEN 200 AND 299 THEN 'there'
    WHEN g.failure = 'http_4xx' THEN 'gone'
    ELSE 'unknown'
  END AS found,
  g.status, g.failure, k.media_type, g.title, g.sha256, g.last_fetched_at AS checked_at, k.page,
  (SELECT COUNT(DISTINCT c.scan) FROM link_check c WHERE c.url = l.url) AS checks
FROM reply_link l
JOIN reply p ON p.id = l.reply
JOIN request r ON r.id = p.request
JOIN agency a ON a.id = r.agency
LEFT JOIN link_check k ON k.id = (SELECT MAX(n.id) FROM link_check n WHERE n.url = l.url)
LEFT JOIN page g ON g.id = k.page;

-- The newest campaign that has sent a letter; a newer draft must not hide its results. Of a frame with portals one is
-- shown, that to the departments before that to the portals.
CREATE VIEW latest_campaign AS
SELECT frame, kind, campaign,
  ROW_NUMBER() OVER (PARTITION BY frame ORDER BY kind = 'portal', sent DESC, created_at DESC, campaign DESC) = 1 AS shown
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY frame, kind ORDER BY sent DESC, created_at DESC, campaign DESC) AS place
  FROM (
    SELECT c.frame, c.kind, c.id AS campaign, c.created_at,
      EXISTS (SELECT 1 FROM request r WHERE r.campaign = c.id AND r.accepted_at IS NOT NULL) AS sent
    FROM campaign c
  )
)
WHERE place = 1;

-- Every portal of a frame that was scanned or asked has its row, also those that no scan has reached yet: otherwise an
-- interrupted scan would give a share of only those agencies that it had visited. A department of the province stands in
-- the row of its portal; in a frame without portals every agency has a row of its own.
CREATE VIEW participation AS
WITH changed AS MATERIALIZED (
  SELECT a.id, a.frame, a.province, a.kind,
    a.kind = 'portal' OR NOT EXISTS (SELECT 1 FROM agency p WHERE p.frame = a.frame AND p.kind = 'portal') AS alone
  FROM changed_agency d CROSS JOIN agency a ON a.id = d.agency
),
shown_as AS MATERIALIZED (
  SELECT DISTINCT CASE
      WHEN alone THEN id
      ELSE (SELECT MIN(p.id) FROM agency p WHERE p.frame = c.frame AND p.province = c.province AND p.kind = 'portal')
    END AS unit
  FROM changed c
),
unit AS MATERIALIZED (
  SELECT unit AS agency, unit FROM shown_as WHERE unit IS NOT NULL
  UNION ALL
  SELECT a.id, s.unit
  FROM shown_as s CROSS JOIN agency p ON p.id = s.unit CROSS JOIN agency a ON a.province = p.province AND a.frame = p.frame
  WHERE p.kind = 'portal' AND a.kind != 'portal'
    AND p.id = (SELECT MIN(id) FROM agency m WHERE m.frame = p.frame AND m.province = p.province AND m.kind = 'portal')
),
in_use AS MATERIALIZED (
  SELECT v.*
  FROM unit u CROSS JOIN kept_latest_verdict v ON v.agency = u.agency
  WHERE u.agency NOT IN (SELECT agency FROM changed_agency)
  UNION ALL
  SELECT * FROM ({latest_verdict}) WHERE agency IN (SELECT agency FROM unit)
),
-- As in `latest_observation`.
visit_in_use AS MATERIALIZED (
  SELECT u.agency, k.kind, t.id AS visit
  FROM unit u CROSS JOIN (SELECT 'email' AS kind UNION SELECT 'social' UNION SELECT 'access' UNION SELECT 'budget') k
  LEFT JOIN in_use v ON v.agency = u.agency AND v.kind = k.kind
  CROSS JOIN visit t
    ON t.agency = u.agency AND t.scan = COALESCE(v.scan, (SELECT MAX(scan) FROM visit WHERE agency = u.agency))
  CROSS JOIN scan s ON s.id = t.scan
  WHERE s.suspect = '' AND t.suspect = ''
),
shown AS MATERIALIZED (
  SELECT f.agency, f.kind, f.category, f.value, o.confidence, o.detail
  FROM visit_in_use u
  CROSS JOIN finding f ON f.agency = u.agency AND f.kind = u.kind
  CROSS JOIN observation o ON o.finding = f.id AND o.last_visit >= u.visit AND o.visit <= u.visit
  WHERE o.state = 'found'
),
seen AS (
  SELECT agency,
    {states}
    MAX(CASE WHEN kind = 'access' THEN scan END) AS access_scan,
    COALESCE(MIN(seen_at) FILTER (WHERE state != 'not_seen'), '') AS seen_at,
    MAX(age_days) FILTER (WHERE state != 'not_seen') AS age_days,
    MAX(stale) AS stale,
    {waits}
    {decided}
    COALESCE(MIN(NULLIF(second_look_since, '')), '') AS second_look_since
  FROM in_use
  GROUP BY agency
),
best_email AS (
  SELECT agency, value
  FROM (
    SELECT agency, value, ROW_NUMBER() OVER (PARTITION BY agency ORDER BY confidence DESC, value) AS place
    FROM shown
    WHERE kind = 'email' AND value != ''
      AND category IN ('agency_role', 'unit_role', 'portal_editor', 'freemail')
  )
  WHERE place = 1
),
channels AS (
  SELECT agency, GROUP_CONCAT(category, ', ') AS platforms
  FROM (
    SELECT DISTINCT agency, category FROM shown WHERE kind = 'social'
    ORDER BY agency, category
  )
  GROUP BY agency
),
-- One that is gone at a first look counts until the second.
regulation AS (
  SELECT agency, MIN(waits) AS waits
  FROM (
    SELECT agency, 0 AS waits FROM shown WHERE kind = 'access' AND category = 'regulation'
    UNION ALL
    SELECT c.agency, 1 FROM unit u CROSS JOIN change c ON c.agency = u.agency JOIN finding f ON f.id = c.finding
    WHERE c.cause = 'second_look' AND f.kind = 'access' AND f.category = 'regulation'
  )
  GROUP BY agency
),
-- The portal and the site of the department are read: the budget may be published on either.
budget_sites AS (
  SELECT u.unit, SUM(w.answer = 'found') AS present, SUM(COALESCE(w.answer, 'not_seen') = 'not_seen') AS unknown,
    SUM(w.state = 'found' AND w.second_look_since = '') AS sure, MAX(w.second_look_since != '') AS waits,
    SUM(w.decided IS 'present') AS called_present, SUM(w.decided IS NOT 'absent') AS not_called_absent
  FROM unit u LEFT JOIN in_use w ON w.agency = u.agency AND w.kind = 'budget'
  WHERE u.unit IS NOT NULL
  GROUP BY u.unit
),
budget_papers AS (
  SELECT u.unit, COUNT(DISTINCT o.category) AS types, MAX(o.detail ->> 'published') AS newest
  FROM shown o JOIN unit u ON u.agency = o.agency
  WHERE u.unit IS NOT NULL AND o.kind = 'budget'
    AND o.category NOT IN ('section', 'documents', 'empty_section', 'own_office')
  GROUP BY u.unit
),
asked AS (
  SELECT t.*, u.unit, t.state NOT IN ('planned', 'cancelled') AS asked,
    ROW_NUMBER() OVER (
      PARTITION BY u.unit ORDER BY t.replied DESC, t.first_human_hours IS NULL, t.first_human_hours, t.agency
    ) AS place
  FROM reply_times t JOIN latest_campaign l ON l.campaign = t.campaign JOIN unit u ON u.agency = t.agency
  WHERE t.request IN (SELECT id FROM request WHERE agency IN (SELECT agency FROM unit))
    AND (l.shown OR NOT EXISTS (SELECT 1 FROM agency p WHERE p.frame = l.frame AND p.kind = 'portal'))
)
{kept}SELECT a.frame AS frame,
  CASE WHEN a.kind = 'portal' THEN a.province ELSE a.slug END AS province,
  CASE WHEN a.kind = 'portal' THEN a.province_vi ELSE a.name_vi END AS province_vi,
  CASE WHEN a.kind = 'portal' THEN a.province_en ELSE a.name_en END AS province_en,
  a.kind, a.region, a.pobi_region,
  COALESCE(s.has_qa, 'not_seen') AS has_qa,
  CAST(COALESCE(s.qa_level, 0) AS INTEGER) AS qa_level,
  COALESCE(s.has_email, 'not_seen') AS has_email,
  CASE
    WHEN s.has_qa = 'found' AND s.has_email = 'found' THEN 'found'
    WHEN s.has_qa = 'not_found' OR s.has_email = 'not_found' THEN 'not_found'
    ELSE 'not_seen'
  END AS qa_and_email,
  e.value AS contact_email,
  COALESCE(s.has_social, 'not_seen') AS has_social,
  COALESCE(c.platforms, '') AS social_platforms,
  COALESCE(s.ati_section, 'not_seen') AS ati_section,
  CASE
    WHEN g.agency IS NOT NULL THEN 'found'
    WHEN COALESCE(s.ati_section, 'not_seen') != 'not_seen' AND (w.state = 'not_found' OR z.outcome = 'seen') THEN 'not_found'
    ELSE 'not_seen'
  END AS ati_regulation,
  COALESCE(s.has_web_form, 'not_seen') AS has_web_form,{more}
  CASE WHEN b.present > 0 THEN 'found' WHEN b.unknown > 0 THEN 'not_seen' ELSE 'not_found' END AS budget_section,
  COALESCE(u.types, 0) AS budget_types,
  NULLIF(u.newest, '') AS budget_newest,
  CAST(COALESCE(t.asked, 0) AS INTEGER) AS asked,
  COALESCE(t.delivered, 'unknown') AS delivered,
  CAST(COALESCE(t.replied, 0) AS INTEGER) AS replied,
  CASE WHEN COALESCE(t.asked, 0) = 0 THEN 'not asked' ELSE t.outcome END AS outcome,
  COALESCE(t.answered, 'not_seen') AS answered,
  t.first_human_hours AS first_human_reply_hours,
  t.first_human_working_days AS working_days,
  t.first_substantive_hours AS first_answer_hours,
  t.first_substantive_working_days AS first_answer_working_days,
  (SELECT d.met FROM deadline d WHERE d.request = t.request AND d.rule = 'late_lenient') AS on_time,
  COALESCE(s.seen_at, '') AS seen_at, s.age_days, CAST(COALESCE(s.stale, 0) AS INTEGER) AS stale,
  COALESCE(s.second_look_since, '') AS second_look_since,
  -- Not what is not found whatever the second look says.
  RTRIM(
    CASE WHEN (s.qa_waits OR s.email_waits) AND NOT COALESCE(s.has_qa = 'not_found' OR s.has_email = 'not_found', 0)
      THEN 'qa_and_email, ' ELSE '' END
    || CASE WHEN s.qa_waits THEN 'qa, ' ELSE '' END
    || CASE WHEN s.qa_waits AND (s.has_qa = 'not_seen' OR s.qa_level >= 3) THEN 'qa_form, ' ELSE '' END
    || CASE WHEN s.email_waits THEN 'email, ' ELSE '' END
    || CASE WHEN s.social_waits THEN 'social, ' ELSE '' END
    || CASE WHEN s.access_waits THEN 'access, ' ELSE '' END
    || CASE WHEN g.waits OR s.access_waits AND (g.agency IS NOT NULL OR s.ati_section = 'not_seen'
        OR NOT (w.state = 'not_found' OR z.outcome = 'seen'))
      THEN 'regulation, ' ELSE '' END
    || CASE WHEN CASE WHEN b.present > 0 THEN NOT b.sure ELSE b.waits END THEN 'budget, ' ELSE '' END{waiting},
    ', '
  ) AS second_look,
  RTRIM(
    CASE
      WHEN s.has_qa = 'found' AND s.has_email = 'found' THEN CASE WHEN s.qa_decided AND s.email_decided THEN 'qa_and_email, ' ELSE '' END
      WHEN s.has_qa = 'not_found' AND s.qa_decided OR s.has_email = 'not_found' AND s.email_decided THEN 'qa_and_email, '
      ELSE ''
    END
    || CASE WHEN s.qa_decided THEN 'qa, ' ELSE '' END
    || CASE WHEN s.qa_decided AND s.has_qa = 'not_found' THEN 'qa_form, ' ELSE '' END
    || CASE WHEN s.email_decided THEN 'email, ' ELSE '' END
    || CASE WHEN s.social_decided THEN 'social, ' ELSE '' END
    || CASE WHEN s.access_decided THEN 'access, ' ELSE '' END
    || CASE WHEN s.access_decided AND s.ati_section = 'not_found' AND g.agency IS NULL THEN 'regulation, ' ELSE '' END
    || CASE WHEN CASE WHEN b.present > 0 THEN b.called_present > 0 ELSE b.not_called_absent = 0 END
      THEN 'budget, ' ELSE '' END{confirming},
    ', '
  ) AS confirmed,
  v.outcome AS portal_seen, v.failure AS portal_failure, v.suspect AS portal_suspect, a.url AS portal_url, a.grid_row, a.grid_col, a.lat, a.lon,
  a.world, a.id AS portal, t.agency AS finance, t.request,
  CAST(COALESCE(t.unread, 0) AS INTEGER) AS unread, CAST(COALESCE(t.unsure, 0) AS INTEGER) AS unsure,
  CAST(COALESCE(t.human_unread, 0) AS INTEGER) AS human_unread
FROM shown_as x
CROSS JOIN agency a ON a.id = x.unit
LEFT JOIN seen s ON s.agency = a.id
LEFT JOIN visit v ON v.agency = a.id AND v.scan = (SELECT MAX(scan) FROM visit WHERE agency = a.id)
LEFT JOIN verdict w ON w.agency = a.id AND w.kind = 'access' AND w.scan = s.access_scan
LEFT JOIN visit z ON z.agency = a.id AND z.scan = s.access_scan
LEFT JOIN best_email e ON e.agency = a.id
LEFT JOIN channels c ON c.agency = a.id
LEFT JOIN regulation g ON g.agency = a.id
LEFT JOIN budget_sites b ON b.unit = a.id
LEFT JOIN budget_papers u ON u.unit = a.id
LEFT JOIN asked t ON t.unit = a.id AND t.place = 1
WHERE EXISTS (SELECT 1 FROM scan WHERE frame = a.frame) OR EXISTS (SELECT 1 FROM campaign WHERE frame = a.frame)
ORDER BY frame, province;

-- Wilson's interval with z = 1.959963984540; prober.reporting.statistics.proportions.wilson gives the same to the sixth decimal (tested). Six, so
-- that a page that prints per cent with one decimal does not round what was rounded: 12 of 63 are 19.0 % and not 19.1 %.
-- An earlier survey is given only with the frame that it counted.
CREATE VIEW headline AS
WITH changed AS MATERIALIZED ({participation}),
-- Agencies of which a figure tells nothing apart, counted along an index.
p AS MATERIALIZED (
  SELECT frame, kind, asked, answered, first_human_reply_hours, unread, unsure, human_unread, second_look, confirmed, {counted_by},
    COUNT(*) AS agencies
  FROM kept_participation
  WHERE portal NOT IN (SELECT portal FROM changed)
  GROUP BY frame, kind, asked, answered, first_human_reply_hours, unread, unsure, human_unread, second_look, confirmed, {counted_by}
  UNION ALL
  SELECT frame, kind, asked, answered, first_human_reply_hours, unread, unsure, human_unread, second_look, confirmed, {counted_by}, 1
  FROM changed
),
-- What each is called of portals and their departments, and of agencies that stand for themselves.
label(position, indicator, en, vi, own_en, own_vi) AS (VALUES
  {labels}  (901, 'replied', '[asked] answered the emailed request', '[asked] trả lời yêu cầu gửi qua thư điện tử',
    'Agency answered the emailed request', 'Cơ quan trả lời yêu cầu gửi qua thư điện tử'),
  (902, 'human', '[asked] sent any message written by a person', '[asked] có phản hồi do người viết',
    'Agency sent any message written by a person', 'Cơ quan có phản hồi do người viết')
),
-- The state of each, as prober.reporting.tables.indicators.STATE_OF has it (tested). Sites rest on no reply, replies on no look.
-- `p` is named once: SQLite would plan what it is made of for each time that it is named.
state AS (
  SELECT p.frame, p.kind = 'portal' AS provincial, p.agencies, l.indicator,
    CASE l.indicator
      {counted}WHEN 'replied' THEN answered
      WHEN 'human' THEN CASE WHEN first_human_reply_hours IS NOT NULL THEN 'found' WHEN answered = 'not_seen' THEN 'not_seen' ELSE 'not_found' END
    END AS state,
    CASE WHEN l.indicator NOT IN ('replied', 'human') THEN INSTR(', ' || second_look || ',', ', ' || l.indicator || ',') > 0 END AS waits,
    CASE WHEN l.indicator NOT IN ('replied', 'human') THEN INSTR(', ' || confirmed || ',', ', ' || l.indicator || ',') > 0 END AS confirmed,
    CASE l.indicator WHEN 'replied' THEN unread WHEN 'human' THEN human_unread END AS unread,
    CASE l.indicator WHEN 'replied' THEN unsure END AS unsure
  FROM p CROSS JOIN label l
  WHERE asked OR l.indicator NOT IN ('replied', 'human')
),
counted AS (
  SELECT frame, indicator, MAX(provincial) AS provincial, SUM(agencies * (state = 'found')) AS k, SUM(agencies) AS n,
    SUM(agencies * (state = 'not_found')) AS not_found, SUM(agencies * (state = 'not_seen')) AS not_seen,
    SUM(agencies * confirmed * (state = 'not_found')) AS confirmed, SUM(agencies * confirmed * (state = 'found')) AS k_confirmed,
    SUM(agencies * waits) AS second_look, SUM(agencies * waits * (state = 'found')) AS k_second_look,
    SUM(agencies * unread) AS unread, SUM(agencies * unread * (state = 'found')) AS k_unread,
    SUM(agencies * unsure) AS unsure, SUM(agencies * unsure * (state = 'found')) AS k_unsure
  FROM state
  GROUP BY frame, indicator
),
called AS (
  SELECT s.frame, t.one_en AS en, t.one_vi AS vi
  FROM latest_campaign s JOIN term t ON t.what = 'kind' AND t.name = s.kind
  WHERE s.shown
)
SELECT c.frame, l.position, c.indicator, CASE WHEN c.provincial THEN REPLACE(l.en, '[asked]', COALESCE(f.en, 'Agency')) ELSE l.own_en END AS label_en,
  CASE WHEN c.provincial THEN REPLACE(l.vi, '[asked]', COALESCE(f.vi, 'Cơ quan')) ELSE l.own_vi END AS label_vi, c.k, c.n, ROUND(1.0 * c.k / c.n, 6) AS share,
  MAX(0.0, ROUND((c.k + 1.920729410347) / (c.n + 3.841458820694) - 1.959963984540 * SQRT(1.0 * c.k * (c.n - c.k) / c.n + 0.960364705174) / (c.n + 3.841458820694), 6)) AS low,
  MIN(1.0, ROUND((c.k + 1.920729410347) / (c.n + 3.841458820694) + 1.959963984540 * SQRT(1.0 * c.k * (c.n - c.k) / c.n + 0.960364705174) / (c.n + 3.841458820694), 6)) AS high,
  c.not_found, c.confirmed, c.not_seen, x.share AS corrected, x.low AS corrected_low, x.high AS corrected_high,
  x.bound_low, x.bound_high, x.n_drawn AS drawn, c.k_confirmed, second_look, k_second_look, r.name AS reference, r.k AS reference_k, r.n AS reference_n,
  unread, k_unread, unsure, k_unsure
FROM counted c JOIN label l ON l.indicator = c.indicator
LEFT JOIN reference_result r ON r.frame = c.frame AND r.indicator = c.indicator
LEFT JOIN corrected_share x ON x.frame = c.frame AND x.indicator = c.indicator
LEFT JOIN called f ON f.frame = c.frame
ORDER BY c.frame, l.position;

-- What the machine proposes, beside the newest decision of a person that is in force. A row waits for a person where it was
-- not found or not seen, and where the machine has found what a person called absent: then both are shown.
CREATE VIEW proposal AS
SELECT a.frame, v.agency AS subject, v.kind AS question, v.state AS answer, o.confidence AS score,
  CAST(COALESCE(o.confidence >= 0.75, 0) AS INTEGER) AS sure, v.reason AS reasons, v.observation AS evidence,
  COALESCE(o.detector || ' ' || o.version, 'protocol') AS made_by, v.scan,
  (SELECT finished_at FROM visit WHERE scan = v.scan AND agency = v.agency) AS made_at,
  v.decided, d.coder AS decided_by, d.decided_at,
  CAST(COALESCE(v.decided IN ('present', 'absent'), 0) AS INTEGER) AS confirmed,
  CAST(v.decided IS NULL AND (v.state != 'found' OR l.answer IS 'absent') AS INTEGER) AS waits,
  l.answer AS last_answer, l.coder AS last_by, l.decided_at AS last_at
FROM latest_verdict v
JOIN agency a ON a.id = v.agency
LEFT JOIN observation o ON o.id = v.observation
LEFT JOIN decision d ON d.id = v.decision
LEFT JOIN decision l ON l.id = (
    SELECT id FROM decision WHERE subject = v.agency AND question = v.kind AND undone_at IS NULL AND role != 'second'
    ORDER BY id DESC LIMIT 1
  )
ORDER BY a.frame, a.kind DESC, a.slug, v.kind;

-- The record of the search protocol of every visit on which a verdict in use rests: step by step, address by address.
CREATE VIEW search_evidence AS
SELECT a.frame, a.id AS agency, a.name_vi, a.kind AS agency_kind, m.scan, v.finished_at AS looked_at, s.position, s.step,
  s.outcome, s.url, s.words, s.kinds, s.status, s.failure, s.location, s.count, s.reason
FROM (SELECT DISTINCT agency, scan FROM latest_verdict) m
CROSS JOIN agency a ON a.id = m.agency
CROSS JOIN visit v ON v.scan = m.scan AND v.agency = m.agency
CROSS JOIN search_step s ON s.record = v.search_record
ORDER BY a.frame, a.kind, a.slug, m.scan, s.position;

-- Every agency that was visited, with what could not be seen of it.
CREATE VIEW not_seen AS
WITH used AS MATERIALIZED ({latest_verdict}),
missed AS (
  SELECT agency, GROUP_CONCAT(kind, ', ') AS kinds, MIN(RTRIM(reason, ']')) || ']' AS reason,
    COALESCE(MIN(NULLIF(seen_at, '')), '') AS seen_at, MAX(age_days) AS age_days
  FROM (SELECT * FROM used WHERE answer = 'not_seen' ORDER BY agency, kind) GROUP BY agency
),
older AS (
  SELECT agency, GROUP_CONCAT(kind, ', ') AS kinds, MIN(seen_at) AS seen_at, MAX(age_days) AS age_days
  FROM (SELECT * FROM used WHERE stale = 1 ORDER BY agency, kind) GROUP BY agency
)
{kept}SELECT a.frame AS frame, v.agency AS agency, a.name_vi, a.kind AS kind, a.region, v.scan, v.outcome, v.failure,
  v.failure_detail, v.technology, COALESCE(m.kinds, '') AS not_seen, COALESCE(m.reason, '') AS reason,
  COALESCE(m.seen_at, '') AS last_seen_at, m.age_days AS last_seen_days, a.url, v.final_url,
  v.requests, v.pages, v.rendered, v.bytes, v.seconds, v.suspect,
  COALESCE(k.kinds, '') AS kept, k.seen_at, k.age_days, v.newest_on,
  -- Three months: what a person would call frozen. Nothing is concluded from it (docs/method.md).
  CASE WHEN julianday(date(v.started_at)) - julianday(v.newest_on) > 90 THEN v.newest_on END AS frozen_since
FROM changed_agency d
CROSS JOIN agency a ON a.id = d.agency
CROSS JOIN visit v ON v.agency = a.id AND v.scan = (SELECT MAX(scan) FROM visit WHERE agency = a.id)
LEFT JOIN missed m ON m.agency = v.agency
LEFT JOIN older k ON k.agency = v.agency
ORDER BY frame, kind, agency;

-- How active a Q&A section is, over the questions of the visit in use: a sample, newest pages first (docs/method.md).
CREATE VIEW qa_activity AS
WITH used AS MATERIALIZED (
  SELECT agency, scan, level, stale FROM ({latest_verdict}) WHERE kind = 'qa' AND state = 'found'
),
asked AS MATERIALIZED (
  SELECT t.agency, t.answered, t.asked_on, t.answered_on, t.topic,
    CASE WHEN t.answered_on >= t.asked_on THEN julianday(t.answered_on) - julianday(t.asked_on) END AS days
  FROM used u CROSS JOIN qa_thread t ON t.agency = u.agency AND t.scan >= u.scan
),
timed AS (
  SELECT agency, days, ROW_NUMBER() OVER (PARTITION BY agency ORDER BY days) AS place,
    COUNT(*) OVER (PARTITION BY agency) AS n
  FROM asked WHERE days IS NOT NULL
),
middle AS (
  SELECT agency, AVG(days) AS days, MAX(n) AS n FROM timed WHERE place IN ((n + 1) / 2, (n + 2) / 2) GROUP BY agency
)
{kept}SELECT a.frame AS frame, a.id AS agency, a.name_vi, a.kind AS kind, a.region, u.level AS qa_level, COUNT(q.agency) AS sampled,
  MAX(v.archive_total, COUNT(q.agency)) AS about, v.archive_pages,
  SUM(q.answered) AS answered, ROUND(1.0 * SUM(q.answered) / COUNT(q.agency), 4) AS share_answered,
  m.days AS median_days, COALESCE(m.n, 0) AS timed, MAX(q.answered_on) AS newest_answer,
  MAX(q.asked_on) AS newest_question, COALESCE(SUM(q.topic = 'budget'), 0) AS budget_questions, u.stale
FROM used u
JOIN agency a ON a.id = u.agency
JOIN visit v ON v.agency = u.agency AND v.scan = u.scan
LEFT JOIN asked q ON q.agency = u.agency
LEFT JOIN middle m ON m.agency = u.agency
GROUP BY a.id
ORDER BY frame, kind DESC, agency;

-- Every question that was followed: asked and answered on the days that the site prints, else on the nights that saw it.
-- What the first visit to a list saw without a date may have begun at any time: its days stay empty.
CREATE VIEW question_waits AS
WITH began AS (
  SELECT agency, list_url, MIN(first_seen_at) AS at FROM qa_thread WHERE first_seen_at != '' GROUP BY agency, list_url
),
dated AS (
  SELECT t.*,
    COALESCE(t.asked_on, CASE WHEN t.first_seen_at > b.at THEN SUBSTR(t.first_seen_at, 1, 10) END) AS started_on,
    CASE WHEN t.answered THEN
      COALESCE(t.answered_on, CASE WHEN t.answer_seen_at > b.at THEN SUBSTR(t.answer_seen_at, 1, 10) END)
    END AS ended_on,
    SUBSTR(t.last_seen_at, 1, 10) AS watched_until
  FROM qa_thread t JOIN began b ON b.agency = t.agency AND b.list_url = t.list_url
)
SELECT a.frame, d.agency, a.name_vi, a.kind, a.region, d.id AS thread, d.url, d.topic, d.state, d.answered,
  d.started_on, d.ended_on, d.watched_until,
  CASE WHEN d.ended_on >= d.started_on THEN julianday(d.ended_on) - julianday(d.started_on) END AS days,
  CASE WHEN NOT d.answered AND d.watched_until >= d.started_on
    THEN julianday(d.watched_until) - julianday(d.started_on) END AS watched_days
FROM dated d JOIN agency a ON a.id = d.agency
ORDER BY a.frame, a.kind DESC, a.slug, d.started_on, d.id;

-- Findings that a person disputes.
CREATE VIEW disputes AS
SELECT f.id AS finding, a.frame, a.id AS agency, a.name_vi, f.kind, f.category, f.value, d.note AS reason, d.coder AS reviewer,
  d.decided_at AS reviewed_at,
  (SELECT o.snippet FROM observation o WHERE o.finding = f.id ORDER BY o.last_visit DESC LIMIT 1) AS snippet,
  (SELECT p.url FROM observation o JOIN page p ON p.id = o.page WHERE o.finding = f.id ORDER BY o.last_visit DESC LIMIT 1)
    AS page_url
FROM decision d
JOIN finding f ON d.subject = 'finding/' || f.id
JOIN agency a ON a.id = f.agency
WHERE d.question = 'finding' AND d.id = (
    SELECT MAX(n.id) FROM decision n
    WHERE n.subject = d.subject AND n.question = 'finding' AND n.undone_at IS NULL AND n.role != 'second'
  ) AND d.answer = 'absent'
ORDER BY d.decided_at DESC, f.id;

-- Newest news first: a change that needed a second look is news when that has come. Of a night, first what was found that
-- a person had called absent.
CREATE VIEW changes AS
SELECT c.id, COALESCE(v.started_at, t.started_at) AS at, a.id AS agency, a.name_vi, a.region, c.kind, c.what, c.cause, c.before, c.after, f.category, f.value,
  c.from_scan, c.to_scan, a.frame, c.second_scan,
  COALESCE(w.started_at, u.started_at, '') AS second_at,
  COALESCE(w.started_at, u.started_at, v.started_at, t.started_at) AS told_at,
  CAST(c.what = 'verdict' AND c.after = 'found' AND COALESCE((
    SELECT answer FROM decision
    WHERE subject = c.agency AND question = c.kind AND undone_at IS NULL AND role != 'second'
      AND decided_at < COALESCE(v.started_at, t.started_at)
    ORDER BY role = 'settled' DESC, id DESC LIMIT 1
  ) = 'absent', 0) AS INTEGER) AS called_absent
FROM change c
JOIN agency a ON a.id = c.agency
JOIN scan t ON t.id = c.to_scan
LEFT JOIN scan u ON u.id = c.second_scan
LEFT JOIN visit v ON v.scan = c.to_scan AND v.agency = c.agency
LEFT JOIN visit w ON w.scan = c.second_scan AND w.agency = c.agency
LEFT JOIN finding f ON f.id = c.finding
ORDER BY COALESCE(c.second_scan, c.to_scan) DESC, called_absent DESC, a.id;

-- planned = accepted + refused + deferred + uncertain + cancelled + waiting, always.
CREATE VIEW campaign_progress AS
SELECT c.id AS campaign, c.title, c.status, c.approved_by, c.approved_at, COUNT(r.request) AS planned,
  COALESCE(SUM(r.state = 'accepted'), 0) AS accepted, COALESCE(SUM(r.state = 'refused'), 0) AS refused,
  COALESCE(SUM(r.state = 'deferred'), 0) AS deferred, COALESCE(SUM(r.state = 'uncertain'), 0) AS uncertain,
  COALESCE(SUM(r.state = 'cancelled'), 0) AS cancelled, COALESCE(SUM(r.state IN ('planned', 'sending')), 0) AS waiting,
  COALESCE(SUM(r.delivered = 'no'), 0) AS undelivered, COALESCE(SUM(r.replied), 0) AS answered,
  (SELECT COUNT(*) FROM request q WHERE q.campaign = c.id AND q.complete = 1) AS complete,
  COALESCE(SUM(r.state = 'accepted' AND r.delivered != 'no' AND r.outcome = 'silence'), 0) AS silent,
  COALESCE(SUM(r.unread), 0) AS unread
FROM campaign c LEFT JOIN reply_times r ON r.campaign = c.id
GROUP BY c.id;

CREATE VIEW nightly AS
SELECT id AS run, command, world, started_at, finished_at, status, summary FROM run ORDER BY id DESC
