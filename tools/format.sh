#!/bin/sh
# Formats all C files of the tree in place: tools/format.sh
# Only tells which are not formatted, and fails:   tools/format.sh --check
set -eu
cd "$(dirname "$0")/.."

FORMAT=${CLANG_FORMAT:-clang-format-14}
if ! command -v "$FORMAT" >/dev/null; then
    echo "format: $FORMAT is not installed; apt-get install clang-format-14" >&2
    exit 2
fi

if ! git rev-parse --git-dir >/dev/null; then
    echo "format: git lists the files, so this must be a git clone" >&2
    exit 2
fi

# New files count too, ignored ones do not; a file deleted but still in the index is skipped.
each_file() {
    git ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' |
        xargs -0 -r sh -c 'for f; do [ ! -f "$f" ] || printf "%s\0" "$f"; done' sh |
        xargs -0 -r -n16 -P"$(nproc)" "$FORMAT" "$@"
}

if [ "${1:-}" != --check ]; then
    each_file -i
    exit
fi
unformatted=$(each_file --dry-run 2>&1 | sed -n 's/^\([^ :]*\):.*clang-format-violations.*/\1/p' | sort -u)
if [ -n "$unformatted" ]; then
    printf '%s: not formatted; run ./dev fmt\n' $unformatted >&2
    exit 1
fi
