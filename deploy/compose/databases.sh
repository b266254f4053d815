#!/bin/bash
# Run once by the PostgreSQL image on a new volume: a database and a role for each service, and no
# way from one service into the database of another.
set -euo pipefail

for service in ingest router sla metrics kb; do
  psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set service="$service" --set password="$SERVICES_PASSWORD" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT, TEMPORARY ON DATABASE :"service" FROM PUBLIC;
SQL
done
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
  --command 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
