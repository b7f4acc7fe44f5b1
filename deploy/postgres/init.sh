#!/bin/sh
# Run once by the image of PostgreSQL, in a new database: makes the roles with the passwords of make-secrets.sh.
set -eu
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
\set owner `cat /secrets/owner`
\set app `cat /secrets/app`
\set replication `cat /secrets/replication`
SELECT set_config('carillon.owner_password', :'owner', false), set_config('carillon.app_password', :'app', false),
  set_config('carillon.replication_password', :'replication', false) \g /dev/null
\i /deploy/postgres/roles.sql
SQL
