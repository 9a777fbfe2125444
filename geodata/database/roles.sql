-- The owner and the role that reads, and what each may do. Run by the owner after each change of the schema or of
-- this file (geodata/database/roles.py); every statement may be run again.
--
--   the owner (the role of the database's address)   makes tables, loads, measures, scores: the command line
--   standplaats_read                                 may select: the service takes it on every connection

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'standplaats_read') THEN
        BEGIN
            CREATE ROLE standplaats_read NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- Roles belong to the server: the other database made it meanwhile.
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'standplaats_read', 'MEMBER') THEN
        EXECUTE format('GRANT standplaats_read TO %I', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO standplaats_read;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO standplaats_read;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO standplaats_read;

-- Schema `published` (geodata/database/published.py) has a role of its own, for the OGC interface; the service may read it, too.
DO $$
BEGIN
    IF to_regnamespace('published') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA published TO standplaats_read;
        GRANT SELECT ON ALL TABLES IN SCHEMA published TO standplaats_read;
        ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO standplaats_read;
    END IF;
END $$;
