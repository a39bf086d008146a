-- Entity changes that are made by raw SQL, recorded by triggers on PostgreSQL (13 and later).
--
-- Run this once as the owner of the audit tables, with the schema of audit_outbox first in the search path, and then once
-- for each table:
--
--   SELECT audit_attach('invoice');
--   SELECT audit_attach('billing.customer', 'customer', masked => '{iban,password}', ignored => '{search_index}');
--
-- What they write are rows of audit_outbox in the same transaction; the application moves them into the log. Everything
-- here may be run again. Actor, request and reason come from the setting audit.context, which the application gives its
-- transactions; without it a change is recorded with an anonymous actor, the role and the name of the client.

-- A UUIDv7 of this moment, so that ids sort as they are made.
CREATE OR REPLACE FUNCTION audit_event_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT substr(t, 1, 8) || '-' || substr(t, 9, 4) || '-7' || substr(r, 16, 3) || substr(r, 19)
  FROM (SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') AS t,
               gen_random_uuid()::text AS r) AS parts
$$;

-- A row as texts, fit to be written down: ignored columns left out, bytes as length and digest, masked ones as a mark.
CREATE OR REPLACE FUNCTION audit_row_texts(image jsonb, settings jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, CASE
           WHEN value IS NULL THEN NULL
           WHEN settings -> 'masked' ? key THEN '*'
           WHEN settings -> 'bytes' ? key THEN
             octet_length(value::bytea) || ':' || encode(sha256(value::bytea), 'hex')
           ELSE value
         END), '{}')
  FROM jsonb_each_text(image)
  WHERE NOT settings -> 'ignored' ? key
$$;

CREATE OR REPLACE FUNCTION audit_write_change(settings jsonb, operation text, before jsonb, after jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moment text := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
  given text := nullif(current_setting('audit.context', true), '');
  id text := audit_event_id();
  recorded bigint := coalesce(nullif(current_setting('audit.recorded', true), ''), '0');
BEGIN
  -- For the application, whose requests count their changes. A savepoint that is rolled back takes its part with it.
  PERFORM set_config('audit.recorded', (recorded + 1)::text, true);
  INSERT INTO audit_outbox (event_id, payload, created_at) VALUES (id, jsonb_build_object(
    'trigger', 1,
    'operation', operation,
    'schema', settings ->> 'schema',
    'table', settings ->> 'table',
    'resource', settings ->> 'resource',
    'key', settings -> 'key',
    'masked', settings -> 'masked',
    'before', before,
    'after', after,
    'context', given::jsonb,
    'role', session_user,
    'application', current_setting('application_name', true),
    'transaction', pg_current_xact_id()::text,
    'occurredAt', moment
  )::text, moment);
END $$;

CREATE OR REPLACE FUNCTION audit_record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  settings jsonb := TG_ARGV[0]::jsonb;
  raw_before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  raw_after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN audit_row_texts(raw_before, settings) END;
  after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN audit_row_texts(raw_after, settings) END;
  hidden text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- Of a masked column only the fact of a change is told.
    FOR hidden IN SELECT jsonb_array_elements_text(settings -> 'masked') LOOP
      IF raw_before ->> hidden IS NOT NULL AND raw_after ->> hidden IS NOT NULL
         AND raw_before ->> hidden <> raw_after ->> hidden THEN
        after := jsonb_set(after, ARRAY[hidden], '"**"');
      END IF;
    END LOOP;
    IF before = after THEN
      RETURN NULL;
    END IF;
  END IF;
  PERFORM audit_write_change(settings, TG_OP, before, after);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_record_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM audit_write_change(TG_ARGV[0]::jsonb, TG_OP, NULL, NULL);
  RETURN NULL;
END $$;

-- Stops recording a table.
CREATE OR REPLACE FUNCTION audit_detach(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS audit_row ON %s', target);
  EXECUTE format('DROP TRIGGER IF EXISTS audit_truncate ON %s', target);
END $$;

-- Records a table from now on. To be called again after columns were added, renamed or dropped that are named here.
--   resource  its name in events, by default that of the table
--   masked    columns of which only the fact of a change is recorded
--   ignored   columns that are not recorded
CREATE OR REPLACE FUNCTION audit_attach(
  target regclass, resource text DEFAULT NULL, masked text[] DEFAULT '{}', ignored text[] DEFAULT '{}'
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  settings jsonb;
BEGIN
  SELECT jsonb_build_object(
    'schema', nspname,
    'table', relname,
    'resource', coalesce(resource, relname),
    'masked', to_jsonb(masked),
    'ignored', to_jsonb(ignored),
    'key', (SELECT jsonb_agg(attname ORDER BY array_position(indkey::int2[], attnum))
            FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
            WHERE indrelid = target AND indisprimary),
    'bytes', coalesce((SELECT jsonb_agg(attname) FROM pg_attribute
            WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND atttypid = 'bytea'::regtype), '[]')
  ) INTO settings
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = target;

  IF settings -> 'key' = 'null' THEN
    RAISE EXCEPTION 'Table % has no primary key, so its rows have no name in the audit trail. Give it one first.', target;
  END IF;
  PERFORM audit_detach(target);
  EXECUTE format(
    'CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit_record_change(%L)',
    target, settings);
  EXECUTE format(
    'CREATE TRIGGER audit_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit_record_truncate(%L)',
    target, settings);
END $$;

-- The functions run with the rights of their owner, so nobody's temporary table may stand in for audit_outbox, and only
-- who may already attach a table may have them run. To whoever owns tables of the application, but not these functions:
--
--   GRANT EXECUTE ON FUNCTION audit_record_change(), audit_record_truncate() TO …
DO $$
DECLARE
  signature regprocedure;
BEGIN
  FOREACH signature IN ARRAY ARRAY[
    'audit_write_change(jsonb, text, jsonb, jsonb)', 'audit_record_change()', 'audit_record_truncate()'
  ]::regprocedure[] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', signature, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
  END LOOP;
END $$;
