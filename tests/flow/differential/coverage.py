#!/usr/bin/env python3
"""What of the compiler and the VM no expression of the differential test reaches; it must be
nothing: ./dev oracle --coverage.

    coverage.py BUILD            a build with gcc --coverage, where run_differential is built
    coverage.py --tests          the programs that beyond.txt names, which must be built too

Reached is a line that runs, and whose conditions have gone both ways. What an expression that is
compared with Clojure cannot reach (flow calls, limits) stands in beyond.txt, with the reason and
the tests that reach it: each is run by itself, and must. An entry fails when what it names is not
there, or is reached by expressions.

Two ways cannot be taken by their nature, and are not asked for: out of an ASSERT, and out of a
switch without a default, which has a case for every value (the compiler sees to that).
"""
import dataclasses
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FLOW = ROOT / "flow"
FILES = ["catch", "compile", "compile_*", "effect", "fork", "frame", "image", "lazy", "opcode",
         "realize", "scope", "vm", "vm_*"]


@dataclasses.dataclass(frozen=True)
class Place:
    """A line of code: in which file and function, and its text. The same text twice in a function
    is one place, reached when both are."""
    file: str
    function: str
    text: str

    def __str__(self):
        return f"{self.file}: {self.function}: {self.text}"


@dataclasses.dataclass
class Section:
    """Of beyond.txt: one reason, the tests, and what they reach."""
    reason: str = ""
    tests: list = dataclasses.field(default_factory=list)
    entries: list = dataclasses.field(default_factory=list)


def read_beyond():
    """Paragraphs: the reason (lines that begin with ;), `by: tests`, and an entry a line: a file,
    a function of it, or the text of a line of that (or its beginning and *)."""
    sections = []
    for paragraph in (HERE / "beyond.txt").read_text("utf-8").split("\n\n"):
        section = Section()
        for line in filter(None, paragraph.split("\n")):
            if line.startswith(";"):
                section.reason += line[1:]
            elif line.startswith("by: "):
                section.tests += line[4:].split()
            else:
                section.entries.append(line)
        if section.entries:
            sections.append(section)
    return sections


def is_closed_switch(source, number):
    """Whether a switch begins there that has no default."""
    indent = re.match(r"( *)switch \(", source[number - 1])
    if not indent:
        return False
    end = source.index(indent[1] + "}", number)
    return not any(line.startswith(indent[1] + "default:") for line in source[number:end])


class Counts:
    """How often each line ran, and each way out of it; of one run of a program, or of several."""

    def __init__(self, sources):
        self.sources = sources
        self.lines = {}  # (file, function, number) to [count, ways]

    def add(self, key, count, ways):
        old_count, old_ways = self.lines.get(key, (0, [0] * len(ways)))
        assert len(old_ways) == len(ways), key
        self.lines[key] = (old_count + count, [a + b for a, b in zip(old_ways, ways)])

    def read(self, build):
        """Adds what the programs of that build have counted since clear()."""
        data = sorted(path for name in FILES for path in build.rglob(f"{name}.c.gcda")
                      if "unit" not in path.parts)
        if not data:
            return self
        out = subprocess.run(["gcov", "-b", "-c", "-t", "--json-format", *data], check=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for document in out.decode().splitlines():
            for file in json.loads(document)["files"]:
                name = pathlib.Path(file["file"]).name
                if name not in self.sources:
                    continue
                for line in file["lines"]:
                    self.add((name, line.get("function_name", ""), line["line_number"]),
                             line["count"], [way["count"] for way in line["branches"]])
        return self

    def merged(self, others):
        merged = Counts(self.sources)
        for counts in [self, *others]:
            for key, (count, ways) in counts.lines.items():
                merged.add(key, count, ways)
        return merged

    def unreached(self):
        """Place to what is not reached of it, with its line number."""
        found = {}
        for (file, function, number), (count, ways) in sorted(self.lines.items()):
            source = self.sources[file]
            text = source[number - 1].strip()
            if is_closed_switch(source, number):
                ways = ways[:-1]
            if "ASSERT(" in text and count > 0:
                continue
            if count > 0 and all(ways):
                continue
            what = "never runs" if count == 0 else "goes one way"
            found.setdefault(Place(file, function, text), f"flow/{file}:{number}: {what}: {text}")
        return found


def clear(build):
    for path in build.rglob("*.gcda"):
        path.unlink()


def run_expressions(build, sources):
    clear(build)
    answers = sorted((HERE / "answers").glob("*.txt"))
    subprocess.run([build / "tests/run_differential", ROOT / "docs/differences.md", *answers],
                   check=True, stdout=sys.stderr)
    return Counts(sources).read(build)


def run_test(build, sources, name):
    clear(build)
    listed = re.sub(r"^run_|_cases$", "", name)  # as ctest knows it
    run = subprocess.run(["ctest", "--test-dir", build, "-R", f"/{listed}$", "--no-tests=error"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    if run.returncode != 0:
        raise SystemExit(f"{run.stdout}\n{name} failed on the coverage build")
    return Counts(sources).read(build)


def matches(entry, place):
    parts = entry.split(": ", 2)
    whole = [place.file, place.function, place.text][:len(parts)]
    return parts == whole or entry.endswith("*") and ": ".join(whole).startswith(entry[:-1])


def main():
    sections = read_beyond()
    tests = sorted({name for section in sections for name in section.tests})
    if sys.argv[1] == "--tests":
        print("\n".join(tests))
        return 0
    build = pathlib.Path(sys.argv[1]).resolve()
    sources = {path.name: path.read_text("utf-8").splitlines()
               for name in FILES for path in FLOW.glob(f"{name}.c")}
    expressions = run_expressions(build, sources)
    counts = {name: run_test(build, sources, name) for name in tests}
    missing = expressions.unreached()
    wrong = []
    beyond = set()
    for section in sections:
        left = expressions.merged([counts[name] for name in section.tests]).unreached()
        for entry in section.entries:
            places = {place for place in missing if matches(entry, place)}
            if not places:
                wrong.append(f"beyond.txt: is reached by expressions, or not there: {entry}")
            wrong += [f"{left[place]} (not by {' '.join(section.tests)} either)"
                      for place in places & left.keys()]
            beyond |= places
    wrong += [text for place, text in missing.items() if place not in beyond]
    print("\n".join(sorted(wrong)))
    print(f"{len(expressions.lines)} lines: {len(expressions.lines) - len(missing)} reached in all"
          f" ways, {len(beyond)} beyond expressions, {len(missing) - len(beyond)} not reached;"
          f" {len(wrong)} to mend")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
