"""The parts under the server fail: Redis forgets or dies, Postgres dies, io_uring is refused."""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

import pytest

from flows import flow, function
from harness import BIN, environment, until

CACHESTAT = 451            # Linux 6.5
WITHOUT_US_SECONDS = 30    # the kernel's own patience with pages that were written
DATABASE_MIN = 16384       # lower ones are Postgres' own, which autovacuum alone writes to

WAIT = '(flow/step :wait :ask {:key "k" :timeout "1h" :approval {:title "?"}})'


def child_pid(weir, name):
    """The pid of a service under the supervisor of this installation."""
    parent = weir.services.process.pid
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)
            if int(fields[1].split()[1]) == parent and fields[0].split("(", 1)[1].startswith(name):
                return int(entry.name)
        except (OSError, IndexError):
            continue
    raise AssertionError(f"no {name} under {parent}")


def unwritten_pages(path):
    """How many pages of a file are in memory only; None where the kernel cannot tell."""
    found = (ctypes.c_uint64 * 5)()  # cached, dirty, under way, evicted, recently evicted
    with open(path, "rb") as file:
        if ctypes.CDLL(None).syscall(CACHESTAT, file.fileno(), (ctypes.c_uint64 * 2)(), found, 0) != 0:
            return None
    return found[1] + found[2]


def finish(weir, run_id):
    [wait] = weir.waits(run_id)
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    return weir.settle(run_id, wait_ms=60000, until=("completed", "failed"))


def test_a_killed_redis_loses_nothing(weir):
    weir.push(flow("hints", f"(do {function('a', '1')} {WAIT} {function('b', ':end')})"))
    parked = weir.run("hints")["workflowId"]
    os.kill(child_pid(weir, "redis-server"), signal.SIGKILL)
    started = weir.command("runs.start", {"flowSlug": "hints"})["workflowId"]
    assert finish(weir, parked)["status"] == "completed"
    assert weir.settle(started, wait_ms=60000)["status"] == "waiting"
    assert finish(weir, started)["result"] == "end"


def test_a_flushed_redis_is_rebuilt(weir):
    weir.push(flow("timer", f"(do (flow/step :sleep :nap {{:seconds 3}}) {function('b', ':end')})"))
    runs = [weir.command("runs.start", {"flowSlug": "timer"})["workflowId"] for _ in range(5)]
    subprocess.run(["redis-cli", "-s", weir.services.ready["redis"], "FLUSHALL"], check=True, capture_output=True)
    for run_id in runs:
        assert weir.settle(run_id, wait_ms=60000, until=("completed", "failed"))["result"] == "end"


def test_a_killed_postgres_comes_back_and_runs_go_on(weir):
    weir.push(flow("truth", f"(do {function('a', '1')} {WAIT} {function('b', ':end')})"))
    parked = weir.run("truth", wait_ms=60000)["workflowId"]
    killed = child_pid(weir, "postgres")
    os.kill(killed, signal.SIGQUIT)
    until(lambda: not pathlib.Path(f"/proc/{killed}").exists(), "Postgres is gone")
    # Each pool finds out for itself that it is back, and not at the same time.
    [wait] = weir.command_until("waits.list", {"workflowId": parked})["waits"]
    weir.command_until("waits.approve", {"waitId": wait["waitId"]})
    assert weir.settle(parked, wait_ms=60000, until=("completed", "failed"))["result"] == "end"
    started = weir.command_until("runs.start", {"flowSlug": "truth"})["workflowId"]
    assert weir.settle(started, wait_ms=60000)["status"] == "waiting"


def test_the_main_job_works_on_epoll(weir, target):
    target.routes["/thing"] = (200, {"n": 5})
    weir.server.stop()
    weir.start(environment={"WEIR_LOOP": "epoll"})
    weir.push(flow("epoll", f'''(let [n (:n (:body (flow/step :http :get {{:url "{target.url}/thing"}})))]
        {WAIT} (flow/step :kv :keep {{:operation :set :key "n" :value n}}) n)'''))
    run = weir.run("epoll")
    assert run["status"] == "waiting", run
    assert finish(weir, run["workflowId"])["result"] == 5


def test_a_schedule_fires_and_its_runs_are_marked(weir):
    weir.push(flow("tick", ":ticked", interfaces="{}", extra='''
        :schedules [{:id :often :cron "* * * * * *" :timezone "Europe/Oslo" :enabled true :input {:key "k"}}]'''))
    until(lambda: weir.command("runs.list", {"flowSlug": "tick"})["runs"], "a scheduled run")
    run = weir.settle(weir.command("runs.list", {"flowSlug": "tick"})["runs"][-1]["workflowId"])
    assert run["status"] == "completed" and run["result"] == "ticked"
    assert run["triggeredBy"].startswith("schedule"), run


def test_an_archived_flow_fires_no_schedule(weir):
    weir.push(flow("quiet", ":ticked", interfaces="{}", extra='''
        :schedules [{:id :often :cron "* * * * * *" :timezone "UTC" :enabled true :input {:key "k"}}]'''))
    until(lambda: weir.command("runs.list", {"flowSlug": "quiet"})["runs"], "a scheduled run")
    weir.command("flows.archive", {"flowSlug": "quiet"})
    triggers = weir.command("triggers.list")["triggers"]
    assert not [t for t in triggers if t.get("flowSlug") == "quiet" and t.get("enabled", True)], triggers


def test_a_busy_port_is_said_in_one_line(weir):
    done = subprocess.run([str(BIN / "weir-server"), "run", "--data", str(weir.data), "--port", str(weir.port)],
                          env=environment(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert f"port {weir.port}" in done.stderr and "in use" in done.stderr and "--port" in done.stderr


def test_two_supervisors_of_one_place_are_refused(weir):
    done = subprocess.run([str(BIN / "weir-server"), "services", "--data", str(weir.data)],
                          env=environment(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3 and "another weir" in done.stderr


def test_what_postgres_writes_to_tables_does_not_gather_in_memory(weir):
    before = time.time()
    weir.push(flow("grows", function("a", "1"), interfaces="{}"))
    for _ in range(20):
        assert weir.run("grows", wait_ms=10000)["status"] == "completed"
    base = weir.data / "postgres" / "base"
    grown = [path for path in base.glob("*/*")
             if int(path.parent.name) >= DATABASE_MIN and path.stat().st_mtime > before]
    assert grown, "nothing was written"
    if unwritten_pages(grown[0]) is None:
        pytest.skip("this kernel does not tell")
    until(lambda: not sum(map(unwritten_pages, grown)), "it reaches the disk", seconds=WITHOUT_US_SECONDS * 2 / 3)


def test_a_new_segment_of_the_log_is_small(weir):
    """Making one holds up all commits for as long as it takes to fill it."""
    segments = list((weir.data / "postgres" / "pg_wal").glob("[0-9A-F]" * 24))
    assert segments and {path.stat().st_size for path in segments} == {4 << 20}
