"""Memory: a long run keeps it flat, and runs that wait hold none."""
import json
import re
import subprocess

import pytest

from flows import flow
from harness import BIN, environment, until

STEPS, WARM, PARKED = 10_000, 1_000, 10_000
MB = 1024 * 1024
# With sanitizers: freed memory is given back at once, so that what the process holds is what it uses.
ASAN = "detect_leaks=1:abort_on_error=0:exitcode=99:quarantine_size_mb=1:allocator_release_to_os_interval_ms=100"


class Gauge:
    """What the server's process holds, and what its workers say of their runs, in bytes."""

    def __init__(self, weir):
        self.weir, self.process, self.workers = weir, [], []

    def metric(self, name):
        text = self.weir.http("GET", "/metrics")[2].decode()
        return sum(int(value) for value in re.findall(rf"^{name}{{.*}} (\d+)$", text, re.M))

    def sample(self):
        with open(f"/proc/{self.weir.server.process.pid}/status", encoding="ascii") as status:
            self.process.append(int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024)
        self.workers.append(self.metric("weir_worker_memory_bytes"))


@pytest.fixture(name="small")
def fixture_small(weir):
    weir.server.stop()
    weir.start(environment={"ASAN_OPTIONS": ASAN})
    return weir


def test_a_run_of_ten_thousand_steps_keeps_memory_flat(small):
    code = '(fn [i] {:n (:n i) :text (apply str (repeat 2048 \\"x\\"))})'
    slug = small.push(flow("long", f"""
      (loop [n 0, sum 0]
        (if (= n {STEPS})
          sum
          (let [result (flow/step :function :fill {{:code "{code}" :input {{:n n}}}})]
            (recur (inc n) (+ sum (count (:text result)))))))"""))
    gauge = Gauge(small)
    run = small.command("runs.start", {"flowSlug": slug, "input": {}})["workflowId"]
    while small.get(run, waitMs=200, includeSteps=False)["status"] in ("queued", "running"):
        gauge.sample()
    assert small.get(run, includeSteps=False)["result"] == STEPS * 2048
    warm = gauge.process[:len(gauge.process) // 10 + 1]
    # its results alone are 20 MB
    assert max(gauge.process) - max(warm) < 8 * MB, gauge.process
    assert 0 < max(gauge.workers) < 4 * MB, gauge.workers
    assert max(gauge.workers[len(warm):]) < 2 * max(gauge.workers[:len(warm)]) + MB, gauge.workers


def park(weir, slug, count, first):
    headers = weir.folder / "headers"
    headers.write_text(f"Authorization: Bearer {weir.token}\nX-Weir-Workspace: {weir.workspace}\n")
    subprocess.run([BIN / "weir-load", "--port", str(weir.port), "--path", "/api/commands", "--body",
                    json.dumps({"command": "runs.start", "args": {"flowSlug": slug, "input": {"n": "{n}"}}}),
                    "--header-file", headers, "--connections", "16", "--requests", str(count), "--first", str(first)],
                   check=True, env=environment(), timeout=120, capture_output=True)
    for status in ("queued", "running"):
        until(lambda s=status: not weir.command("runs.list", {"flowSlug": slug, "status": s, "limit": 1})["runs"])


def test_ten_thousand_parked_runs_hold_no_memory(small):
    slug = small.push(flow("parks", """(let [text (apply str (repeat 2000 "x"))]
      (flow/step :wait :resume {:title "Go on" :timeout "24h"})
      (count text))"""))
    gauge = Gauge(small)
    park(small, slug, WARM, 0)
    until(lambda: gauge.metric("weir_worker_runs") == 0)
    gauge.sample()
    park(small, slug, PARKED - WARM, WARM)
    until(lambda: gauge.metric("weir_worker_runs") == 0)
    gauge.sample()
    assert gauge.workers == [0, 0]
    # each of them had 2 KB of text in its hands, and a heap around it
    assert gauge.process[1] - gauge.process[0] < 16 * MB, gauge.process
    [wait] = small.command("waits.list", {"flowSlug": slug, "limit": 1})["waits"]
    small.cli("waits", "complete", wait["waitId"], "--payload", "{}")
    assert small.settle(wait["workflowId"], until=("completed",))["result"] == 2000
