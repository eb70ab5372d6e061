"""What is left after the worst: killed servers, a lost Redis."""
import threading

from flows import flow, function

BODY = """(let [a (flow/step :http :first {{:url "{url}/first" :method :post :json {{}}}})
              b (flow/step :http :second {{:url "{url}/second" :method :post :json {{}}}})
              c {third}]
          {{:a (:body a) :b (:body b) :c c}})"""


def test_a_killed_server_loses_nothing_and_repeats_no_committed_step(weir, target):
    entered, release = threading.Event(), threading.Event()

    def second(_):
        entered.set()
        release.wait(30)
        return 200, {"n": 2}

    target.routes["/first"] = (200, {"n": 1})
    target.routes["/second"] = second
    weir.push(flow("phoenix", BODY.format(url=target.url, third=function("third", "(+ 1 2)"))))
    run_id = weir.command("runs.start", {"flowSlug": "phoenix"})["workflowId"]
    assert entered.wait(30)
    weir.kill()
    release.set()
    weir.start()
    done = weir.settle(run_id, wait_ms=60000, until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"] == {"a": {"n": 1}, "b": {"n": 2}, "c": 3}, done
    assert len(target.calls("/first")) == 1, "a committed step ran again"
    seconds = target.calls("/second")
    assert len(seconds) == 2 and len({r["headers"]["Idempotency-Key"] for r in seconds}) == 1
    assert sum(r["executions"] for r in weir.command("usage.get")["rows"]) == 3
    assert "is dead: its runs are due" in weir.server.output(), "the lease was waited for"


def test_a_parked_run_outlives_its_server(weir):
    weir.push(flow("parked", '(:action (flow/step :wait :ask {:key "k" :timeout "1h" :approval {:title "?"}}))'))
    run = weir.run("parked")
    weir.kill()
    weir.start()
    [wait] = weir.waits(run["workflowId"])
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    assert weir.settle(run["workflowId"], wait_ms=60000, until=("completed",))["result"] == "approve"


def test_an_acknowledged_start_survives_an_immediate_kill(weir):
    weir.push(flow("many", function("one", "(:n input)", "{:n (:n input)}")))
    started = [weir.command("runs.start", {"flowSlug": "many", "input": {"n": n}})["workflowId"] for n in range(20)]
    weir.kill()
    weir.start()
    results = [weir.settle(r, wait_ms=60000, until=("completed", "failed"))["result"] for r in started]
    assert results == list(range(20))


def test_a_graceful_stop_hands_runs_back(weir, target):
    weir.push(flow("sleepy", f"(do (flow/step :sleep :nap {{:seconds 3}}) {function('after', ':done')})"))
    run_id = weir.command("runs.start", {"flowSlug": "sleepy"})["workflowId"]
    weir.restart()
    assert weir.settle(run_id, wait_ms=60000, until=("completed", "failed"))["status"] == "completed"
