#!/bin/sh
# Makes the passwords of an installation, each of them once: no password is written down anywhere else, and none has a default. Needs
# /dev/urandom and no network. Compose runs it before everything else ("secrets"); run again, it makes what is missing and changes nothing.
#
#   sh deploy/make-secrets.sh FOLDER
#
# What each container gets is in a folder, or volume, of its own, and can be read by the user it runs as:
#   FOLDER/postgres   superuser, owner, app, replication    PostgreSQL makes its roles with them
#   FOLDER/migrate    database                              of the role that owns the tables
#   FOLDER/app        database, redis                       of the role that the processes run as
#   FOLDER/redis      password, redis.conf, sentinel.conf
set -eu
umask 077
root=$1
POSTGRES_UID=999 REDIS_UID=999 NODE_UID=1000

# Written under another name first: a script that is ended half-way leaves no half password.
keep() { # keep FILE UID: standard input becomes the file, unless there is one
  if [ -s "$1" ]; then cat >/dev/null; return; fi
  cat >"$1.new"
  [ -s "$1.new" ] || { echo "make-secrets: $1 would be empty" >&2; exit 1; }
  chmod 400 "$1.new"
  [ "$(id -u)" != 0 ] || chown "$2:$2" "$1.new"
  mv "$1.new" "$1"
  echo "make-secrets: made $1"
}
random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

for folder in postgres migrate app redis; do mkdir -p "$root/$folder"; chmod 755 "$root/$folder"; done
for role in superuser owner app replication; do random | keep "$root/postgres/$role" "$POSTGRES_UID"; done
keep "$root/migrate/database" "$NODE_UID" <"$root/postgres/owner"
keep "$root/app/database" "$NODE_UID" <"$root/postgres/app"
random | keep "$root/redis/password" "$REDIS_UID"
password=$(cat "$root/redis/password")
printf '%s' "$password" | keep "$root/app/redis" "$NODE_UID"
# A replica that becomes the master is asked for it, and asks for it.
printf 'requirepass %s\nmasterauth %s\n' "$password" "$password" | keep "$root/redis/redis.conf" "$REDIS_UID"
printf 'sentinel auth-pass carillon %s\n' "$password" | keep "$root/redis/sentinel.conf" "$REDIS_UID"
