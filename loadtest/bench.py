#!/usr/bin/env python3
"""How fast weir is, against what, and whether it keeps its memory: `./dev bench` and `./dev soak`.

Starts private servers (Postgres and Redis with weir's own settings: fsync and synchronous_commit
on), puts the workloads of loadtest/README.md on them with weir-load, and prints one JSON line a
figure and a table. With --against, rivals play the same in turn. `soak` plays very many runs and
shows the server's memory on the way.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import ending  # noqa: E402  (the path is set before)
import figures  # noqa: E402
import flows  # noqa: E402
import programs  # noqa: E402
import rivals  # noqa: E402
import workloads  # noqa: E402
from installation import Weir  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOAK_GROWTH_MB = 8  # from the second tenth of the runs to the end


@contextlib.contextmanager
def standing(make, options):
    """A subject that is up, and afterwards gone, with the engine's exit code."""
    subject = None
    try:
        with ending.held():
            subject = make(options)
        subject.up()
        yield subject
    finally:
        with ending.held():
            if subject:
                subject.code = subject.down()


def play(make, name, options):
    """A workload on a subject of its own, which is fresh: nothing is left of the one before."""
    begin = time.monotonic()
    with standing(make, options) as subject:
        print(f"bench: {subject.name} is up in {subject.folder}", file=sys.stderr, flush=True)
        found = workloads.WORKLOADS[name].play(subject, options)
    print(f"bench: {subject.name} {name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return found + [(workload, "bad", count) for workload, count in subject.bad.items()], subject.code


def bench(options):
    """Each workload: ours, then each rival, as many rounds as wanted."""
    against = [rivals.find(name) for name in options.against]
    table = figures.Figures(options)
    well = True
    for name in options.workloads or workloads.DEFAULT:
        for _ in range(options.rounds):
            for make in [Weir, *against]:
                if make is not Weir and not (workloads.WORKLOADS[name].rivals and make.plays(name)):
                    continue
                found, code = play(make, name, options)
                table.add(make.name, found)
                well = well and (code == 0 or make is not Weir)
        table.print_new()
    table.print_table()
    return 0 if well and not table.faults() else 1


def soak(options):
    """Three steps a run. Growth counts from the second tenth of the way: before it, caches fill."""
    with standing(Weir, options) as weir:
        slug = weir.push(flows.flow("soak-3", flows.mixed(weir.target.ready["port"])))
        begin = time.monotonic()
        result = workloads.drive(weir, "soak", "--connections", weir.connections, "--requests", options.runs,
                                 "--watch", weir.server.pid, *weir.run_of(slug))
        idle = programs.resident_mb(weir.engine_pids())
    points = [kb / 1024 for kb in result.get("rss_kb", [])]
    print("memory of the server at each twentieth of the runs, MB: " + " ".join(f"{p:.1f}" for p in points))
    growth = points[-1] - points[2] if len(points) > 3 else 0.0
    print(json.dumps({"workload": "soak", "runs": result["good"], "bad": result["bad"], "runs_s": result["per_s"],
                      "seconds": round(time.monotonic() - begin, 1), "rss_first_mb": round(points[0], 1),
                      "rss_last_mb": round(idle, 1), "growth_mb": round(growth, 1), "exit": weir.code}))
    well = weir.code == 0 and weir.bad["soak"] == 0
    if growth > SOAK_GROWTH_MB and not options.no_bound:
        print(f"bench: the server grew by {growth:.1f} MB; {SOAK_GROWTH_MB} are allowed", file=sys.stderr)
        well = False
    return 0 if well else 1


def at_least(least):
    """For argparse: a whole number from there on."""
    def read(text):
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is not a number of {least} or more")
        return int(text)
    return read


def numbers(text):
    return [at_least(1)(number) for number in text.split(",")]


def growing(text):
    found = numbers(text)
    if found != sorted(set(found)):
        raise argparse.ArgumentTypeError(f"of {text} each must be more than the one before")
    return found


def profilable():
    return [name for name, each in workloads.WORKLOADS.items() if each.profiled]


def workload(name):
    if name not in workloads.WORKLOADS:
        raise argparse.ArgumentTypeError(f"there is no workload {name}; there are {' '.join(workloads.WORKLOADS)}")
    return name


def rival_names(text):
    found = [name for name in text.split(",") if name]
    for name in found:
        if name not in rivals.NAMES:
            raise argparse.ArgumentTypeError(f"there is no rival {name}; there are {' '.join(rivals.NAMES)}")
    return found


def add_shared(parser):
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release", metavar="FOLDER",
                        help="with weir-server and weir-load (build/release)")
    parser.add_argument("--connections", type=at_least(1), metavar="N",
                        help="at saturation (256; rivals: what suits each, see loadtest/README.md)")
    parser.add_argument("--keep-logs", action="store_true", help="say where they are, and leave them")


