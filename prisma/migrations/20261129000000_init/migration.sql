-- Carillon's first schema. Hand-written: partitions, partial indexes and storage options are beyond Prisma's language.

CREATE TYPE platform       AS ENUM ('android', 'ios', 'web');
CREATE TYPE device_state   AS ENUM ('active', 'gone');
CREATE TYPE address_kind   AS ENUM ('token', 'fid');
CREATE TYPE consent_source AS ENUM ('registration', 'import', 'person');
CREATE TYPE campaign_state AS ENUM ('draft', 'scheduled', 'sending', 'paused', 'canceled', 'finished');
CREATE TYPE batch_state    AS ENUM ('planned', 'queued', 'sending', 'done', 'canceled');
CREATE TYPE guarantee      AS ENUM ('at_least_once', 'at_most_once');
CREATE TYPE role           AS ENUM ('viewer', 'marketer', 'operator', 'admin', 'registrar', 'auditor');
CREATE TYPE resend_only    AS ENUM ('failed', 'in_doubt', 'canceled');
CREATE TYPE schedule_state AS ENUM ('active', 'paused', 'ended');
CREATE TYPE run_outcome    AS ENUM ('made', 'skipped', 'missed', 'no_such_day');
CREATE TYPE campaign_kind  AS ENUM ('advertising', 'service');
CREATE TYPE night_rule     AS ENUM ('skip', 'delay');

