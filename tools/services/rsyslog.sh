#!/usr/bin/env bash
# A real syslog receiver for the services suite: rsyslog from Debian's packages, TCP on one port, TLS on the next, with
# the certificates of the tests. Writes what it received, field by field, to <folder>/seen.jsonl.
#   rsyslog.sh up [folder] [port]     installs if missing, starts, prints the folder
#   rsyslog.sh down [folder]
set -eu
act=${1:-up} dir=${2:-${TMPDIR:-/tmp}/audit-rsyslog} port=${3:-7514}
tls=$(cd "$(dirname "$0")/../../test/support/tls" && pwd)

down() {
  local pid
  if pid=$(cat "$dir/rsyslog.pid" 2>/dev/null) && kill "$pid" 2>/dev/null; then
    # The next one cannot have the port before this one has let it go.
    for _ in $(seq 50); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  fi
  rm -rf "$dir"
}

if [ "$act" = down ]; then
  down
  exit
fi
command -v rsyslogd >/dev/null || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rsyslog rsyslog-openssl >/dev/null
}
[ -d "$dir" ] && down
mkdir -p "$dir"
cat >"$dir/rsyslog.conf" <<CONF
global(
  workDirectory="$dir"
  maxMessageSize="64k"
  defaultNetstreamDriverCAFile="$tls/ca.crt"
  defaultNetstreamDriverCertFile="$tls/server.crt"
  defaultNetstreamDriverKeyFile="$tls/server.key"
)
module(load="imtcp")
template(name="seen" type="list" option.jsonf="on") {
  property(outname="facility" name="syslogfacility" format="jsonf")
  property(outname="severity" name="syslogseverity" format="jsonf")
  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="hostname" name="hostname" format="jsonf")
  property(outname="appName" name="app-name" format="jsonf")
  property(outname="procId" name="procid" format="jsonf")
  property(outname="msgId" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
}
ruleset(name="audit") {
  action(type="omfile" file="$dir/seen.jsonl" template="seen")
}
input(type="imtcp" port="$port" address="127.0.0.1" ruleset="audit")
input(
  type="imtcp" port="$((port + 1))" address="127.0.0.1" ruleset="audit"
  streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon"
)
CONF
rsyslogd -f "$dir/rsyslog.conf" -i "$dir/rsyslog.pid" >"$dir/up.log" 2>&1 || { cat "$dir/up.log" >&2; exit 1; }
for _ in $(seq 50); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
echo "$dir"
