-- The roles of an installation, made by a superuser in Carillon's empty database. Nothing of Carillon connects as a superuser.
--
--   carillon_owner        owns the database and its tables; "npm run migrate" connects as it
--   carillon_app          what the processes run as: rows, and no right to make, change or drop anything. Its rights are granted by
--                         "npm run migrate" (DATABASE_APP_ROLE=carillon_app)
--   carillon_replication  for standbys, where there are any
--
-- The passwords come from the settings carillon.owner_password, carillon.app_password and carillon.replication_password of this session,
-- so that no statement has one in it. Without a password a role cannot connect. Run again, it sets the passwords again.
DO $$
DECLARE
  role text;
  password text;
BEGIN
  FOREACH role IN ARRAY ARRAY['owner', 'app', 'replication'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'carillon_' || role) THEN
      EXECUTE format('CREATE ROLE %I', 'carillon_' || role);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS %s', 'carillon_' || role,
      CASE role WHEN 'replication' THEN 'REPLICATION' ELSE 'NOREPLICATION' END);
    password := nullif(current_setting(format('carillon.%s_password', role), true), '');
    IF password IS NOT NULL THEN
      EXECUTE format('ALTER ROLE %I PASSWORD %L', 'carillon_' || role, password);
    END IF;
  END LOOP;
  EXECUTE format('ALTER DATABASE %I OWNER TO carillon_owner', current_database());
  -- PUBLIC may connect and make temporary tables, unless it is told otherwise.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO carillon_app', current_database());
  ALTER SCHEMA public OWNER TO carillon_owner;
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
END $$;
