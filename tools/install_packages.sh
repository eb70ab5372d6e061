#!/bin/bash
# Installs Debian packages, as root: tools/install_packages.sh PACKAGE...
#
# Asks nothing, starts nothing, changes nothing else: while it runs, new services are kept from
# starting and postgresql from making a cluster; afterwards those two settings are as they were, and
# a redis-server that came with this call is not started at boot either. weir runs private ones.
set -euo pipefail

policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/weir.conf
lock_wait_seconds=300

export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1
export UCF_FORCE_CONFFOLD=1 LC_ALL=C.UTF-8

restore() {
    rm -f "$cluster"
    if [ -e "$policy.weir-keeps" ] || [ -L "$policy.weir-keeps" ]; then
        mv -f "$policy.weir-keeps" "$policy"
    elif [ -n "${made_policy:-}" ]; then
        rm -f "$policy"
    fi
}

# A policy that already refuses (as in containers) stays; any other steps aside until we are done.
hold_services() {
    if [ -x "$policy" ]; then
        local answer=0
        "$policy" redis-server start >/dev/null 2>&1 || answer=$?
        [ "$answer" != 101 ] || return 0
        mv -f "$policy" "$policy.weir-keeps"
    fi
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

# apt waits for dpkg's lock by itself, but not for that of the package lists.
update_lists() {
    local output waited=0
    while ! output=$(apt-get update -q -o Acquire::Retries=3 2>&1); do
        printf '%s\n' "$output"
        [[ $output == *"Could not get lock"* ]] && [ $waited -lt $lock_wait_seconds ] || return 1
        sleep 3
        waited=$((waited + 3))
    done
    printf '%s\n' "$output"
}

[ "$(id -u)" = 0 ] || { echo "E: install_packages.sh must run as root" >&2; exit 1; }
new_redis=
[ -x /usr/bin/redis-server ] || new_redis=yes

trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
hold_services
mkdir -p "${cluster%/*}"
echo 'create_main_cluster = false' >"$cluster"

update_lists
apt-get install -y -q --no-install-recommends -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=$lock_wait_seconds \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -- "$@" </dev/null

if [ -n "$new_redis" ] && [ -x /usr/bin/redis-server ] && command -v systemctl >/dev/null; then
    systemctl disable redis-server >/dev/null 2>&1 || true
fi