def parse():
    parser = argparse.ArgumentParser(prog="./dev", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    whats = parser.add_subparsers(dest="what", required=True)
    one = whats.add_parser("bench", description="Measures workloads: a JSON line a figure, and a table at the end. "
                           "Exit status 1 when answers were bad or runs were lost.")
    one.add_argument("workloads", nargs="*", metavar="WORKLOAD", type=workload,
                     help=f"of {' '.join(workloads.WORKLOADS)} ({' '.join(workloads.DEFAULT)})")
    one.add_argument("--against", type=rival_names, default=[], metavar="RIVALS",
                     help=f"of {','.join(rivals.NAMES)}")
    one.add_argument("--rounds", type=at_least(1), metavar="N",
                     help="in turn; figures are medians (3 with --against, else 1)")
    one.add_argument("--seconds", type=at_least(1), default=10, metavar="N",
                     help="how long each measurement takes (10)")
    one.add_argument("--rates", type=numbers, default=[], help="of W1: latency at these many starts a second too")
    one.add_argument("--sizes", type=growing, default=[1000, 100000], help="of W3: parked runs (1000,100000)")
    one.add_argument("--workspaces", type=at_least(len(workloads.BIG_WEIGHTS) + 1), default=1000, metavar="N",
                     help="of W6, big ones included (1000)")
    one.add_argument("--fan-outs", type=at_least(1), default=100, metavar="N", help="runs of W7 (100)")
    one.add_argument("--steps", type=numbers, default=[10, 100, 1000, 10000],
                     help="of grow-steps: steps of a run (10,100,1000,10000)")
    one.add_argument("--grow-workspaces", type=growing, default=[1, 10, 100, 1000, 10000], metavar="COUNTS",
                     help="of grow-workspaces (1,10,100,1000,10000)")
    one.add_argument("--profile", action="store_true",
                     help=f"flame graphs and shares of CPU, of {' '.join(profilable())}")
    one.add_argument("--profile-to", type=pathlib.Path, default=ROOT / "build" / "performance", metavar="FOLDER",
                     help="where they go (build/performance)")
    one.add_argument("--out", type=pathlib.Path, metavar="FILE", help="append the JSON lines to it, for plot.py")
    one.set_defaults(run=bench)
    add_shared(one)
    other = whats.add_parser("soak", description="Plays very many runs and shows the server's memory on the way. "
                             f"Exit status 1 when it grew by more than {SOAK_GROWTH_MB} MB.")
    other.add_argument("--runs", type=at_least(100), default=100000, metavar="N", help="(100000)")
    other.add_argument("--no-bound", action="store_true", help="growth is shown, not judged (sanitizers)")
    other.set_defaults(run=soak)
    add_shared(other)
    options = parser.parse_args()
    if options.what == "bench" and options.rounds is None:
        options.rounds = 3 if options.against else 1
    if options.what == "bench" and options.profile:
        left_out = [name for name in options.workloads if not workloads.WORKLOADS[name].profiled]
        if left_out:
            one.error(f"--profile cannot do {left_out[0]}; it can do {' '.join(profilable())}")
    if not (options.bin / "weir-load").exists():
        (one if options.what == "bench" else other).error(f"there is no weir-load in {options.bin}")
    return options


def main():
    options = parse()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    ending.listen()
    try:
        code = options.run(options)
    except ending.Ended as ended:
        programs.Program.stop_all()
        print(f"bench: ended by {signal.Signals(ended.number).name}", file=sys.stderr)
        code = 128 + ended.number
    finally:
        programs.Program.stop_all()
    sys.exit(code)


if __name__ == "__main__":
    main()
