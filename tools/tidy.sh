#!/bin/bash
# Runs clang-tidy over the C files of the tree, some at a time.
#
#     tools/tidy.sh [-p BUILD_DIR] [FILE...]      default: build/dev, all files
#
# BUILD_DIR has been configured by cmake (it holds compile_commands.json). A file that passed is not
# looked at again until it, a header of ours that it includes, or the configuration changes: what
# passed is remembered by hash in build/tidy-cache, so that a second call takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

export TIDY=${CLANG_TIDY:-clang-tidy-14}
export BUILD=build/dev
export CACHE=build/tidy-cache

# What decides whether a file passes: itself, our headers that it includes, the configuration. Fails
# where the includes cannot be listed: such a file is looked at every time.
fingerprint() {
    local includes
    # -MG: a library's header that is not found here is just listed, and has no content of ours.
    includes=$(gcc -MM -MG -I. -I"$BUILD/generated" -D_GNU_SOURCE -DH2O_USE_EPOLL=1 "$1" 2>/dev/null) || return 1
    {
        echo "$1"
        cat .clang-tidy
        "$TIDY" --version
        tr ' \\' '\n\n' <<<"$includes" | sed '1d; /^$/d' | sort -u | xargs cat -- 2>/dev/null || true
    } | sha256sum | cut -c1-40
}

check_one() {
    local stamp output
    stamp=$(fingerprint "$1") || stamp=
    stamp=${stamp:+$CACHE/$stamp}
    if [ -n "$stamp" ] && [ -e "$stamp" ]; then
        touch "$stamp"
        return 0
    fi
    if output=$("$TIDY" -p "$BUILD" --quiet "$1" 2>&1); then
        [ -z "$stamp" ] || : >"$stamp"
        return 0
    fi
    printf '%s\n' "$output" | grep -v ' warnings\? generated\.$\|^Suppressed \|^Use -header-filter' >&2
    return 1
}

if [ "${1:-}" = --one ]; then
    BUILD=$2
    check_one "$3"
    exit
fi
if [ "${1:-}" = -p ]; then
    BUILD=$2
    shift 2
fi
if ! command -v "$TIDY" >/dev/null; then
    echo "tidy: $TIDY is not installed; apt-get install clang-tidy-14" >&2
    exit 2
fi
if [ ! -f "$BUILD/compile_commands.json" ]; then
    echo "tidy: no compile_commands.json in $BUILD; run cmake --preset dev first" >&2
    exit 2
fi
mkdir -p "$CACHE"
find "$CACHE" -type f -mtime +30 -delete
if [ $# = 0 ]; then
    # Only what the build compiles: without its flags a file cannot be judged.
    mapfile -t files < <(python3 - "$BUILD" <<'PYTHON'
import json, os, sys
root = os.getcwd()
names = {os.path.relpath(c["file"], root) for c in
         json.load(open(os.path.join(sys.argv[1], "compile_commands.json")))}
build = os.path.relpath(os.path.realpath(sys.argv[1]), root)
print("\n".join(sorted(n for n in names if not n.startswith(("..", build)) and os.path.exists(n))))
PYTHON
    )
    set -- "${files[@]}"
fi
if printf '%s\0' "$@" | xargs -0 -n1 -P"$(nproc)" "$0" --one "$BUILD"; then
    echo "tidy: clean, files: $#"
else
    echo "tidy: findings, see above" >&2
    exit 1
fi