-- A device and a campaign belong to one project, and a batch never mixes two. A project has its own credential, rate
-- limit, breaker and sender; what is null is as the environment says (FCM_SENDER, FCM_ENDPOINT, …; src/projects/project.ts).
CREATE TABLE projects (
  id                  smallint PRIMARY KEY,
  name                text NOT NULL,
  -- A name from src/push/create-sender.ts.
  sender              text,
  endpoint            text,
  -- The id of the Firebase project, when it is not the one that the credentials file names.
  fcm_project_id      text,
  -- The path of a credentials file (a service account's key, or workload identity) on each machine that sends.
  credentials_file    text,
  messages_per_minute integer CHECK (messages_per_minute > 0),
  created_at          timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX projects_name_key ON projects (name);
INSERT INTO projects (id, name) VALUES (1, 'default');

CREATE TABLE members (
  id           bigserial PRIMARY KEY,
  -- In the order of its bytes, a prefix is a stretch of the unique index; in the order of a language it is not.
  external_id  text COLLATE "C" NOT NULL,
  locale       text,
  timezone     text,
  attributes   jsonb NOT NULL DEFAULT '{}',
  opted_out_at timestamptz(6),
  -- The statement that opted_out_at comes from, in either direction: when it was made, how it came here, and who made it (a
  -- user or an API key). Null: nothing was ever said.
  consent_at   timestamptz(6),
  consent_source consent_source,
  consent_by   uuid,
  -- When it was heard here: an import does not lift what it has set itself.
  consent_recorded_at timestamptz(6),
  -- Consent to advertising, and to advertising at night: the day from which it counts; null: none, or withdrawn. Of each, the
  -- statement that it comes from, as above: when it was made, how it came here, who made it, and when it was heard.
  marketing_consent_at  timestamptz(6),
  marketing_said_at     timestamptz(6),
  marketing_source      consent_source,
  marketing_by          uuid,
  marketing_recorded_at timestamptz(6),
  night_consent_at      timestamptz(6),
  night_said_at         timestamptz(6),
  night_source          consent_source,
  night_by              uuid,
  night_recorded_at     timestamptz(6),
  -- The last change that a person made to this member (PATCH): when it was recorded, which may be long after the statement,
  -- and the user or the API key.
  edited_at    timestamptz(6),
  edited_by    uuid,
  created_at   timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX members_external_id_key ON members (external_id);
-- The oldest consents first: those that have to be confirmed again.
CREATE INDEX members_marketing_consent_idx ON members (marketing_consent_at, id) WHERE marketing_consent_at IS NOT NULL;
CREATE INDEX members_night_consent_idx ON members (night_consent_at, id) WHERE night_consent_at IS NOT NULL;

CREATE TABLE devices (
  id           bigserial PRIMARY KEY,
  member_id    bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE ON UPDATE CASCADE,
  -- What FCM knows the app by. Looked up and never sorted for people: in byte order an import takes PostgreSQL a quarter
  -- less time.
  address      text COLLATE "C" NOT NULL,
  kind         address_kind NOT NULL DEFAULT 'token',
  -- The app's own name for the phone or the installation: two addresses with the same one are one device.
  installation_id text COLLATE "C",
  project_id   smallint NOT NULL DEFAULT 1 REFERENCES projects (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  platform     platform NOT NULL,
  state        device_state NOT NULL DEFAULT 'active',
  last_seen_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  gone_at      timestamptz(6),
  gone_code    smallint,
  -- The device that has got another address since; this row only keeps the old one from coming back.
  replaced_by  bigint
);
CREATE UNIQUE INDEX devices_address_project_id_key ON devices (address, project_id);
CREATE INDEX devices_installation_idx ON devices (project_id, installation_id) WHERE installation_id IS NOT NULL;
CREATE INDEX devices_member_id_idx ON devices (member_id);
-- What a plan walks: the cost does not grow with devices that are gone.
CREATE INDEX devices_active_idx ON devices (project_id, id) WHERE state = 'active';
-- What the cleanup retires, and what it deletes.
CREATE INDEX devices_stale_idx ON devices (last_seen_at) WHERE state = 'active';
CREATE INDEX devices_gone_idx ON devices (gone_at) WHERE state = 'gone';

-- Campaigns that recur. A row is the template of its runs and says when they are; each run is a campaign of its own.
CREATE TABLE schedules (
  id                   uuid PRIMARY KEY,
  project_id           smallint NOT NULL DEFAULT 1 REFERENCES projects (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  name                 text NOT NULL,
  message              jsonb NOT NULL,
  audience             jsonb NOT NULL,
  tags                 text[] NOT NULL DEFAULT '{}',
  guarantee            guarantee NOT NULL DEFAULT 'at_least_once',
  priority             smallint NOT NULL DEFAULT 5,
  rate_per_minute      integer,
  latest_start_minutes integer NOT NULL DEFAULT 60,
  kind                 campaign_kind NOT NULL DEFAULT 'service',
  advertiser           jsonb,
  night                night_rule NOT NULL DEFAULT 'skip',
  send_window          jsonb,
  -- After each run, when nothing of it leaves any more.
  not_after_minutes    integer,
  default_zone         text,
  ignores_caps         boolean NOT NULL DEFAULT false,
  counts_toward_caps   boolean NOT NULL DEFAULT true,
  once_per_member      boolean NOT NULL DEFAULT false,
  -- As the API takes it. Which instants that are is worked out in Node (src/domain/zoned-time.ts), never here.
  rule                 jsonb NOT NULL,
  timezone             text NOT NULL,
  starts_on            date,
  ends_on              date,
  skip_dates           date[] NOT NULL DEFAULT '{}',
  state                schedule_state NOT NULL DEFAULT 'active',
  -- Why it has paused itself: its template can no longer be sent.
  problem              text,
  -- Of every run up to this instant it is decided what becomes of it.
  decided_through      timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- The first run that is not decided; null: there is none.
  next_at              timestamptz(6),
  version              integer NOT NULL DEFAULT 1,
  created_by           uuid,
  changed_by           uuid,
  created_at           timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at           timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
-- What is looked at every second.
CREATE INDEX schedules_next_idx ON schedules (next_at) WHERE state = 'active';
-- Which schedules name a member, as campaigns_named_idx.
CREATE INDEX schedules_named_idx ON schedules USING gin ((audience -> 'externalIds') jsonb_path_ops)
  WITH (fastupdate = off) WHERE audience ? 'externalIds';

CREATE TABLE campaigns (
  id                uuid PRIMARY KEY,
  project_id        smallint NOT NULL DEFAULT 1 REFERENCES projects (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  name              text NOT NULL,
  -- Both may be null in a draft, while what is typed so far is in "unfinished".
  message           jsonb,
  audience          jsonb,
  -- What a person has typed in the editor and what is no valid message or audience yet, as the console writes it. A campaign
  -- with it can be neither tested nor sent.
  unfinished        jsonb,
  tags              text[] NOT NULL DEFAULT '{}',
  state             campaign_state NOT NULL DEFAULT 'draft',
  pause_reason      text,
  pause_detail      text,
  paused_at         timestamptz(6),
  -- Those that are over, {from, to, reason}, and when FCM last asked for fewer messages: for its plot. Bounded.
  pauses            jsonb NOT NULL DEFAULT '[]',
  pushed_back       timestamptz(6)[] NOT NULL DEFAULT '{}',
  -- Null: a person has canceled it.
  cancel_reason     text,
  -- When a cancel that can still be undone becomes final. Until then nothing of the campaign leaves.
  cancel_at         timestamptz(6),
  -- A deletion that can still be undone: the campaign is shown nowhere, and maintenance removes it.
  deleted_at        timestamptz(6),
  archived_at       timestamptz(6),
  guarantee         guarantee NOT NULL DEFAULT 'at_least_once',
  priority          smallint NOT NULL DEFAULT 5,
  rate_per_minute   integer,
  scheduled_at      timestamptz(6),
  -- So long after its time it may still start; then it is canceled. In minutes: days have a time zone.
  latest_start_minutes integer NOT NULL DEFAULT 60,
  -- When its messages may leave (src/domain/send-rules.ts): judged for each member when a message is about to leave.
  kind              campaign_kind NOT NULL DEFAULT 'service',
  -- {name, optOutHint}: what Korean members read in an advertisement.
  advertiser        jsonb,
  -- Of advertising, for members without consent to the night.
  night             night_rule NOT NULL DEFAULT 'skip',
  -- {from, until, outside}: on a clock in the member's zone.
  send_window       jsonb,
  not_after         timestamptz(6),
  -- Frequency caps (src/domain/caps.ts): whether they keep it from members, and whether it uses them up.
  ignores_caps      boolean NOT NULL DEFAULT false,
  counts_toward_caps boolean NOT NULL DEFAULT true,
  -- Of each member only the device that was seen last, as of its plan.
  once_per_member   boolean NOT NULL DEFAULT false,
  -- At each member's local time, "2026-12-24T20:00"; null: at one instant. Then scheduled_at is the earliest that it can be for
  -- somebody, until it is planned, and the first instant of its batches from then on (src/domain/local-time.ts).
  local_at          text,
  late              text CHECK (late IN ('skip', 'now', 'next_day')),
  unknown_zone      text CHECK (unknown_zone IN ('default', 'skip')),
  -- The zone of members whose own is not known; null: DEFAULT_TIMEZONE. At local times it is always named.
  default_zone      text,
  -- When that was set: where the time had passed by then, it is late.
  local_since       timestamptz(6),
  -- Its instants up to this one have begun. Each is looked at once: whether it was missed.
  begun_through     timestamptz(6),
  audience_size     integer NOT NULL DEFAULT 0,
  -- When its plan has begun: who belongs to its audience is decided from then on.
  frozen_at         timestamptz(6),
  frozen_through_id bigint,
  plan_cursor       bigint NOT NULL DEFAULT 0,
  planned_batches   integer NOT NULL DEFAULT 0,
  -- The place of its next batch on the queue, among the campaigns of its priority. See src/queue/places.ts.
  next_place        integer NOT NULL DEFAULT 0,
  planned_at        timestamptz(6),
  is_planned        boolean NOT NULL DEFAULT false,
  version           integer NOT NULL DEFAULT 1,
  created_by        uuid,
  -- Who changed its content last, and who sent or scheduled it: a user or an API key.
  changed_by        uuid,
  sent_by           uuid,
  created_at        timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at        timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  started_at        timestamptz(6),
  closed_at         timestamptz(6),
  -- Set with closed_at: the sums over its batches, which do not change any more.
  totals            jsonb,
  -- While it is closed: which of its results are counted so far, and how many (src/maintenance/close-campaigns.ts).
  closing           jsonb,
  -- When it was noticed that its month of results was dropped. Its counts remain.
  results_deleted_at timestamptz(6),
  -- A resend is a campaign of its own: it points to the one whose devices it sends to again, and to the first of the
  -- chain, whose collapse identifier all of them carry. The results of the one before stay as they were recorded.
  resend_of         uuid REFERENCES campaigns (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  resend_only       resend_only,
  -- The reasons that are sent to again; null: all of them.
  resend_codes      smallint[],
  chain_id          uuid,
  -- A run of a schedule, and which: the instant that it was planned for, also if a person has sent it earlier.
  schedule_id       uuid REFERENCES schedules (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  schedule_run_at   timestamptz(6),
  -- Platforms whose push credential was refused: they wait for a person while the others go on.
  halted_platforms  platform[] NOT NULL DEFAULT '{}',
  -- Of "message". Grows when the message of a paused campaign is corrected.
  message_version   smallint NOT NULL DEFAULT 1,
  -- False: a person knows that its addresses are refused, and has resumed it all the same.
  judges_addresses  boolean NOT NULL DEFAULT true,
  -- What a search looks into: made once, because making it for 10,000 campaigns takes a fifth of a second. No word is found
  -- across name and title. In NFC: a name may have been typed on a Mac, which takes 김 apart. What people do not see is left
  -- out, and every space is one, as in src/domain/clean-text.ts: texts come from web pages.
  searched          text GENERATED ALWAYS AS
    (lower(translate(normalize(name || E'\n' || coalesce(message->>'title', ''), NFC),
      E'\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'
      '\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufeff',
      '                '))) STORED,
  -- What lists and event streams say of the audience, which may be a megabyte (src/domain/audience-summary.ts). Made once:
  -- counting the members of a page of such campaigns would read all of them.
  audience_summary  jsonb GENERATED ALWAYS AS ((CASE
    WHEN audience ? 'all' THEN '{"kind": "all"}'
    WHEN audience ? 'externalIds' THEN '{"kind": "members", "members": ' || jsonb_array_length(audience->'externalIds')::text || '}'
    WHEN octet_length((audience->'filter')::text) <= 2000 THEN '{"kind": "filter", "filter": ' || (audience->'filter')::text || '}'
    WHEN audience ? 'filter' THEN '{"kind": "filter", "filter": null}' END)::jsonb) STORED,
  -- Whether two are the same, without reading either.
  audience_hash     text GENERATED ALWAYS AS (md5(audience::text)) STORED,
  CONSTRAINT campaigns_local_check CHECK (num_nulls(local_at, late, unknown_zone, local_since) IN (0, 4)),
  CONSTRAINT campaigns_local_zone_check CHECK (local_at IS NULL OR default_zone IS NOT NULL),
  -- Nothing leaves while a cancel can be undone, and what is deleted was never sent.
  CONSTRAINT campaigns_canceling_check CHECK (cancel_at IS NULL OR state IN ('scheduled', 'paused')),
  CONSTRAINT campaigns_deleted_check CHECK (deleted_at IS NULL OR state IN ('draft', 'scheduled')),
  CONSTRAINT campaigns_finished_check CHECK (state = 'draft' OR
    (name <> '' AND message IS NOT NULL AND audience IS NOT NULL AND unfinished IS NULL))
);
-- Its resends. Each reason of a campaign is sent again once, which is checked under a lock on its row: a device that still
-- lacks the message has its result in the resend.
CREATE INDEX campaigns_resend_of_idx ON campaigns (resend_of);
-- What maintenance removes: a handful of rows.
CREATE INDEX campaigns_deleted_at_idx ON campaigns (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX campaigns_chain_id_idx ON campaigns (chain_id);
-- Which campaigns name a member: asked when the member is erased. Measured in docs/performance.md.
CREATE INDEX campaigns_named_idx ON campaigns USING gin ((audience -> 'externalIds') jsonb_path_ops)
  WITH (fastupdate = off) WHERE audience ? 'externalIds';
-- The drafts that are being written, when a member is erased: its id may be in what is typed.
CREATE INDEX campaigns_unfinished_idx ON campaigns (id) WHERE unfinished IS NOT NULL;
-- What maintenance reads on every tick: campaigns that are not closed. A handful of rows, however many there were.
CREATE INDEX campaigns_open_idx ON campaigns (state, scheduled_at) WHERE closed_at IS NULL AND state <> 'draft';
-- The lists: of all that is not archived, of one state, of the archive; and by each column that they are sorted by. In the
-- words of src/campaigns/list-campaigns.ts.
CREATE INDEX campaigns_listed_idx ON campaigns (id) WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX campaigns_by_state_idx ON campaigns (state, id) WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX campaigns_archived_idx ON campaigns (id) WHERE deleted_at IS NULL AND archived_at IS NOT NULL;
CREATE INDEX campaigns_by_name_idx ON campaigns ((lower(name) COLLATE "C"), id) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_by_time_idx ON campaigns ((coalesce(started_at, scheduled_at, created_at)), id)
  WHERE deleted_at IS NULL;
CREATE INDEX campaigns_by_sent_idx ON campaigns ((coalesce((totals->>'sent')::int, -1)), id) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_by_failed_idx ON campaigns ((coalesce((totals->>'failed')::int, -1)), id)
  WHERE deleted_at IS NULL;
CREATE INDEX campaigns_by_audience_idx ON campaigns ((coalesce((totals->>'audience')::int, -1)), id)
  WHERE deleted_at IS NULL;
CREATE INDEX campaigns_by_author_idx ON campaigns (created_by, id) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_by_tag_idx ON campaigns USING gin (tags) WHERE deleted_at IS NULL;
-- Which tags there are.
CREATE INDEX campaigns_tagged_idx ON campaigns (id) WHERE deleted_at IS NULL AND tags <> '{}';
-- Notices, and what needs a person: the campaigns that were closed last.
CREATE INDEX campaigns_closed_idx ON campaigns (closed_at) WHERE closed_at IS NOT NULL AND deleted_at IS NULL;

-- What members were sent, for the frequency caps: a row a member with one entry for each device that a campaign was handed over
-- for, in the order of the hand-overs; only as far back as a cap looks. What became of an entry is in "deliveries"; until that is
-- known it takes up room all the same. "in_doubt": the message may have arrived, and is tried again. Written by dispatchers for a
-- whole window in one statement, in the order of members (src/dispatch/cap-store.ts). No foreign key: it would be looked up for
-- each message. Who erases a member deletes its row.
CREATE TABLE member_uses (
  member_id    bigint PRIMARY KEY,
  campaign_ids uuid[] NOT NULL,
  device_ids   bigint[] NOT NULL,
  used_at      timestamptz(6)[] NOT NULL,
  in_doubt     boolean[] NOT NULL
) WITH (fillfactor = 60);

-- Of campaigns with one message a member: the device that was chosen when the first device of its member was planned, if it is
-- on a later page. It may not be the one that was seen last any more by then. Deleted with the last page.
CREATE TABLE campaign_chosen (
  campaign_id uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE ON UPDATE CASCADE,
  member_id   bigint NOT NULL,
  device_id   bigint NOT NULL,
  PRIMARY KEY (campaign_id, member_id)
);

-- What became of the runs of a schedule. A run is decided once: its key is the instant.
CREATE TABLE schedule_runs (
  schedule_id uuid NOT NULL REFERENCES schedules (id) ON DELETE CASCADE ON UPDATE CASCADE,
  at          timestamptz(6) NOT NULL,
  -- On a clock in the schedule's zone as it was then: 2026-03-29T03:30.
  local       text NOT NULL,
  outcome     run_outcome NOT NULL,
  campaign_id uuid REFERENCES campaigns (id) ON DELETE SET NULL ON UPDATE CASCADE,
  -- Who has left it out, or sent it early.
  decided_by  uuid,
  decided_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (schedule_id, at)
);
CREATE INDEX schedule_runs_campaign_id_idx ON schedule_runs (campaign_id);
-- For a calendar: what came to nothing, of all schedules.
CREATE INDEX schedule_runs_at_idx ON schedule_runs (at) WHERE outcome <> 'made';
-- The runs of a schedule, and the last guard against sending one twice.
CREATE UNIQUE INDEX campaigns_schedule_run_idx ON campaigns (schedule_id, schedule_run_at)
  WHERE schedule_id IS NOT NULL AND deleted_at IS NULL;

-- Every message that a corrected campaign has had, the current one included. A campaign that was never corrected has no row.
CREATE TABLE campaign_messages (
  campaign_id uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE ON UPDATE CASCADE,
  version     smallint NOT NULL,
  message     jsonb NOT NULL,
  created_by  uuid,
  created_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (campaign_id, version)
);

-- Who has a campaign open in the console now. A row a window, renewed every few seconds.
CREATE TABLE campaign_viewers (
  campaign_id uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE ON UPDATE CASCADE,
  window_id   uuid NOT NULL,
  viewer_id   uuid NOT NULL,
  is_editing  boolean NOT NULL,
  opened_at   timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  seen_at     timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (campaign_id, window_id)
);

-- What FCM said, in its own words: of each code of a campaign the first answer to its newest message. A row a code, however
-- many devices were refused.
CREATE TABLE campaign_samples (
  campaign_id     uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE ON UPDATE CASCADE,
  code            smallint NOT NULL,
  message_version smallint NOT NULL,
  detail          text NOT NULL,
  seen_at         timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (campaign_id, code)
);

-- The tests of campaigns: who sent which text to whom, and what FCM answered. Written before a message leaves. No foreign keys:
-- what was sent is known for longer than a draft that is deleted. Kept for TEST_RETENTION_DAYS.
CREATE TABLE test_sends (
  id               uuid PRIMARY KEY,
  campaign_id      uuid NOT NULL,
  campaign_version integer NOT NULL,
  message_version  smallint NOT NULL,
  message_hash     text NOT NULL,
  -- FCM has checked the message and delivered nothing.
  is_validation    boolean NOT NULL,
  -- A user or an API key.
  sent_by          uuid NOT NULL,
  sent_at          timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- Messages: without those of "recipients" who were left out.
  size             smallint NOT NULL,
  -- {externalId, address, kind} of each; the address is its last 8 characters. Who was erased since is null in both.
  recipients       jsonb NOT NULL,
  -- {outcome, code, fcmSaid, messageId} of each, in the same order. Null: no answer is known.
  answers          jsonb,
  -- The code of the error, if nothing was sent.
  failure          text
);
-- Of a campaign, newest first.
CREATE INDEX test_sends_campaign_id_id_idx ON test_sends (campaign_id, id);
-- What a caller has sent in the last minute.
CREATE INDEX test_sends_sent_by_idx ON test_sends (sent_by, sent_at);
-- What the cleanup deletes.
CREATE INDEX test_sends_sent_at_idx ON test_sends (sent_at);
-- Which of them name a member: asked when the member is erased.
CREATE INDEX test_sends_recipients_idx ON test_sends USING gin (recipients jsonb_path_ops);

-- One row a batch. The row is updated several times in its short life, so pages are left 30 % free for HOT updates.
CREATE TABLE batches (
  campaign_id      uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE ON UPDATE CASCADE,
  seq              integer NOT NULL,
  -- The last device of the batch; of a campaign at local times, of all batches of its page, which share it: they are split by
  -- time zones. It grows with seq, and a device is in one of the batches with the first one that reaches as far.
  through_id       bigint NOT NULL,
  device_ids       bigint[] NOT NULL,
  -- Whose devices they were when the audience was frozen. Null when the audience is everybody.
  member_ids       bigint[],
  size             smallint NOT NULL,
  state            batch_state NOT NULL DEFAULT 'planned',
  -- The fencing token: grows with each claim.
  attempt          integer NOT NULL DEFAULT 0,
  -- Of a batch that is being sent: the dispatcher that holds it, a row of batch_owners.
  owner            integer,
  -- Passes that have ended. In one pass each device is sent to at most once, so that no device waits behind another's retries.
  spent            smallint NOT NULL DEFAULT 0,
  -- Positions in device_ids of devices without a result: sent to in this pass; at_most_once: in the window that is being sent.
  passed           smallint[] NOT NULL DEFAULT '{}',
  launched         smallint[] NOT NULL DEFAULT '{}',
  -- Which version of the message the devices in "launched" are sent.
  launched_version smallint NOT NULL DEFAULT 1,
  -- Not before this time may the devices in "passed" be sent to again: what FCM has asked for, or our back-off.
  retry_at         timestamptz(6),
  turn             integer NOT NULL DEFAULT 0,
  queued_at        timestamptz(6),
  not_before       timestamptz(6),
  -- Of a campaign at local times: when it leaves first, and for which zones ('': not known), whose clocks all show the same.
  send_at          timestamptz(6),
  zones            text[],
  -- Nothing is sent: its devices are recorded with this code (src/domain/delivery-result.ts).
  skip_code        smallint,
  first_claimed_at timestamptz(6),
  -- 1: an attempt ended before every device was sent to. 2: its dispatcher died. Until the end of the pass it goes before the
  -- others: members wait for a message that the rest of the batch has.
  precedence       smallint NOT NULL DEFAULT 0,
  sent             smallint NOT NULL DEFAULT 0,
  failed           smallint NOT NULL DEFAULT 0,
  skipped          smallint NOT NULL DEFAULT 0,
  in_doubt         smallint NOT NULL DEFAULT 0,
  canceled         smallint NOT NULL DEFAULT 0,
  first_sent_at    timestamptz(6),
  last_sent_at     timestamptz(6),
  -- Of its results, whatever they are: the smallest and the greatest sent_at of their rows.
  first_result_at  timestamptz(6),
  last_result_at   timestamptz(6),
  -- Between attempts a batch may wait for minutes. For the plot: the stretches of results that were over when it was put
  -- back, {from, to, and each count up to then}, and the first result since. Null in nearly all batches.
  earlier_results  jsonb,
  again_at         timestamptz(6),
  PRIMARY KEY (campaign_id, seq)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- The frozen audience is written once and never changes. Out of line, it is not copied by the updates of its row.
ALTER TABLE batches ALTER COLUMN device_ids SET STORAGE EXTERNAL, ALTER COLUMN member_ids SET STORAGE EXTERNAL;
-- The two questions of enqueueing: which attempted batches are due again, and which fresh one is next.
CREATE INDEX batches_due_idx   ON batches (campaign_id, not_before) WHERE state = 'planned' AND attempt > 0;
CREATE INDEX batches_fresh_idx ON batches (campaign_id, seq) WHERE state = 'planned' AND attempt = 0;
-- Of a campaign at local times: which is due.
CREATE INDEX batches_zone_idx  ON batches (campaign_id, send_at, seq)
  WHERE state = 'planned' AND attempt = 0 AND zones IS NOT NULL;
CREATE INDEX batches_first_idx ON batches (campaign_id, not_before) WHERE state = 'planned' AND precedence > 0;
-- Maintenance asks four times a second for those that it took back.
CREATE INDEX batches_lost_idx ON batches (campaign_id) WHERE state = 'planned' AND precedence = 2;
-- What is queued or being sent: at most a watermark a campaign.
CREATE INDEX batches_moving_idx ON batches (campaign_id, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX batches_owner_idx ON batches (owner) WHERE owner IS NOT NULL;

-- A row for each dispatcher that may hold batches. It lives as long as its `beat` grows; its session also holds an advisory
-- lock on the id, which PostgreSQL frees at once when the process dies. See src/maintenance/owner-watch.ts.
CREATE TABLE batch_owners (
  id   serial PRIMARY KEY,
  beat bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The final result of one device in one campaign. Fixed-width columns first: no padding.
CREATE TABLE deliveries (
  campaign_id     uuid NOT NULL,
  device_id       bigint NOT NULL,
  sent_at         timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  state           smallint NOT NULL,
  code            smallint NOT NULL,
  attempt         smallint NOT NULL,
  -- Of the campaign's message. Null: the first, so that it takes no byte where nothing was corrected (the null bitmap of
  -- eight columns fits into the row's header). 0: one of several, not known which.
  message_version smallint,
  -- Packed, see src/results/message-id.ts.
  message_id      bytea,
  PRIMARY KEY (campaign_id, device_id)
) PARTITION BY RANGE (campaign_id);
-- "Who did not get it, and why": only rows that are not `sent` (state 1), a few per cent of all.
CREATE INDEX deliveries_not_sent_idx ON deliveries (campaign_id, state, code, device_id) WHERE state <> 1;

-- The smallest UUIDv7 of an instant: its first 48 bits are milliseconds since 1970.
CREATE FUNCTION uuid7_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- The name of the partition for the deliveries of campaigns created in the month (UTC) of `at`.
CREATE FUNCTION deliveries_partition(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', '"deliveries_"YYYY_MM')
$$;

-- Until the transaction ends, that partition is not dropped: the cleanup takes the same lock alone. For whoever makes it,
-- or decides something by what it has. Taken before any lock on a table.
CREATE FUNCTION keep_deliveries_partition(at timestamptz) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock_shared(hashtext('carillon.' || deliveries_partition(at)))
$$;

-- Makes that partition; returns its name. Safe to call at any time and from several sessions. ATTACH, unlike
-- CREATE … PARTITION OF, does not stop other writers. pg_class is read, and not to_regclass(): that would answer from
-- this session's cache, which still says what was true before the wait for the lock.
-- Every month is computed without time zone, in UTC: a month added to a timestamptz is a month of the session's zone.
CREATE FUNCTION ensure_deliveries_partition(at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  first_day timestamp := date_trunc('month', at AT TIME ZONE 'UTC');
  part text := deliveries_partition(at);
  home oid := (SELECT relnamespace FROM pg_class WHERE oid = 'deliveries'::regclass);
BEGIN
  PERFORM keep_deliveries_partition(at);
  IF NOT EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = home) THEN
    PERFORM pg_advisory_xact_lock(hashtext('carillon.make.' || part));
    IF NOT EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = home) THEN
      EXECUTE format('CREATE TABLE %I (LIKE deliveries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
      EXECUTE format('ALTER TABLE deliveries ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
        uuid7_floor(first_day AT TIME ZONE 'UTC'), uuid7_floor((first_day + interval '1 month') AT TIME ZONE 'UTC'));
    END IF;
  END IF;
  RETURN part;
END $$;

-- Drops that partition, if there is one and no campaign of its month is open: without its results one would be sent again from the
-- start. The caller has locked it and decided that it is old enough (src/postgres/partitions.ts).
CREATE FUNCTION drop_deliveries_partition(at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first_day timestamp := date_trunc('month', at AT TIME ZONE 'UTC');
  part text := deliveries_partition(at);
BEGIN
  IF EXISTS (SELECT FROM campaigns c WHERE c.closed_at IS NULL AND c.state <> 'draft'
      AND c.id >= uuid7_floor(first_day AT TIME ZONE 'UTC')
      AND c.id < uuid7_floor((first_day + interval '1 month') AT TIME ZONE 'UTC')) THEN
    RAISE EXCEPTION 'partition % has results of open campaigns and is not dropped', part USING ERRCODE = 'object_in_use';
  END IF;
  IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'deliveries'::regclass AND c.relname = part) THEN
    EXECUTE format('DROP TABLE %I', part);
  END IF;
END $$;

-- The two functions that make and drop tables do it as the role that owns them, so that the role the processes run as needs no right
-- to make, change or drop anything: partitions of "deliveries" are all it can have made or dropped, and only as these functions do it.
-- Their search_path is fixed: a table of the same name elsewhere must not be taken for ours by a function with more rights.
-- "npm run migrate" grants them to DATABASE_APP_ROLE; nobody else but the owner may call them.
DO $$
DECLARE
  routine regprocedure;
BEGIN
  FOREACH routine IN ARRAY ARRAY['ensure_deliveries_partition(timestamptz)', 'drop_deliveries_partition(timestamptz)']::regprocedure[] LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', routine, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
  END LOOP;
END $$;

-- Makes the partitions of this month and the next.
CREATE FUNCTION make_deliveries_partitions(at timestamptz) RETURNS void LANGUAGE sql AS $$
  SELECT ensure_deliveries_partition(at),
    ensure_deliveries_partition((at AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC')
$$;
SELECT make_deliveries_partitions(now());

CREATE TABLE rate_limits (
  key           text PRIMARY KEY,
  next_at       timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  start_at      timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ramp_from     timestamptz(6),
  blocked_until timestamptz(6),
  share         real NOT NULL DEFAULT 1,
  cut_at        timestamptz(6)
) WITH (fillfactor = 50);

-- `permissions`: those of the role that it is limited to; none listed is all that keys of the role have. `allowed_addresses`: of
-- the clients, as single addresses or ranges; none listed is any.
CREATE TABLE api_keys (
  id                uuid PRIMARY KEY,
  name              text NOT NULL,
  prefix            text NOT NULL,
  hash              bytea NOT NULL,
  role              role NOT NULL,
  permissions       text[] NOT NULL DEFAULT '{}',
  allowed_addresses text[] NOT NULL DEFAULT '{}',
  created_at        timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  rotated_at        timestamptz(6),
  expires_at        timestamptz(6),
  last_used_at      timestamptz(6),
  revoked_at        timestamptz(6)
);
CREATE UNIQUE INDEX api_keys_prefix_key ON api_keys (prefix);

-- The secrets that a key had before its rotations. Each works until its end, so that programs can change over one by one.
CREATE TABLE api_key_old_secrets (
  prefix       text PRIMARY KEY,
  hash         bytea NOT NULL,
  api_key_id   uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE ON UPDATE CASCADE,
  ends_at      timestamptz(6) NOT NULL,
  last_used_at timestamptz(6)
);
CREATE INDEX api_key_old_secrets_api_key_id_idx ON api_key_old_secrets (api_key_id);

CREATE TABLE idempotency_keys (
  -- A user or an API key. Ids are UUIDs, so the two never collide.
  caller_id   uuid NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL,
  subject_id  uuid NOT NULL,
  -- Fencing token of the claim, compared for equality with a Date: no more than milliseconds.
  claimed_at  timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  status      smallint,
  headers     jsonb,
  body        text,
  created_at  timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (caller_id, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

-- People sign in by name and password, and with a code of their app from `totp_on_at`. `totp_step`: the 30 seconds of the last code
-- that was taken; no code is taken twice. The secret is what codes are computed from, so no hash of it would do.
CREATE TABLE users (
  id            uuid PRIMARY KEY,
  name          text NOT NULL,
  password_hash text NOT NULL,
  role          role NOT NULL,
  created_at    timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  disabled_at   timestamptz(6),
  last_seen_at  timestamptz(6),
  totp_secret   bytea,
  totp_on_at    timestamptz(6),
  totp_step     bigint,
  CONSTRAINT users_totp_has_secret CHECK (totp_on_at IS NULL OR totp_secret IS NOT NULL)
);
-- "Ada" and "ada" are the same name, so that no user can be mistaken for another.
CREATE UNIQUE INDEX users_name_key ON users (lower(name));

-- Each is taken once, instead of a code.
CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  hash    bytea NOT NULL,
  PRIMARY KEY (user_id, hash)
);

-- A sign-in opens a session, of a user or of an API key; the browser sends its token in a cookie. Stored is the hash of
-- the token. The role is not stored here: each request uses the current role of the user or the key. `address` and `browser` are
-- those of the sign-in, for its owner to recognise it. `confirmed_at`: when the password was last given.
CREATE TABLE sessions (
  hash         bytea PRIMARY KEY,
  id           uuid NOT NULL,
  user_id      uuid REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  api_key_id   uuid REFERENCES api_keys (id) ON DELETE CASCADE ON UPDATE CASCADE,
  created_at   timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  seen_at      timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  confirmed_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at   timestamptz(6) NOT NULL,
  address      text,
  browser      text,
  CONSTRAINT sessions_of_one CHECK (num_nonnulls(user_id, api_key_id) = 1)
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Who did what. A row is written in the transaction of its deed and never changed. PostgreSQL itself numbers the rows, dates
-- them and chains them: each has a hash over its columns and over the hash of the row before. docs/security.md has the form of
-- that hash, src/audit/event-hash.ts the same in Node, and `npm run doctor` compares.
CREATE TABLE audit_events (
  seq           bigint PRIMARY KEY,
  at            timestamptz(6) NOT NULL,
  actor_kind    text NOT NULL,
  -- Null: a process.
  actor_id      text,
  -- As it was then.
  actor_name    text NOT NULL,
  deed          text NOT NULL,
  subject_kind  text NOT NULL,
  -- Of a member: the SHA-256 of its externalId, so that whoever is erased is named nowhere.
  subject_id    text,
  -- json, not jsonb: the text as it was written, which is what the hash is over.
  detail        json NOT NULL,
  address       text,
  request_id    text,
  previous_hash bytea NOT NULL,
  hash          bytea NOT NULL
);
CREATE INDEX audit_events_subject_idx ON audit_events (subject_kind, subject_id, seq);
CREATE INDEX audit_events_deed_idx ON audit_events (deed, seq);
CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, seq);
CREATE INDEX audit_events_at_idx ON audit_events (at);

-- Both ends of the chain: the last row, so that a row that is missing at the end is missed, and the last row that retention has
-- deleted, which is where the check begins. One row; its lock puts the writers in one order.
CREATE TABLE audit_head (
  id          boolean PRIMARY KEY DEFAULT true,
  seq         bigint NOT NULL,
  at          timestamptz(6) NOT NULL,
  hash        bytea NOT NULL,
  anchor_seq  bigint NOT NULL,
  anchor_hash bytea NOT NULL,
  CONSTRAINT audit_head_one CHECK (id)
) WITH (fillfactor = 50);
INSERT INTO audit_head (seq, at, hash, anchor_seq, anchor_hash)
VALUES (0, '-infinity', decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'));

-- One column of what is hashed: its length in bytes, a colon, its text in UTF-8; null is a minus. So no two rows read alike.
CREATE FUNCTION audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN value IS NULL THEN '-' ELSE octet_length(convert_to(value, 'UTF8')) || ':' || value END
$$;

-- The lock on audit_head is held until the transaction ends, so the event is its last statement (src/audit/note-deeds.ts): whoever
-- has it waits for nobody, and there is no deadlock.
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  head audit_head;
BEGIN
  SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
  NEW.seq := head.seq + 1;
  NEW.at := greatest(head.at, clock_timestamp());
  NEW.previous_hash := head.hash;
  NEW.hash := sha256(convert_to(
    audit_field(encode(NEW.previous_hash, 'hex')) || audit_field(NEW.seq::text)
    || audit_field(to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(NEW.actor_kind) || audit_field(NEW.actor_id) || audit_field(NEW.actor_name) || audit_field(NEW.deed)
    || audit_field(NEW.subject_kind) || audit_field(NEW.subject_id) || audit_field(NEW.detail::text)
    || audit_field(NEW.address) || audit_field(NEW.request_id), 'UTF8'));
  UPDATE audit_head SET seq = NEW.seq, at = NEW.at, hash = NEW.hash;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_events_chain BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_chain();

-- Nobody changes an event, and only those before the anchor may be deleted.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_events' THEN
    IF OLD.seq <= (SELECT anchor_seq FROM audit_head) THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION '% of % is refused: what was done is never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Retention deletes old events: SELECT cut_audit_events(days, most).';
END $$;
CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_events_whole BEFORE TRUNCATE ON audit_events EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_keep BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_whole BEFORE TRUNCATE ON audit_head EXECUTE FUNCTION audit_refuse();

-- Both ends only move on: the head by one row, the anchor to a row that is there and at least 30 days old. There is no setting
-- that lifts this.
CREATE FUNCTION audit_move_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.seq = OLD.seq + 1 AND NEW.anchor_seq = OLD.anchor_seq AND NEW.anchor_hash = OLD.anchor_hash THEN RETURN NEW; END IF;
  IF NEW.seq = OLD.seq AND NEW.at = OLD.at AND NEW.hash = OLD.hash AND NEW.anchor_seq > OLD.anchor_seq AND EXISTS (
    SELECT FROM audit_events WHERE seq = NEW.anchor_seq AND hash = NEW.anchor_hash AND at < now() - interval '720 hours') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the ends of the audit log move on by one row, and past rows of more than 30 days'
    USING ERRCODE = 'insufficient_privilege', HINT = 'Retention deletes old events: SELECT cut_audit_events(days, most).';
END $$;
CREATE TRIGGER audit_head_moves BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_move_on();

-- Deletes the oldest events, of more than so many days, at most so many at once: whole stretches from the beginning. Returns how
-- many, and the last of them.
CREATE FUNCTION cut_audit_events(days integer, most integer, OUT deleted bigint, OUT through_seq bigint, OUT through_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  deleted := 0;
  PERFORM FROM audit_head FOR UPDATE;
  SELECT o.seq, o.at INTO through_seq, through_at
    FROM (SELECT e.seq, e.at FROM audit_events e ORDER BY e.seq LIMIT most) o
    WHERE o.at < now() - make_interval(hours => 24 * days) ORDER BY o.seq DESC LIMIT 1;
  IF through_seq IS NULL THEN RETURN; END IF;
  UPDATE audit_head SET anchor_seq = e.seq, anchor_hash = e.hash FROM audit_events e WHERE e.seq = through_seq;
  DELETE FROM audit_events e WHERE e.seq <= through_seq;
  GET DIAGNOSTICS deleted = ROW_COUNT;
END $$;

-- They run with the rights of their owner. No table of a session's own may stand in for ours, and nobody else calls them: triggers do
-- without being asked for that right, and "npm run migrate" grants DATABASE_APP_ROLE the last one.
DO $$
DECLARE
  made text;
BEGIN
  FOREACH made IN ARRAY ARRAY['audit_chain()', 'audit_refuse()', 'audit_move_on()', 'cut_audit_events(integer, integer)'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', made, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', made);
  END LOOP;
END $$;

-- The heartbeat of each process. A row is rewritten every two seconds, so its page is left half free for HOT updates.
CREATE TABLE processes (
  id          uuid PRIMARY KEY,
  role        text NOT NULL,
  host        text NOT NULL,
  pid         integer NOT NULL,
  version     text NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT now(),
  seen_at     timestamptz NOT NULL DEFAULT now(),
  stopped_at  timestamptz,
  exit_reason text,
  figures     jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

-- The histories of this database that Carillon has written on: a promoted standby begins a new one. See
-- src/postgres/timeline.ts. `was_synchronous`: the server before answered no commit that this one lacks. `last_commit_at`:
-- the last commit of the server before that this one has. Until `settled_at`, campaigns wait for the dispatchers' reports.
CREATE TABLE database_timelines (
  timeline        integer PRIMARY KEY,
  is_synchronous  boolean NOT NULL,
  was_synchronous boolean NOT NULL,
  seen_at         timestamptz NOT NULL DEFAULT now(),
  last_commit_at  timestamptz,
  settled_at      timestamptz
);

-- What each dispatcher of before a failover has found missing, and written again.
CREATE TABLE failover_reports (
  timeline        integer NOT NULL REFERENCES database_timelines (timeline) ON DELETE CASCADE ON UPDATE CASCADE,
  process_id      uuid NOT NULL,
  missing         integer NOT NULL,
  orphans         integer NOT NULL,
  is_beyond_reach boolean NOT NULL,
  reported_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (timeline, process_id)
);
