#!/usr/bin/env python3
"""Runs unit and flow tests (ctest) and black-box tests (pytest), and ends with one line of totals.

Exit status 0 only if at least one test ran and all passed. -k NAME picks tests by name in both.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent


def junit_totals(path):
    """(passed, failed, skipped) of a JUnit file; a missing or broken file is one failure."""
    try:
        suites = xml.parse(path).getroot()
    except (OSError, xml.ParseError):
        return 0, 1, 0
    passed = failed = skipped = 0
    for case in suites.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def run_ctest(build, pattern, out):
    command = ["ctest", "--test-dir", str(build), "-j2", "--output-on-failure", "--output-junit", str(out)]
    if pattern:
        command += ["-R", pattern]
    return subprocess.run(command, check=False).returncode


def run_pytest(build, pattern, out, workers):
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(workers),
               f"--junitxml={out}", str(ROOT / "tests" / "blackbox")]
    if pattern:
        command += ["-k", pattern]
    environment = dict(os.environ, WEIR_BIN=str(build), PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("-k", dest="pattern", help="only tests whose name has this in it")
    parser.add_argument("-n", dest="workers", type=int, default=3, help="black-box tests at a time")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        unit_file, black_file = pathlib.Path(folder, "unit.xml"), pathlib.Path(folder, "black.xml")
        unit_status = run_ctest(options.build, options.pattern, unit_file)
        black_status = run_pytest(options.build, options.pattern, black_file, options.workers)
        unit, black = junit_totals(unit_file), junit_totals(black_file)

    passed, failed, skipped = (a + b for a, b in zip(unit, black))
    if failed == 0 and (unit_status != 0 or black_status not in (0, 5 if options.pattern else 0)):
        failed = 1  # a runner failed without a failed test: a crash or no collection
    if passed == 0 and failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
