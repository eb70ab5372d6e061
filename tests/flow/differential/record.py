#!/usr/bin/env python3
"""Asks Clojure what the expressions of the differential test are: ./dev oracle. Takes minutes.

    record.py RUN_DIFFERENTIAL          records answers/ again
    record.py RUN_DIFFERENTIAL --only forms, or another: that file of it alone
    record.py RUN_DIFFERENTIAL --seed N expressions of another seed: compared once, not kept; what
                                        differs then is asked again

RUN_DIFFERENTIAL is the program of the build: it knows the core-function table, and compares.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
JARS = [f"/usr/share/java/{name}.jar" for name in ("clojure", "spec.alpha", "core.specs.alpha")]
JAVA = ["java", "-Xmx1g", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Dfile.encoding=UTF-8", "-cp", ":".join(JARS), "clojure.main"]
SEED = "1"
GRAMMAR_COUNT = "8000"
TOPIC_COUNT = "250"
BY_HAND = ("forms", "corners", "branches", "java")


def generated(*args):
    command = [sys.executable, HERE / "generate.py", *args]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def expressions(runner, seed, work):
    """Name to lines: what is written by hand does not depend on the seed. A line that stands in one
    of them already is left out of the next."""
    table = work / "list"
    table.write_bytes(subprocess.run([runner, "--list"], check=True, stdout=subprocess.PIPE).stdout)
    texts = {"table": generated("table", table, seed),
             "grammar": generated("grammar", GRAMMAR_COUNT, seed),
             "topics": generated("topics", TOPIC_COUNT, seed)}
    if seed == SEED:
        for name in BY_HAND:
            texts[name] = (HERE / f"{name}.txt").read_text("utf-8")
    seen = set()
    return {name: [line for line in text.split("\n") if line and not line.startswith(";")
                   and not (line in seen or seen.add(line))]
            for name, text in texts.items()}


def ask(source, count, run):
    """The answers of one run of Clojure, a line each; starts it and answers how to wait for it."""
    out = source.with_suffix(f".out{run}")
    # in the second run all addresses are the same one
    options = ["-XX:+UnlockExperimentalVMOptions", "-XX:hashCode=2"] if run == 2 else []
    process = subprocess.Popen([JAVA[0], *options, *JAVA[1:], HERE / "oracle.clj", source, out])

    def wait():
        if process.wait() != 0:
            raise SystemExit("Clojure failed")
        answers = out.read_bytes().decode("utf-8").split("\n")[:-1]
        if len(answers) != count:
            raise SystemExit(f"{count} expressions, but {len(answers)} answers")
        return answers
    return wait


def asked(name, lines, work, runs):
    """The answers of each of the runs."""
    source = work / f"{name}.in"
    source.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
    return [wait() for wait in [ask(source, len(lines), run) for run in runs]]


def write(name, lines, first, second, out):
    """Leaves out what Clojure had no time or room for, and what it answers differently each time
    (the hash or the text of what has an address only)."""
    kept = [f"{line}\t{answer}\n" for line, answer, again in zip(lines, first, second)
            if answer == again != "!! limit"]
    out.write_bytes("".join(kept).encode("utf-8"))
    print(f"{name}: {len(kept)} answers, {len(lines) - len(kept)} left out", flush=True)


def record(name, lines, work, out):
    write(name, lines, *asked(name, lines, work, (1, 2)), out)


def compare(name, lines, runner, work, out):
    """Of expressions that are not kept only those are asked again whose first answer differs."""
    [first] = asked(name, lines, work, (1,))
    write(name, lines, first, first, out)
    new = subprocess.run([runner, "--new", ROOT / "docs/differences.md", out], check=False,
                         stdout=subprocess.PIPE, encoding="utf-8").stdout
    differ = {line.split("\t")[0] for line in new.split("\n") if line}
    again = [line for line in lines if line in differ]
    if not again:
        return
    [second] = asked(f"{name}-again", again, work, (2,))
    answers = dict(zip(again, second))
    write(name, lines, first, [answers.get(*pair) for pair in zip(lines, first)], out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runner", type=pathlib.Path)
    parser.add_argument("--seed", default=SEED)
    parser.add_argument("--only", choices=["table", "grammar", "topics", *BY_HAND])
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        target = HERE / "answers" if args.seed == SEED else work
        written = []
        for name, lines in expressions(args.runner, args.seed, work).items():
            out = target / f"{name}.txt"
            if args.seed != SEED and args.only in (None, name):
                compare(name, lines, args.runner, work, out)
            elif args.only in (None, name):
                record(name, lines, work, out)
            if out.exists():
                written.append(out)
        listing = [] if args.seed == SEED else ["--new"]
        command = [args.runner, *listing, ROOT / "docs/differences.md", *written]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
