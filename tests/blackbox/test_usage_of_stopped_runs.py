"""A step that ran is counted once, also when its run was stopped before the step ended."""
from flows import flow


def executions(weir, slug):
    return {row["stepType"]: row["executions"] for row in weir.command("usage.get", {"flowSlug": slug})["rows"]}


def test_a_step_between_two_attempts_counts_when_its_run_is_cancelled(weir, target):
    target.routes["/busy"] = (503, {})
    weir.push(flow("busy", f'(flow/step :http :call {{:url "{target.url}/busy" '
                           ':retry {:max-attempts 3 :backoff-ms 600000}})'))
    run = weir.run("busy", {"key": "k"})
    assert run["status"] == "waiting" and len(target.calls("/busy")) == 1
    weir.command("runs.cancel", {"workflowId": run["workflowId"]})
    [step] = weir.get(run["workflowId"])["steps"]
    assert (step["address"], step["status"], step["stepType"], step["attempt"]) == ("call#1", "cancelled", "http", 1)
    assert executions(weir, "busy") == {"http": 1}
    events = [e["type"] for e in weir.command("runs.events", {"workflowId": run["workflowId"]})["events"]]
    assert events[-2:] == ["step_cancelled", "run_cancelled"]


def test_a_sleep_counts_and_a_wait_does_not_when_they_are_cut_short(weir):
    weir.push(flow("sleeps", '(flow/step :sleep :rest {:duration "1h"})'))
    weir.push(flow("waits", '(flow/step :wait :ask {:timeout "1h" :approval {:title "x"}})'))
    weir.push(flow("timer", '(flow/step :wait :tick {:duration "1h"})'))
    for slug in ("sleeps", "waits", "timer"):
        run = weir.run(slug, {"key": "k"})
        assert run["status"] == "waiting"
        weir.command("runs.cancel", {"workflowId": run["workflowId"]})
        assert weir.get(run["workflowId"])["status"] == "cancelled"
    assert executions(weir, "sleeps") == {"sleep": 1}
    assert executions(weir, "waits") == executions(weir, "timer") == {}


def test_a_superseded_run_counts_what_it_had_begun(weir):
    one = flow("super", '(flow/step :sleep :rest {:duration "1h"})',
               concurrency="{:type :singleton :on-new-version :supersede}")
    weir.push(one)
    run = weir.run("super")
    weir.push(one.replace("1h", "2h"))
    weir.run("super")
    assert weir.settle(run["workflowId"], until=("terminated",))["steps"][0]["status"] == "cancelled"
    assert executions(weir, "super") == {"sleep": 1}
