-- Tables and rights of the archive. Run once, by the owner of the database; running it again
-- changes nothing.

CREATE TABLE IF NOT EXISTS ledger_entry (
    node  text   NOT NULL,
    seq   bigint NOT NULL,
    body  bytea  NOT NULL,
    leaf  bytea  NOT NULL,
    chain bytea  NOT NULL,
    PRIMARY KEY (node, seq)
);

CREATE TABLE IF NOT EXISTS ledger_shown (
    node    text  NOT NULL,
    address text  NOT NULL,
    sealed  bytea NOT NULL,
    PRIMARY KEY (node, address)
);
-- What is sealed cannot be made smaller.
ALTER TABLE ledger_shown ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE IF NOT EXISTS ledger_note (
    node   text   NOT NULL,
    file   text   NOT NULL,
    number bigint NOT NULL,
    note   text   NOT NULL,
    PRIMARY KEY (node, file, number)
);

CREATE TABLE IF NOT EXISTS ledger_key (
    node     text    NOT NULL,
    id       text    NOT NULL,
    origin   text    NOT NULL,
    facility text    NOT NULL,
    patient  text    NOT NULL,
    year     integer NOT NULL,
    wrapped  bytea,
    PRIMARY KEY (node, id)
);

CREATE OR REPLACE FUNCTION ledger_key_stays_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL THEN
        RAISE EXCEPTION 'an erased key stays erased';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER ledger_key_stays_erased BEFORE UPDATE ON ledger_key
    FOR EACH ROW EXECUTE FUNCTION ledger_key_stays_erased();

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ledger_shipper') THEN
        CREATE ROLE ledger_shipper NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ledger_reader') THEN
        CREATE ROLE ledger_reader NOLOGIN;
    END IF;
END
$$;

REVOKE ALL ON ledger_entry, ledger_shown, ledger_note, ledger_key FROM PUBLIC;
GRANT SELECT, INSERT ON ledger_entry, ledger_shown, ledger_note, ledger_key TO ledger_shipper;
-- Erasing a key, and wrapping it anew.
GRANT UPDATE (wrapped) ON ledger_key TO ledger_shipper;
GRANT SELECT ON ledger_entry, ledger_shown, ledger_note, ledger_key TO ledger_reader;
