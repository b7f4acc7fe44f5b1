-- People sign in by name and password, or with an API key; both then hold a session, which the browser names by a cookie.
CREATE TABLE users (
  id            uuid PRIMARY KEY,
  name          text NOT NULL,
  password_hash text NOT NULL,
  role          role NOT NULL,
  locale        text,
  created_at    timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  disabled_at   timestamptz(6),
  last_seen_at  timestamptz(6)
);
-- "Ada" and "ada" are one person: nobody can be mistaken for somebody else.
CREATE UNIQUE INDEX users_name_key ON users (lower(name));

-- Holds the hash of a session's token. The role is that of the user or the key, looked up anew, and not kept here.
CREATE TABLE sessions (
  hash       bytea PRIMARY KEY,
  id         uuid NOT NULL,
  user_id    uuid REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  api_key_id uuid REFERENCES api_keys (id) ON DELETE CASCADE ON UPDATE CASCADE,
  created_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  seen_at    timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(6) NOT NULL,
  CONSTRAINT sessions_of_one CHECK (num_nonnulls(user_id, api_key_id) = 1)
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Whoever repeats a request is a user or an API key. Ids are UUIDs, so the two never meet.
ALTER TABLE idempotency_keys RENAME COLUMN api_key_id TO caller_id;
