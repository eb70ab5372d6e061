#!/usr/bin/env python3
"""What of the compiler and the VM the differential test never runs: ./dev oracle --coverage.

    coverage.py BUILD    a build with gcc --coverage, where run_differential just ran

Prints lines that never ran and conditions that went one way only, with their source, and the counts
last. What needs a flow (flow calls, compiling a flow file) or a limit that is reached is told apart: it
has unit tests and fuzzing, and Clojure has nothing to compare with.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
FILES = ["catch", "compile*", "frame", "lazy", "realize", "scope", "vm_call", "vm_loop", "vm_make"]
# flow calls, and the hints of diagnostics, which have cases of their own
ELSEWHERE = {"compile_flow.c", "compile_flow_run.c", "compile_fork.c", "compile_near.c",
             "compile_unknown.c"}
# a line with one of these is about a flow, or a limit, or a mistake of our own
BEYOND = ("ASSERT", "flow", "fuel", "depth", "DEPTH", "LIMIT_", "exhausted", "heap_can", "stress",
          "NEXT_EFFECT", "effect", "EFFECT", "nested", "sink", "recover", "strict", "do_FLOW")


def read(build):
    """The path of each file, with its lines and their branches."""
    data = sorted(path for name in FILES for path in build.rglob(f"{name}.c.gcda")
                  if "unit" not in path.parts)
    out = subprocess.run(["gcov", "-b", "-c", "-t", "--json-format", *data], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    files = {}
    for document in out.decode().splitlines():
        for file in json.loads(document)["files"]:
            path = pathlib.Path(file["file"])
            path = ROOT / "flow" / path.name
            if path.suffix != ".c" or not path.exists() or path.name in ELSEWHERE:
                continue
            lines = files.setdefault(path, {})
            for line in file["lines"]:  # vm_loop.c is built twice; only one runs
                seen = lines.setdefault(line["line_number"], [0, []])
                if line["count"] >= seen[0]:
                    lines[line["line_number"]] = [line["count"],
                                                  [branch["count"] for branch in line["branches"]]]
    return files


def is_beyond(source, number):
    """Whether the line, or one near before it, is about what lies beyond an expression."""
    return any(word in line for line in source[max(0, number - 3):number] for word in BEYOND)


def main():
    lines_count = branches_count = beyond = 0
    missing = []
    for path, lines in sorted(read(pathlib.Path(sys.argv[1])).items()):
        source = path.read_text("utf-8").splitlines()
        for number, (count, branches) in sorted(lines.items()):
            lines_count += 1
            branches_count += len(branches)
            if count > 0 and all(branches):
                continue
            if is_beyond(source, number):
                beyond += 1
                continue
            what = "never runs" if count == 0 else "goes one way"
            missing.append(f"{path.relative_to(ROOT)}:{number}: {what}: {source[number - 1].strip()}")
    print("\n".join(missing))
    print(f"{lines_count} lines, {branches_count} branches; {len(missing)} lines not reached in all"
          f" ways, {beyond} more that need a flow or a limit")


main()
