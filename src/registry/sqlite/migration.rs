//! The schema as an ordered list of steps; `user_version` says how many were taken.

/// Steps in order. A step that was ever released is never changed; a new one is added below.
pub(super) const STEPS: &[&str] = &[
    "
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
",
    "
CREATE TABLE authenticator (
  id        TEXT PRIMARY KEY,
  account   TEXT NOT NULL REFERENCES account (id),
  kind      TEXT NOT NULL,
  name      TEXT NOT NULL,
  secret    BLOB NOT NULL,
  handle    TEXT UNIQUE,
  added_at  INTEGER,
  last_used INTEGER
) STRICT;
CREATE INDEX authenticator_account ON authenticator (account);
INSERT INTO authenticator (id, account, kind, name, secret)
  SELECT 'u-' || lower(hex(randomblob(10))), id, 'totp', '', totp FROM account ORDER BY rowid;

CREATE TABLE permission (
  id         INTEGER PRIMARY KEY,
  account    TEXT NOT NULL REFERENCES account (id),
  given_by   TEXT NOT NULL,
  given_at   INTEGER NOT NULL,
  until      TEXT NOT NULL,
  ends       INTEGER,
  delegated  INTEGER NOT NULL,
  revoked_by TEXT,
  revoked_at INTEGER
) STRICT;
CREATE INDEX permission_account ON permission (account);
INSERT INTO permission (account, given_by, given_at, until, delegated)
  SELECT id, permission_by, permission_at, permission_until, 0 FROM account
  WHERE permission_by IS NOT NULL ORDER BY rowid;

ALTER TABLE account ADD COLUMN permission INTEGER REFERENCES permission (id);
UPDATE account SET permission =
  (SELECT p.id FROM permission p WHERE p.account = account.id);
ALTER TABLE account DROP COLUMN totp;
ALTER TABLE account DROP COLUMN permission_by;
ALTER TABLE account DROP COLUMN permission_at;
ALTER TABLE account DROP COLUMN permission_until;
ALTER TABLE account ADD COLUMN glass_used      INTEGER;
ALTER TABLE account ADD COLUMN created_by      TEXT;
ALTER TABLE account ADD COLUMN created_at      INTEGER;
ALTER TABLE account ADD COLUMN disabled_by     TEXT;
ALTER TABLE account ADD COLUMN disabled_at     INTEGER;
ALTER TABLE account ADD COLUMN delegated_by    TEXT;
ALTER TABLE account ADD COLUMN delegated_at    INTEGER;
ALTER TABLE account ADD COLUMN delegated_until INTEGER;

CREATE TABLE link (
  hash    TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  purpose TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  ends    INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX link_account ON link (account);

CREATE TABLE sealed_account (
  account      TEXT PRIMARY KEY,
  facility     TEXT NOT NULL REFERENCES facility (id),
  proposed_by  TEXT NOT NULL,
  proposed_at  INTEGER NOT NULL,
  confirmed_by TEXT,
  confirmed_at INTEGER,
  used_at      INTEGER
) STRICT;

ALTER TABLE terminal ADD COLUMN matcher    TEXT NOT NULL DEFAULT 'cookie';
ALTER TABLE terminal ADD COLUMN ends       INTEGER;
ALTER TABLE terminal ADD COLUMN revoked_by TEXT;
ALTER TABLE terminal ADD COLUMN revoked_at INTEGER;
CREATE INDEX terminal_matcher ON terminal (matcher);

CREATE TABLE registration (
  hash      TEXT PRIMARY KEY,
  facility  TEXT NOT NULL REFERENCES facility (id),
  name      TEXT NOT NULL,
  location  TEXT NOT NULL,
  idle_lock INTEGER NOT NULL,
  made_by   TEXT NOT NULL,
  made_at   INTEGER NOT NULL,
  ends      INTEGER NOT NULL,
  used_at   INTEGER
) STRICT;

CREATE TABLE vouch (
  id          TEXT PRIMARY KEY,
  facility    TEXT NOT NULL REFERENCES facility (id),
  kind        TEXT NOT NULL,
  by          TEXT NOT NULL REFERENCES account (id),
  for_account TEXT REFERENCES account (id),
  at          INTEGER NOT NULL,
  ends        INTEGER NOT NULL,
  used_at     INTEGER
) STRICT;
CREATE INDEX vouch_facility ON vouch (facility, ends);

ALTER TABLE facility ADD COLUMN disaster_area  TEXT;
ALTER TABLE facility ADD COLUMN disaster_until TEXT;
ALTER TABLE facility ADD COLUMN disaster_by    TEXT;
ALTER TABLE facility ADD COLUMN disaster_at    INTEGER;
",
    "
ALTER TABLE account ADD COLUMN grants_from INTEGER NOT NULL DEFAULT 0;
UPDATE account SET grants_from = epoch;

CREATE TABLE factors_given (
  account TEXT NOT NULL REFERENCES account (id),
  by      TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX factors_given_account ON factors_given (account, at);
INSERT INTO factors_given (account, by, at)
  SELECT account, made_by, used_at FROM link WHERE used_at IS NOT NULL;
",
    "
CREATE TABLE launch (
  id    TEXT PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX launch_until ON launch (until);
",
    "
CREATE TABLE saved_view (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL REFERENCES account (id),
  name    TEXT NOT NULL,
  query   TEXT NOT NULL,
  UNIQUE (account, name)
) STRICT;
",
    "
CREATE TABLE handoff (
  id         TEXT PRIMARY KEY,
  department TEXT NOT NULL REFERENCES facility (id),
  stage      TEXT NOT NULL,
  is_open    INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  body       BLOB NOT NULL
) STRICT;
CREATE INDEX handoff_department ON handoff (department, is_open, changed);

CREATE TABLE handoff_hospital (
  handoff  TEXT NOT NULL REFERENCES handoff (id),
  hospital TEXT NOT NULL REFERENCES facility (id),
  concern  TEXT NOT NULL,
  PRIMARY KEY (handoff, hospital)
) STRICT, WITHOUT ROWID;
CREATE INDEX handoff_hospital_hospital ON handoff_hospital (hospital, concern);

CREATE TABLE mass_casualty (
  facility TEXT NOT NULL REFERENCES facility (id),
  begun    INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL,
  PRIMARY KEY (facility, begun)
) STRICT;

CREATE TABLE handoff_pulse (
  facility TEXT PRIMARY KEY REFERENCES facility (id),
  number   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
",
];
