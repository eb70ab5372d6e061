"""runs.get: what it shows is never older than what anybody was told, and only the workspace's own."""
import concurrent.futures

from flows import flow, function

PARKED = '(flow/step :wait :ask {:key "ask" :timeout "1h" :approval {:title "Go on?"}})'
READERS = 16


def read_at_once(weir, runs, **args):
    """The records of many readers at the same time, in the order of `runs`."""
    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(lambda run: weir.get(run, **args), runs))


def test_readers_at_the_same_time_get_the_run_they_asked_for(weir):
    weir.push(flow("echo", "(:n input)"))
    runs = [weir.run("echo", {"n": n})["workflowId"] for n in range(40)]
    for n, run in enumerate(read_at_once(weir, runs)):
        assert run["workflowId"] == runs[n] and run["result"] == n and run["status"] == "completed", run


def test_an_end_that_was_told_is_read_by_all_who_ask_afterwards(weir):
    weir.push(flow("told", function("a", "{:n 1}")))
    for _ in range(20):
        done = weir.command("runs.start", {"flowSlug": "told", "input": {}, "waitMs": 20000})
        assert done["status"] == "completed", done
        assert {run["status"] for run in read_at_once(weir, [done["workflowId"]] * READERS)} == {"completed"}


def test_a_cancel_that_was_told_is_read_by_all_who_ask_afterwards(weir):
    weir.push(flow("parked", PARKED))
    for _ in range(5):
        run = weir.run("parked")["workflowId"]
        assert {r["status"] for r in read_at_once(weir, [run] * READERS)} == {"waiting"}
        ended = weir.command("runs.cancel", {"workflowId": run, "reason": "enough"})
        for record in read_at_once(weir, [run] * READERS, waitMs=0 if ended["ended"] else 20000):
            assert record["status"] == "cancelled" and record["cancelReason"] == "enough", record


def test_a_release_that_was_told_stands_in_runs_of_its_version(weir):
    weir.push(flow("late", "{:n 1}"), release=False)
    run = weir.run("late", source="draft")["workflowId"]
    assert "release" not in weir.get(run)
    weir.command("flows.release", {"flowSlug": "late"})
    assert weir.get(run)["release"] == 1


def test_what_was_read_is_there_after_a_restart(weir):
    weir.push(flow("kept", "{:n 1}"))
    run = weir.run("kept")
    weir.restart()
    assert weir.get(run["workflowId"]) == weir.get(run["workflowId"], waitMs=1000) == run


def test_a_run_of_another_workspace_is_not_found(weir):
    weir.push(flow("mine", "{:secret 1}"))
    run = weir.run("mine")["workflowId"]
    stranger = {"token": weir.make_token("ws-other"), "workspace": "ws-other"}
    of_theirs = run.replace("ws-test", "ws-other")
    short = run.rsplit("-", 1)[1]
    for _ in range(3):
        assert weir.get(run)["status"] == "completed"  # somebody has just read it
        for name in (run, of_theirs, short):
            status, error = weir.refused("runs.get", {"workflowId": name}, **stranger)
            assert status == 404 and error["code"] == "not_found", error
    assert weir.get(short)["workflowId"] == run


def test_an_id_that_is_none_harms_no_reader_beside_it(weir):
    weir.push(flow("beside", "{:n 1}"))
    run = weir.run("beside")["workflowId"]
    bad = ["flow-beside\u0000-ws-test-r1", "flow-none-ws-test-r1", "flow-beside-ws-test-r99", "flow--ws-test-r1", "r0", ""]

    def read(name):
        return weir.command_raw("runs.get", {"workflowId": name})[0]

    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        answers = list(pool.map(read, (bad + [run]) * 20))
    for place in range(len(bad) + 1):
        expected = {200} if place == len(bad) else {404, 422}
        assert set(answers[place::len(bad) + 1]) <= expected, (place, answers)


def test_a_child_and_a_large_run_are_read_whole_among_others(weir):
    weir.push(flow("small", "{:n 1}"))
    weir.push(flow("caller", '(flow/call-flow :small {})'))
    weir.push(flow("large", '(apply str (repeat 70000 "x"))'))
    started = weir.command("runs.start", {"flowSlug": "caller", "input": {}})
    caller = weir.settle(started["workflowId"], until=("completed", "failed"))
    large = weir.run("large")
    assert caller["status"] == "completed" and large["status"] == "completed", (caller, large)
    child = caller["children"][0]["workflowId"]
    plain = weir.run("small")["workflowId"]
    names = [child, plain, large["workflowId"], caller["workflowId"]] * 8
    for name, run in zip(names, read_at_once(weir, names)):
        assert run["workflowId"] == name
        assert run.get("parentWorkflowId") == (caller["workflowId"] if name == child else None)
        assert name != large["workflowId"] or len(run["result"]) == 70000
