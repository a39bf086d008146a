#!/usr/bin/env bash
# A real S3 server with Object Lock for the services suite: Ceph's gateway from Debian's packages, one monitor, one
# in-memory store, no container. Everything lies in one folder.
#   object-lock-s3.sh up [folder] [port]     installs if missing, starts, prints the endpoint; access key AK, secret SK
#   object-lock-s3.sh down [folder]
# Version 16.2 knows COMPLIANCE, GOVERNANCE, legal hold, MD5; it ignores `If-None-Match: *` (a second version is made).
set -eu
act=${1:-up} dir=${2:-${TMPDIR:-/tmp}/audit-object-lock-s3} port=${3:-7480}
export CEPH_CONF=$dir/ceph.conf

down() {
  for file in "$dir"/*.pid; do [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null; done
  rm -rf "$dir"
}

# Runs a command until it succeeds, at most so many seconds.
retry() {
  local seconds=$1
  shift
  for _ in $(seq "$seconds"); do timeout 5 "$@" && return; sleep 1; done
  return 1
}

install() {
  command -v radosgw >/dev/null && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    ceph-mon ceph-osd radosgw ceph-common curl >/dev/null
}

configure() {
  local fsid=$1
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
public addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
run dir = $dir
admin socket = $dir/\$name.\$pid.asok
pid file = $dir/\$name.pid
log file = $dir/\$name.log
keyring = $dir/keyring
[mon.a]
mon data = $dir/mon
[osd.0]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 1073741824
keyring = $dir/osd/keyring
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw thread pool size = 32
CONF
}

start() {
  local fsid
  fsid=$(cat /proc/sys/kernel/random/uuid)
  configure "$fsid"
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" "$dir/monmap"
  ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
  ceph-mon -i a
  retry 20 ceph osd create
  ceph-authtool --create-keyring "$dir/osd/keyring" --gen-key -n osd.0
  timeout 20 ceph auth add osd.0 osd 'allow *' mon 'allow profile osd' -i "$dir/osd/keyring"
  ceph-osd -i 0 --mkfs
  ceph-osd -i 0
  retry 20 sh -c 'ceph osd stat | grep -q "1 up"'
  radosgw -n client.admin
  retry 60 curl -s -m 2 -o /dev/null "http://127.0.0.1:$port"
  CEPH_ARGS="--admin-socket=none --pid-file=" timeout 60 \
    radosgw-admin user create --uid=test --display-name=test --access-key=AK --secret=SK
}

if [ "$act" = down ]; then
  down
  exit
fi
install
[ -d "$dir" ] && down
mkdir -p "$dir/mon" "$dir/osd"
start >"$dir/up.log" 2>&1 || { tail -n 5 "$dir/up.log" >&2; exit 1; }
echo "http://127.0.0.1:$port"
