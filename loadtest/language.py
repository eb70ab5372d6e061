#!/usr/bin/env python3
"""Measures the flow language by itself (weir-language-bench), beside Lua 5.4, against its goals.

All figures are CPU time of one thread, the median of 15 passes, so that a busy machine disturbs them
little. Lua runs the same sum as a plain numeric for loop, the fastest way it has. Exit status 1 when
a goal is missed.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# what: (unit, goal); a goal in "lua" is a multiple of Lua's time
GOALS = {"step": 2.0, "compile": 3.0, "replay": 5.0}
REDUCE_OF_LUA = 2.0

LUA = """
local times = {}
for pass = 0, 15 do
  local start = os.clock()
  local sum = 0
  for i = 0, 999999 do sum = sum + i end
  assert(sum == 499999500000)
  if pass > 0 then times[#times + 1] = (os.clock() - start) * 1000 end
end
table.sort(times)
print(times[8])
"""


def measure(binary):
    output = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    return {one["workload"]: one for one in map(json.loads, output.splitlines())}


def lua_ms():
    program = shutil.which("lua5.4")
    if not program:
        return None
    return float(subprocess.run([program, "-"], input=LUA, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release")
    options = parser.parse_args()
    figures = measure(options.bin / "weir-language-bench")
    lua = lua_ms()
    goals = dict(GOALS)
    if lua:
        goals["reduce"] = REDUCE_OF_LUA * lua
    missed = []
    print(f"{'workload':<10}{'median':>10}{'best':>10}  unit  goal")
    for name, one in figures.items():
        goal = goals.get(name)
        said = ""
        if goal:
            said = f"under {goal:.3g}: " + ("reached" if one["median"] < goal else "MISSED")
            if one["median"] >= goal:
                missed.append(name)
        print(f"{name:<10}{one['median']:>10.4g}{one['best']:>10.4g}  {one['unit']:<5} {said}".rstrip())
    print(f"{'lua5.4':<10}{lua:>10.4g}{'':>10}  ms" if lua else "lua5.4 is not installed: reduce has no goal")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
