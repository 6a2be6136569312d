-- The first schema: cells, alerts and their cases, patrols, people. One SQL for PostgreSQL 15+ and PGlite.
-- Times are epoch milliseconds in bigint columns ending in _ms; codes and ids compare by bytes (COLLATE "C") so that a prefix is a prefix.

CREATE TABLE cells (
  code text COLLATE "C" NOT NULL,
  name text NOT NULL,
  community_code text NOT NULL,
  community_name text NOT NULL,
  street_code text NOT NULL,
  street_name text NOT NULL,
  district_code text NOT NULL,
  district_name text NOT NULL,
  team_id text,
  area jsonb NOT NULL,
  valid_from_ms bigint NOT NULL,
  valid_to_ms bigint,
  PRIMARY KEY (code, valid_from_ms),
  CHECK (valid_to_ms IS NULL OR valid_to_ms >= valid_from_ms)
);
CREATE UNIQUE INDEX cells_open ON cells (code) WHERE valid_to_ms IS NULL;

CREATE TABLE cases (
  id text PRIMARY KEY,
  version integer NOT NULL,
  stage text NOT NULL CHECK (stage IN ('reported', 'classified', 'handling', 'following_up', 'closed')),
  severity text NOT NULL,
  cell_code text COLLATE "C",
  lon double precision,
  lat double precision,
  assignee text,
  category text,
  close_code text CHECK (close_code IN ('true', 'false', 'duplicate', 'test')),
  opened_at_ms bigint NOT NULL,
  stage_since_ms bigint NOT NULL,
  closed_at_ms bigint,
  traceparent text NOT NULL
);
CREATE INDEX cases_open ON cases (stage) WHERE stage <> 'closed';

CREATE TABLE alerts (
  id text PRIMARY KEY,
  case_id text NOT NULL REFERENCES cases (id),
  source text NOT NULL CHECK (source IN ('camera', 'sensor', 'sos')),
  rule_id text NOT NULL,
  rule_name text NOT NULL,
  rule_version integer NOT NULL,
  subject text NOT NULL,
  severity text NOT NULL,
  urgency text NOT NULL,
  certainty text NOT NULL,
  place_basis text NOT NULL,
  lon double precision,
  lat double precision,
  cell_code text COLLATE "C",
  occurred_at_ms bigint NOT NULL,
  received_at_ms bigint NOT NULL,
  filed_at_ms bigint NOT NULL,
  last_finding_at_ms bigint NOT NULL,
  findings integer NOT NULL,
  finding jsonb NOT NULL,
  traceparent text NOT NULL
);
CREATE INDEX alerts_newest ON alerts (filed_at_ms DESC);
CREATE INDEX alerts_of_case ON alerts (case_id);

-- The dedupe key. Its row is also the lock that makes two filers of one trigger take turns.
CREATE TABLE alert_windows (
  rule_id text NOT NULL,
  subject text NOT NULL,
  cell_key text NOT NULL,
  alert_id text NOT NULL,
  last_at_ms bigint NOT NULL,
  PRIMARY KEY (rule_id, subject, cell_key)
);

CREATE TABLE filed_findings (
  finding_id text PRIMARY KEY,
  alert_id text REFERENCES alerts (id),
  filed_at_ms bigint NOT NULL
);
CREATE INDEX filed_findings_age ON filed_findings (filed_at_ms);

CREATE TABLE evidence (
  id text PRIMARY KEY,
  alert_id text NOT NULL REFERENCES alerts (id),
  taken_at_ms bigint NOT NULL,
  media_type text NOT NULL,
  bytes integer NOT NULL,
  sha256 text NOT NULL
);
CREATE INDEX evidence_of_alert ON evidence (alert_id);

CREATE TABLE case_events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  case_id text NOT NULL REFERENCES cases (id),
  at_ms bigint NOT NULL,
  actor text NOT NULL,
  what text NOT NULL,
  from_stage text,
  to_stage text NOT NULL,
  why text
);
CREATE INDEX case_events_of_case ON case_events (case_id, seq);

CREATE TABLE orders (
  id text PRIMARY KEY,
  case_id text NOT NULL REFERENCES cases (id),
  patrol_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('sent', 'acknowledged', 'en_route', 'on_scene', 'done', 'declined', 'recalled')),
  sent_at_ms bigint NOT NULL,
  status_at_ms bigint NOT NULL,
  note text,
  reason text NOT NULL
);
CREATE INDEX orders_of_case ON orders (case_id);
CREATE INDEX orders_open ON orders (patrol_id) WHERE status IN ('sent', 'acknowledged', 'en_route', 'on_scene');
CREATE INDEX orders_unanswered ON orders (sent_at_ms) WHERE status = 'sent';

CREATE TABLE patrol_states (
  patrol_id text PRIMARY KEY,
  on_duty boolean NOT NULL,
  lon double precision,
  lat double precision,
  fix_at_ms bigint,
  received_at_ms bigint,
  accuracy_m double precision,
  cell_code text COLLATE "C"
);

CREATE TABLE position_trail (
  patrol_id text NOT NULL,
  fix_at_ms bigint NOT NULL,
  lon double precision NOT NULL,
  lat double precision NOT NULL,
  accuracy_m double precision,
  cell_code text COLLATE "C",
  received_at_ms bigint NOT NULL,
  PRIMARY KEY (patrol_id, fix_at_ms)
);
CREATE INDEX position_trail_age ON position_trail (received_at_ms);

CREATE TABLE quarantine (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  device_id text,
  topic text NOT NULL,
  reason text NOT NULL,
  payload_base64 text NOT NULL,
  payload_bytes bigint NOT NULL,
  received_at_ms bigint NOT NULL
);

CREATE TABLE operators (
  name text PRIMARY KEY,
  role text NOT NULL CHECK (role IN ('admin', 'dispatcher', 'viewer')),
  cell_scope text[] NOT NULL,
  password_hash text,
  created_at_ms bigint NOT NULL
);

CREATE TABLE sign_in_codes (
  code_hash text PRIMARY KEY,
  operator_name text NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
  expires_at_ms bigint NOT NULL
);

CREATE TABLE sessions (
  token_hash text PRIMARY KEY,
  operator_name text NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
  started_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL
);
CREATE INDEX sessions_age ON sessions (expires_at_ms);

-- What /readyz really writes.
CREATE TABLE readiness (
  one integer PRIMARY KEY CHECK (one = 1),
  written_at_ms bigint NOT NULL
);
