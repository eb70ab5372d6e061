"""Where the CPU goes: `./dev bench --profile W1` samples all processes of weir with perf while the
workload saturates it, and writes <workload>.svg and a table of shares, <workload>.md, into --profile-to.

A sample counts for the first frame from its leaf on that one of our folders defines, so that libc,
the kernel and libraries count for who called them. Postgres and Redis are one part each.
"""
import collections
import contextlib
import re
import shutil
import signal
import subprocess
import sys

import flame
from programs import Program

FREQUENCY = 499  # not a divisor of any timer's rate
STACK_BYTES = 16384
FOLDERS = ("base", "io", "flow", "storage", "billing", "scheduler", "executor", "gateway", "server")
PARTS = {
    "flow": "VM and codec (flow)", "io": "loop and its clients (io)", "storage": "SQL arguments and rows (storage)",
    "executor": "executor", "gateway": "gateway", "scheduler": "scheduler", "billing": "billing", "server": "server",
    "base": "memory, buffers, JSON (base)",
}


def table_of_symbols(binaries):
    """Which folder defines a function: those of one folder only, by the static libraries."""
    found = collections.defaultdict(set)
    for folder in FOLDERS:
        library = binaries / f"libweir_{folder}.a"
        if not library.exists():
            continue
        listed = subprocess.run(["nm", "--defined-only", str(library)], capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            fields = line.split()
            if len(fields) == 3 and fields[1] in "tT":
                found[fields[2].split(".")[0]].add(folder)
    return {symbol: next(iter(folders)) for symbol, folders in found.items() if len(folders) == 1}


def part_of(command, stack, symbols):
    if command.startswith("postgres"):
        return "Postgres"
    if command.startswith("redis"):
        return "Redis"
    for frame in reversed(stack):  # from the leaf on
        folder = symbols.get(re.split(r"[.+]", frame)[0])
        if folder:
            return PARTS[folder]
    return {"gateway": "gateway", "scheduler": "scheduler"}.get(command, "other")


def read_script(lines):
    """(command, stack from the root on) of each sample of `perf script -F comm,ip,sym`."""
    command, stack = None, []
    for line in lines:
        if not line.strip():
            if command is not None:
                yield command, stack[::-1]
            command, stack = None, []
        elif command is None:
            command = line.strip()
        else:
            address, _, symbol = line.strip().partition(" ")
            stack.append(symbol if symbol and symbol != "[unknown]" else f"[{address[:4]}]" if not symbol else symbol)
    if command is not None:
        yield command, stack[::-1]


def summarize(workload, data, binaries, output):
    symbols = table_of_symbols(binaries)
    folded, parts = collections.Counter(), collections.Counter()
    script = subprocess.Popen(["perf", "script", "-i", str(data), "-F", "comm,ip,sym"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace")
    for command, stack in read_script(script.stdout):
        folded[(command, *stack)] += 1
        parts[part_of(command, stack, symbols)] += 1
    script.wait()
    total = sum(parts.values())
    if total == 0:
        sys.exit("bench: perf has no samples of weir's processes")
    output.mkdir(parents=True, exist_ok=True)
    workload = workload.replace(" ", "-")
    (output / f"{workload}.svg").write_text(flame.draw(folded, f"{workload}: {total} samples at {FREQUENCY} Hz"))
    rows = "".join(f"| {part} | {count / total:.1%} |\n" for part, count in parts.most_common())
    text = f"| {workload}: part | share of CPU |\n|---|---|\n{rows}"
    (output / f"{workload}.md").write_text(text)
    print(f"\n{text}\nflame graph: {output / workload}.svg", file=sys.stderr, flush=True)


@contextlib.contextmanager
def profiled(subject, options, workload):
    """Around the load. Without --profile, and for rivals, nothing."""
    if not options.profile or subject.name != "weir":
        yield
        return
    if not shutil.which("perf"):
        sys.exit("bench: --profile needs perf; run: apt-get install linux-perf")
    data, log = subject.folder / f"{workload}.perf", subject.folder / "perf.log"
    # DWARF stacks: Debian's Postgres and libraries keep no frame pointers.
    recorder = Program(["perf", "record", "-q", "-F", FREQUENCY, "--call-graph", f"dwarf,{STACK_BYTES}", "-o", data,
                        "-p", ",".join(str(pid) for pid in subject.pids())], log, ready=False)
    try:
        yield
    finally:
        recorder.stop(signal.SIGINT)
    if not data.exists():
        sys.exit(f"bench: perf recorded nothing: {log.read_text(errors='replace').strip()[-500:]}")
    summarize(workload, data, subject.bin, options.profile_to)
