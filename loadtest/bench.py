#!/usr/bin/env python3
"""How fast weir is, against what, and whether it keeps its memory: `./dev bench` and `./dev soak`.

Starts private servers (Postgres and Redis with weir's own settings: fsync and synchronous_commit
on), puts the workloads of loadtest/README.md on them with weir-load, and prints one JSON line a
figure and a table. With --against, rivals play the same in turn. `soak` plays very many runs and
shows the server's memory on the way.
"""
import argparse
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import figures  # noqa: E402  (the path is set before)
import flows  # noqa: E402
import programs  # noqa: E402
import rivals  # noqa: E402
import workloads  # noqa: E402
from installation import COMPLETED, Weir  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOAK_GROWTH_MB = 8  # from the second tenth of the runs to the end


def play(make, name, options):
    """A workload on a subject of its own, which is fresh: nothing is left of the one before."""
    subject = make(options)
    begin = time.monotonic()
    subject.up()
    try:
        found = workloads.WORKLOADS[name][0](subject, options)
    finally:
        code = subject.down()
    print(f"bench: {subject.name} {name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return found, code


def bench(options):
    """Each workload: ours, then each rival, as many rounds as wanted."""
    against = [rivals.find(name) for name in options.against]
    table = figures.Figures(options)
    worst = 0
    for name in options.workloads or workloads.DEFAULT:
        for _ in range(options.rounds):
            for make in [Weir, *against]:
                if make is not Weir and not (workloads.WORKLOADS[name][1] and make.plays(name)):
                    continue
                found, code = play(make, name, options)
                table.add(make.name, found)
                worst = max(worst, code if make is Weir else 0)
        table.print_new()
    table.print_table()
    return worst


def soak(options):
    """Three steps a run. Growth counts from the second tenth of the way: before it, caches fill."""
    weir = Weir(options)
    weir.up()
    try:
        slug = weir.push(flows.flow("soak-3", flows.mixed(weir.target.ready["port"])))
        begin = time.monotonic()
        result = weir.load("--connections", options.connections, "--requests", options.runs, "--watch",
                           weir.server.pid, *weir.command_request(
                               "runs.start", {"flowSlug": slug, "input": {}, "waitMs": 30000}, COMPLETED))
        idle = programs.resident_mb(weir.engine_pids())
    finally:
        code = weir.down()
    points = [kb / 1024 for kb in result.get("rss_kb", [])]
    workloads.trouble("soak", result)
    print("memory of the server at each twentieth of the runs, MB: " + " ".join(f"{p:.1f}" for p in points))
    growth = points[-1] - points[2] if len(points) > 3 else 0.0
    print(json.dumps({"workload": "soak", "runs": result["good"], "bad": result["bad"], "runs_s": result["per_s"],
                      "seconds": round(time.monotonic() - begin, 1), "rss_first_mb": round(points[0], 1),
                      "rss_last_mb": round(idle, 1), "growth_mb": round(growth, 1), "exit": code}))
    well = code == 0 and result["bad"] == result["unanswered"] == result["unsent"] == 0
    if growth > SOAK_GROWTH_MB and not options.no_bound:
        print(f"bench: the server grew by {growth:.1f} MB; {SOAK_GROWTH_MB} are allowed", file=sys.stderr)
        well = False
    return 0 if well else 1


def numbers(text):
    return [int(number) for number in text.split(",")]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["bench", "soak"])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD",
                        help=f"of {' '.join(workloads.WORKLOADS)} ({' '.join(workloads.DEFAULT)})")
    parser.add_argument("--against", default="", metavar="RIVALS", help=f"of {','.join(rivals.NAMES)}")
    parser.add_argument("--rounds", type=int, help="in turn; figures are medians (3 with --against, else 1)")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--seconds", type=int, default=10, help="how long each measurement takes (10)")
    parser.add_argument("--connections", type=int, default=256, help="at saturation (256)")
    parser.add_argument("--rates", type=numbers, default=[], help="of W1: latency at these many starts a second too")
    parser.add_argument("--sizes", type=numbers, default=[1000, 100000], help="of W3: parked runs (1000,100000)")
    parser.add_argument("--workspaces", type=int, default=1000, help="of W6 (1000)")
    parser.add_argument("--fan-outs", type=int, default=100, help="runs of W7 (100)")
    parser.add_argument("--steps", type=numbers, default=[10, 100, 1000, 10000], help="of a run of grow-steps")
    parser.add_argument("--grow-workspaces", type=numbers, default=[1, 10, 100, 1000, 10000], metavar="COUNTS")
    parser.add_argument("--profile", action="store_true", help="flame graphs and shares into docs/performance/")
    parser.add_argument("--out", type=pathlib.Path, help="append the JSON lines to a file, for plot.py")
    parser.add_argument("--runs", type=int, default=100000, help="of the soak (100000)")
    parser.add_argument("--keep-logs", action="store_true")
    parser.add_argument("--no-bound", action="store_true", help="soak: growth is shown, not judged (sanitizers)")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in workloads.WORKLOADS]
    if unknown:
        parser.error(f"there is no workload {unknown[0]}; there are {' '.join(workloads.WORKLOADS)}")
    options.against = [name for name in options.against.split(",") if name]
    for name in options.against:
        if name not in rivals.NAMES:
            parser.error(f"there is no rival {name}; there are {' '.join(rivals.NAMES)}")
    if options.rounds is None:
        options.rounds = 3 if options.against else 1
    return options


def main():
    options = parse()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(bench(options) if options.what == "bench" else soak(options))


if __name__ == "__main__":
    main()
