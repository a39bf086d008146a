-- Roles for the audit log on MySQL 8 and MariaDB.
--
-- Run this as an administrator, after the migrations, in the database that has the audit tables:
--
--   mysql --database=audit < roles.mysql.sql
--   CREATE USER 'billing_audit'@'%' IDENTIFIED BY '…';
--   GRANT audit_writer TO 'billing_audit'@'%';
--   SET DEFAULT ROLE audit_writer TO 'billing_audit'@'%';    -- MariaDB: SET DEFAULT ROLE audit_writer FOR …
--
-- Then give the application the URL of `billing_audit`, not the administrator's. A writer cannot change what is
-- recorded: it has no UPDATE and DELETE on audit_event, and without DROP it cannot truncate it. Running this file
-- again is harmless.

CREATE ROLE IF NOT EXISTS audit_writer;
CREATE ROLE IF NOT EXISTS audit_reader;
CREATE ROLE IF NOT EXISTS audit_discarder;

-- Seals events: a row, once written, stays.
GRANT SELECT, INSERT ON audit_event TO audit_writer;
GRANT SELECT, UPDATE ON audit_head TO audit_writer;
GRANT SELECT, INSERT, UPDATE ON audit_stream TO audit_writer;
GRANT SELECT, INSERT, DELETE ON audit_outbox TO audit_writer;

-- Publishes checkpoints.
GRANT SELECT, INSERT, UPDATE (note, anchored_at) ON audit_checkpoint TO audit_writer;
GRANT SELECT, INSERT ON audit_tile TO audit_writer;

-- Keeps track of deliveries and of who runs which job.
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_delivery TO audit_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_receipt TO audit_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_receipt_run TO audit_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_lease TO audit_writer;
GRANT SELECT, INSERT, UPDATE ON audit_state TO audit_writer;

-- A writer for delivery mode `remote` (use it in place of audit_writer): lets go of the content of delivered events. The triggers allow it
-- nothing else; hashes, ids, places and times stay.
GRANT audit_writer TO audit_discarder;
GRANT UPDATE (record, sections, action, outcome, severity, actor_id, actor_type, resource_type, resource_id,
  tenant_id, request_id, correlation_id) ON audit_event TO audit_discarder;

-- Looks on: reports, exports, verification.
GRANT SELECT ON audit_event TO audit_reader;
GRANT SELECT ON audit_head TO audit_reader;
GRANT SELECT ON audit_stream TO audit_reader;
GRANT SELECT ON audit_outbox TO audit_reader;
GRANT SELECT ON audit_checkpoint TO audit_reader;
GRANT SELECT ON audit_tile TO audit_reader;
GRANT SELECT ON audit_delivery TO audit_reader;
GRANT SELECT ON audit_receipt TO audit_reader;
GRANT SELECT ON audit_receipt_run TO audit_reader;
GRANT SELECT ON audit_lease TO audit_reader;
GRANT SELECT ON audit_state TO audit_reader;
