//! The schema as an ordered list of steps; `user_version` says how many were taken.

/// Steps in order. A step that was ever released is never changed; a new one is added below.
pub(super) const STEPS: &[&str] = &["
CREATE TABLE facility (
  id     TEXT PRIMARY KEY,
  name   TEXT NOT NULL,
  kind   TEXT NOT NULL,
  number TEXT UNIQUE
) STRICT;

CREATE TABLE account (
  id         TEXT PRIMARY KEY,
  facility   TEXT NOT NULL REFERENCES facility (id),
  sign_in    TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  language   TEXT NOT NULL,
  epoch      INTEGER NOT NULL,
  password   TEXT NOT NULL,
  totp       BLOB NOT NULL,
  last_step  INTEGER,
  permission_by    TEXT,
  permission_at    INTEGER,
  permission_until TEXT,
  UNIQUE (facility, id)
) STRICT;

CREATE TABLE terminal (
  id            TEXT PRIMARY KEY,
  facility      TEXT NOT NULL REFERENCES facility (id),
  name          TEXT NOT NULL,
  location      TEXT NOT NULL,
  device        TEXT NOT NULL,
  idle_lock     INTEGER NOT NULL,
  registered_by TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  UNIQUE (facility, device),
  UNIQUE (facility, id)
) STRICT;
CREATE INDEX terminal_device ON terminal (device);

CREATE TABLE session (
  hash          TEXT PRIMARY KEY,
  facility      TEXT NOT NULL,
  account       TEXT NOT NULL,
  terminal      TEXT NOT NULL,
  created       INTEGER NOT NULL,
  last_seen     INTEGER NOT NULL,
  ends          INTEGER NOT NULL,
  locked        INTEGER NOT NULL,
  epoch         INTEGER NOT NULL,
  second_factor TEXT NOT NULL,
  FOREIGN KEY (facility, account) REFERENCES account (facility, id),
  FOREIGN KEY (facility, terminal) REFERENCES terminal (facility, id)
) STRICT;
CREATE INDEX session_account ON session (account);
"];
