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
if [ "${1:-}" = --check ]; then
    mode="--dry-run -Werror"
else
    mode=-i
fi
# New files count too, ignored ones do not; a file deleted but still in the index is skipped.
# shellcheck disable=SC2086 # mode is two words
git ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' |
    xargs -0 -n1 sh -c '[ ! -f "$0" ] || printf "%s\0" "$0"' |
    xargs -0 -r -n16 -P"$(nproc)" "$FORMAT" $mode
