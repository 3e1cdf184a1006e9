CREATE TABLE facility (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  kind           TEXT NOT NULL,
  number         TEXT UNIQUE,
  disaster_area  TEXT,
  disaster_until TEXT,
  disaster_by    TEXT,
  disaster_at    BIGINT
);

CREATE TABLE account (
  id              TEXT PRIMARY KEY,
  facility        TEXT NOT NULL REFERENCES facility (id),
  sign_in         TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL,
  role            TEXT NOT NULL,
  language        TEXT NOT NULL,
  epoch           BIGINT NOT NULL,
  grants_from     BIGINT NOT NULL,
  password        TEXT NOT NULL,
  last_step       BIGINT,
  permission      BIGINT,
  glass_used      BIGINT,
  created_by      TEXT,
  created_at      BIGINT,
  disabled_by     TEXT,
  disabled_at     BIGINT,
  delegated_by    TEXT,
  delegated_at    BIGINT,
  delegated_until BIGINT,
  UNIQUE (facility, id)
);

CREATE TABLE permission (
  id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account    TEXT NOT NULL REFERENCES account (id),
  given_by   TEXT NOT NULL,
  given_at   BIGINT NOT NULL,
  until      TEXT NOT NULL,
  ends       BIGINT,
  delegated  BOOLEAN NOT NULL,
  revoked_by TEXT,
  revoked_at BIGINT
);
CREATE INDEX permission_account ON permission (account);
ALTER TABLE account ADD FOREIGN KEY (permission) REFERENCES permission (id);

CREATE TABLE factors_given (
  account TEXT NOT NULL REFERENCES account (id),
  by      TEXT NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX factors_given_account ON factors_given (account, at);

CREATE TABLE authenticator (
  place     BIGINT GENERATED ALWAYS AS IDENTITY,
  id        TEXT PRIMARY KEY,
  account   TEXT NOT NULL REFERENCES account (id),
  kind      TEXT NOT NULL,
  name      TEXT NOT NULL,
  secret    BYTEA NOT NULL,
  handle    TEXT UNIQUE,
  added_at  BIGINT,
  last_used BIGINT
);
CREATE INDEX authenticator_account ON authenticator (account);

CREATE TABLE terminal (
  place         BIGINT GENERATED ALWAYS AS IDENTITY,
  id            TEXT PRIMARY KEY,
  facility      TEXT NOT NULL REFERENCES facility (id),
  name          TEXT NOT NULL,
  location      TEXT NOT NULL,
  device        TEXT NOT NULL,
  idle_lock     BIGINT NOT NULL,
  registered_by TEXT NOT NULL,
  registered_at BIGINT NOT NULL,
  matcher       TEXT NOT NULL,
  ends          BIGINT,
  revoked_by    TEXT,
  revoked_at    BIGINT,
  UNIQUE (facility, device),
  UNIQUE (facility, id)
);
CREATE INDEX terminal_device ON terminal (device);
CREATE INDEX terminal_matcher ON terminal (matcher);

CREATE TABLE session (
  hash          TEXT PRIMARY KEY,
  facility      TEXT NOT NULL,
  account       TEXT NOT NULL,
  terminal      TEXT NOT NULL,
  created       BIGINT NOT NULL,
  last_seen     BIGINT NOT NULL,
  ends          BIGINT NOT NULL,
  locked        BOOLEAN NOT NULL,
  epoch         BIGINT NOT NULL,
  second_factor TEXT NOT NULL,
  FOREIGN KEY (facility, account) REFERENCES account (facility, id),
  FOREIGN KEY (facility, terminal) REFERENCES terminal (facility, id)
);
CREATE INDEX session_account ON session (account);

CREATE TABLE link (
  hash    TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  purpose TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  ends    BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX link_account ON link (account);

CREATE TABLE sealed_account (
  place        BIGINT GENERATED ALWAYS AS IDENTITY,
  account      TEXT PRIMARY KEY,
  facility     TEXT NOT NULL REFERENCES facility (id),
  proposed_by  TEXT NOT NULL,
  proposed_at  BIGINT NOT NULL,
  confirmed_by TEXT,
  confirmed_at BIGINT,
  used_at      BIGINT
);

CREATE TABLE registration (
  hash      TEXT PRIMARY KEY,
  facility  TEXT NOT NULL REFERENCES facility (id),
  name      TEXT NOT NULL,
  location  TEXT NOT NULL,
  idle_lock BIGINT NOT NULL,
  made_by   TEXT NOT NULL,
  made_at   BIGINT NOT NULL,
  ends      BIGINT NOT NULL,
  used_at   BIGINT
);

CREATE TABLE vouch (
  place       BIGINT GENERATED ALWAYS AS IDENTITY,
  id          TEXT PRIMARY KEY,
  facility    TEXT NOT NULL REFERENCES facility (id),
  kind        TEXT NOT NULL,
  by          TEXT NOT NULL REFERENCES account (id),
  for_account TEXT REFERENCES account (id),
  at          BIGINT NOT NULL,
  ends        BIGINT NOT NULL,
  used_at     BIGINT
);
CREATE INDEX vouch_facility ON vouch (facility, ends);

CREATE TABLE launch (
  id    TEXT PRIMARY KEY,
  until BIGINT NOT NULL
);
CREATE INDEX launch_until ON launch (until);

CREATE TABLE saved_view (
  id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  name    TEXT NOT NULL,
  query   TEXT NOT NULL,
  UNIQUE (account, name)
);

CREATE TABLE handoff (
  id         TEXT PRIMARY KEY,
  department TEXT NOT NULL REFERENCES facility (id),
  stage      TEXT NOT NULL,
  is_open    BOOLEAN NOT NULL,
  version    BIGINT NOT NULL,
  changed    BIGINT NOT NULL,
  body       BYTEA NOT NULL
);
CREATE INDEX handoff_department ON handoff (department, is_open, changed);

CREATE TABLE handoff_hospital (
  handoff  TEXT NOT NULL REFERENCES handoff (id),
  hospital TEXT NOT NULL REFERENCES facility (id),
  concern  TEXT NOT NULL,
  PRIMARY KEY (handoff, hospital)
);
CREATE INDEX handoff_hospital_hospital ON handoff_hospital (hospital, concern);

CREATE TABLE mass_casualty (
  facility TEXT NOT NULL REFERENCES facility (id),
  begun    BIGINT NOT NULL,
  version  BIGINT NOT NULL,
  body     BYTEA NOT NULL,
  PRIMARY KEY (facility, begun)
);

CREATE TABLE handoff_pulse (
  facility TEXT PRIMARY KEY REFERENCES facility (id),
  number   BIGINT NOT NULL
);
