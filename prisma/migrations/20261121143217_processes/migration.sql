-- The signs of life of each process. A row is rewritten every two seconds, so its page is left half free for HOT updates.
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
