-- Roles for the audit log on PostgreSQL.
--
-- Run this as the owner of the audit tables, after the migrations, with a search_path that leads to them:
--
--   psql "$OWNER_URL" -f roles.postgres.sql
--   CREATE ROLE billing_audit LOGIN PASSWORD '…' IN ROLE audit_writer;
--
-- Then give the application the URL of `billing_audit`, not the owner's. An owner can drop triggers and edit records;
-- a writer cannot: it has no UPDATE, DELETE or TRUNCATE on audit_event. Running this file again is harmless.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_writer') THEN
    CREATE ROLE audit_writer NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_reader') THEN
    CREATE ROLE audit_reader NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_discarder') THEN
    CREATE ROLE audit_discarder NOLOGIN;
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO audit_writer, audit_reader', current_schema());
  -- Made by the library's own runner; TypeORM's runner keeps a table of another name.
  IF to_regclass('audit_migration') IS NOT NULL THEN
    GRANT SELECT ON audit_migration TO audit_writer, audit_reader;
  END IF;
END
$$;

REVOKE ALL ON audit_event, audit_head, audit_stream, audit_outbox, audit_checkpoint, audit_tile, audit_delivery,
  audit_receipt, audit_receipt_run, audit_lease, audit_state FROM PUBLIC, audit_writer, audit_reader,
  audit_discarder;

-- Seals events: a row, once written, stays.
GRANT SELECT, INSERT ON audit_event TO audit_writer;
GRANT SELECT, UPDATE ON audit_head TO audit_writer;
GRANT SELECT, INSERT, UPDATE ON audit_stream TO audit_writer;
GRANT SELECT, INSERT, DELETE ON audit_outbox TO audit_writer;

-- Publishes checkpoints.
GRANT SELECT, INSERT, UPDATE (note, anchored_at) ON audit_checkpoint TO audit_writer;
GRANT SELECT, INSERT ON audit_tile TO audit_writer;

-- Keeps track of deliveries and of who runs which job.
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_delivery, audit_receipt, audit_receipt_run, audit_lease
  TO audit_writer;
GRANT SELECT, INSERT, UPDATE ON audit_state TO audit_writer;

-- A writer for delivery mode `remote` (use it in place of audit_writer): lets go of the content of delivered events. The triggers allow it
-- nothing else; hashes, ids, places and times stay.
GRANT audit_writer TO audit_discarder;
GRANT UPDATE (record, sections, action, outcome, severity, actor_id, actor_type, resource_type, resource_id,
  tenant_id, request_id, correlation_id)
  ON audit_event TO audit_discarder;

-- Looks on: reports, exports, verification.
GRANT SELECT ON audit_event, audit_head, audit_stream, audit_outbox, audit_checkpoint, audit_tile, audit_delivery,
  audit_receipt, audit_receipt_run, audit_lease, audit_state TO audit_reader;
