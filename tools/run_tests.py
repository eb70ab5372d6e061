#!/usr/bin/env python3
"""Runs unit and flow tests (ctest) and black-box tests (pytest), and ends with one line of totals.

What counts is the single test: a test function of a cmocka program, a form of a .flow file, a pytest
test. A program that crashes, hangs or cannot start counts as one failed test at least. The exit
status is 0 only if one test ran at least and none failed. -k NAME picks by name: of the ctest
program, of the pytest test.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM_SECONDS = 300  # one program of ctest
RUNNER_SECONDS = 30 * 60  # ctest or pytest as a whole
PYTEST_NONE_CHOSEN = 5

CMOCKA_OK = re.compile(r"\[       OK \] ")
CMOCKA_FAILED = re.compile(r"\[  FAILED  \] (\d+) test\(s\), listed below")
CMOCKA_SKIPPED = re.compile(r"\[  SKIPPED \] (\d+) test\(s\), listed below")
FLOW_TOTALS = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)


class Totals:
    def __init__(self):
        self.passed = self.failed_count = self.skipped = self.seconds = 0
        self.failed = []  # a line for each: its name, or the program and how many in it

    def fail(self, name, count=1):
        self.failed_count += count
        self.failed.append(name if count == 1 else f"{name} ({count} tests)")

    def __str__(self):
        return f"{self.passed} passed, {self.failed_count} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def count_program(totals, name, output, ended_well):
    """Adds what one program of ctest says about its tests."""
    flow = FLOW_TOTALS.findall(output)
    if flow:
        passed, failed = (sum(int(pair[i]) for pair in flow) for i in (0, 1))
        skipped = 0
    else:
        passed = len(CMOCKA_OK.findall(output))
        failed = sum(int(count) for count in CMOCKA_FAILED.findall(output))
        skipped = sum(int(count) for count in CMOCKA_SKIPPED.findall(output))
    totals.passed += passed
    totals.skipped += skipped
    if not ended_well or failed:
        totals.fail(name, max(failed, 1))
    elif passed + skipped == 0:
        totals.passed += 1  # neither cmocka nor flow: the program is the test


def count_junit(totals, path, of_programs):
    """Adds the cases of a JUnit file; a missing or broken one is a failure."""
    try:
        cases = list(xml.parse(path).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as problem:
        totals.fail(f"no results: {problem}")
        return
    for case in cases:
        name = case.get("name", "?")
        if not of_programs:
            name = f"{case.get('classname', '').rsplit('.', 1)[-1]}::{name}"
        ended_well = (case.find("failure") is None and case.find("error") is None and case.get("status") != "fail")
        skipped = case.find("skipped")
        if skipped is not None and "Unable to find" in (skipped.get("message") or ""):
            totals.fail(f"{name} (not built)")
        elif skipped is not None or case.get("status") == "disabled":
            totals.skipped += 1
        elif of_programs:
            count_program(totals, name, case.findtext("system-out") or "", ended_well)
        elif ended_well:
            totals.passed += 1
        else:
            totals.fail(name)


def environment(**extra):
    """Ours without settings of weir's own (but the loop's backend); sanitizers stop at a finding."""
    kept = {key: value for key, value in os.environ.items()
            if key == "WEIR_LOOP" or not key.startswith(("WEIR_", "BREYTA_"))}
    return dict(kept, ASAN_OPTIONS="detect_leaks=1", UBSAN_OPTIONS="print_stacktrace=1", PYTHONDONTWRITEBYTECODE="1",
                **extra)


def end(process):
    try:
        return process.wait(timeout=60) or 1
    except subprocess.TimeoutExpired:
        process.kill()
        return 1


def run(command, **extra):
    """Runs to the end, or to its time limit; answers the exit status."""
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=environment(**extra)) as process:
        try:
            return process.wait(timeout=RUNNER_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"stopped after {RUNNER_SECONDS // 60} minutes: {command[0]}", file=sys.stderr)
            process.send_signal(signal.SIGINT)
            return end(process)
        except KeyboardInterrupt:  # the terminal told the child too
            end(process)
            raise


def run_ctest(build, pattern, out):
    command = ["ctest", "--test-dir", str(build), f"-j{os.cpu_count() or 2}", "--output-on-failure", "--timeout",
               str(PROGRAM_SECONDS), "--test-output-size-passed", "10000000", "--test-output-size-failed", "10000000",
               "--output-junit", str(out)]
    if pattern:
        command += ["-R", re.escape(pattern)]
    totals = Totals()
    status = run(command)
    count_junit(totals, out, True)
    if status != 0 and not totals.failed:
        totals.fail(f"ctest ended with {status}")
    return totals


def run_pytest(build, pattern, out, workers, folder):
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(workers),
               f"--junitxml={out}", "tests/blackbox"]
    if pattern:
        command += ["-k", pattern]
    totals = Totals()
    status = run(command, WEIR_BIN=str(build), TMPDIR=str(folder))
    if not (pattern and status == PYTEST_NONE_CHOSEN):
        count_junit(totals, out, False)
        if status != 0 and not totals.failed:
            totals.fail(f"pytest ended with {status}")
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("-k", dest="pattern", metavar="NAME", help="only tests whose name has this in it")
    parser.add_argument("-n", dest="workers", type=int, default=(os.cpu_count() or 2) + 1,
                        help="black-box tests at a time")
    options = parser.parse_args()
    build = options.build.resolve()

    parts = {}
    with tempfile.TemporaryDirectory(prefix="weir-", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)  # as root, the servers run as another user and pass through
        for title, start in (
                ("unit and flow", lambda: run_ctest(build, options.pattern, folder / "unit.xml")),
                ("black box", lambda: run_pytest(build, options.pattern, folder / "black.xml", options.workers, folder))):
            print(f"== {title} tests", file=sys.stderr, flush=True)
            started = time.monotonic()
            parts[title] = start()
            parts[title].seconds = round(time.monotonic() - started)

    print()
    for title, totals in parts.items():
        print(f"{title}: {totals}, in {totals.seconds} s")
        for line in totals.failed:
            print(f"  failed: {line}")
    passed = sum(totals.passed for totals in parts.values())
    failed = sum(totals.failed_count for totals in parts.values())
    if passed + failed == 0:
        print(f"no test has {options.pattern} in its name" if options.pattern else "there are no tests")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
