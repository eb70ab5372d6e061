"""Branches of one run: flow/parallel, flow/each, flow/poll."""
import threading

from flows import flow
from harness import until


def get(step_id, url, options=""):
    return f'(flow/step :http :{step_id} {{:url "{url}" {options}}})'


def body(step_id, url, options=""):
    return f"(:body {get(step_id, url, options)})"


def executions(weir):
    return sum(r["executions"] for r in weir.command("usage.get")["rows"])


class Gate:
    """A route that answers when `count` requests are in it at the same time, or when opened."""

    def __init__(self, count, seconds=30):
        self.barrier, self.seconds = threading.Barrier(count), seconds

    def __call__(self, record):
        self.barrier.wait(self.seconds)
        return 200, {"path": record["path"]}


def test_branches_overlap_in_time(weir, target):
    gate = Gate(3)
    for name in "abc":
        target.routes[f"/{name}"] = gate
    weir.push(flow("overlap", f"""(flow/parallel {{:a {body('get', target.url + '/a')}
        :b {body('get', target.url + '/b')} :c (str (:path {body('get', target.url + '/c')}))}})"""))
    run = weir.run("overlap")
    assert run["status"] == "completed", run
    assert run["result"] == {"a": {"path": "/a"}, "b": {"path": "/b"}, "c": "/c"}
    assert executions(weir) == 3


def test_a_killed_server_repeats_no_committed_step_of_twenty_branches(weir, target):
    first_ten, release, counts, lock = threading.Event(), threading.Event(), {}, threading.Lock()

    def work(record):
        number = int(record["path"].rsplit("=", 1)[1])
        with lock:
            counts[number] = counts.get(number, 0) + 1
        if number >= 10:
            release.wait(60)
        return 200, {"n": number}

    def done(_):
        with lock:
            counts["done"] = counts.get("done", 0) + 1
            if counts["done"] == 10:
                first_ten.set()
        release.wait(60)
        return 200, {}

    target.routes["/work"], target.routes["/done"] = work, done
    # The call of /done starts after the result of /work is committed.
    weir.push(flow("twenty", f"""(flow/each {{:concurrency 20}} [n (range 20)]
        (let [r (flow/step :http :work {{:method :post :url (str "{target.url}/work?n=" n)}})]
          (flow/step :http :done {{:method :post :url "{target.url}/done"}})
          (:n (:body r))))"""))
    run_id = weir.command("runs.start", {"flowSlug": "twenty"})["workflowId"]
    assert first_ten.wait(60)
    weir.kill()
    release.set()
    weir.start()
    run = weir.settle(run_id, wait_ms=90000, until=("completed", "failed"))
    assert run["status"] == "completed" and run["result"] == list(range(20)), run
    assert [counts[n] for n in range(10)] == [1] * 10, "a committed step ran again"
    assert executions(weir) == 40
    keys = {}
    for call in target.requests:
        keys.setdefault(call["headers"]["Idempotency-Key"], []).append(call["path"])
    assert all(len(set(paths)) == 1 for paths in keys.values())


APPROVE = '(:action (flow/step :wait :{id} {{:key "{id}" :timeout "1h" :approval {{:title "{id}?"}}}}))'


def test_approvals_in_two_branches_come_in_any_order(weir):
    weir.push(flow("both", f"""(flow/parallel {{:legal {APPROVE.format(id='ask')}
        :money {APPROVE.format(id='ask')}}})"""))
    for order in (1, -1):
        run = weir.run("both")
        assert run["status"] == "waiting", run
        waits = weir.waits(run["workflowId"])
        assert len(waits) == 2
        first, second = waits[::order]
        weir.command("waits.approve", {"waitId": first["waitId"]})
        assert [w["waitId"] for w in weir.waits(run["workflowId"])] == [second["waitId"]]
        weir.restart()
        weir.command("waits.reject", {"waitId": second["waitId"]})
        run = weir.settle(run["workflowId"], wait_ms=60000, until=("completed", "failed"))
        assert run["status"] == "completed" and sorted(run["result"].values()) == ["approve", "reject"], run
    assert executions(weir) == 0


def test_an_approval_is_heard_while_another_branch_works(weir, target):
    entered, release = threading.Event(), threading.Event()

    def slow(_):
        entered.set()
        release.wait(30)
        return 200, {}

    target.routes["/slow"], target.routes["/told"] = slow, (200, {})
    weir.push(flow("heard", f"""(flow/parallel [{get('slow', target.url + '/slow')}
        (do {APPROVE.format(id='ask')} {get('told', target.url + '/told')} :told)])"""))
    run_id = weir.command("runs.start", {"flowSlug": "heard"})["workflowId"]
    assert entered.wait(30)
    [wait] = until(lambda: weir.waits(run_id))
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    assert until(lambda: target.calls("/told")), "the approval was heard only when the other branch ended"
    release.set()
    assert weir.settle(run_id, until=("completed", "failed"))["status"] == "completed"


def test_each_goes_over_two_hundred_items_ten_at_a_time(weir, target):
    lock, now, most, ten = threading.Lock(), [0], [0], threading.Barrier(10)

    def item(record):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        ten.wait(30)  # for nine others: fewer at a time would wait in vain
        with lock:
            now[0] -= 1
        return 200, {"n": int(record["path"].rsplit("=", 1)[1])}

    target.routes["/item"] = item
    weir.push(flow("fan", f"""(flow/each {{:concurrency 10}} [n (range 200)]
        (* 2 (:n (:body (flow/step :http :get {{:url (str "{target.url}/item?n=" n)}})))))"""))
    run = weir.run("fan", wait_ms=90000)
    assert run["status"] == "completed" and run["result"] == [2 * n for n in range(200)], run
    assert len(target.calls("/item")) == 200
    assert most[0] == 10
    assert executions(weir) == 200


def test_a_poll_goes_on_until_the_target_is_done(weir, target):
    def status(_):
        return 200, {"state": "done" if len(target.calls("/job")) >= 4 else "working"}

    target.routes["/job"] = status
    weir.push(flow("watch", f"""(flow/poll {{:interval "1s" :timeout "1m" :return-on #(= "done" (:state %))}}
        {body('job', target.url + '/job')})"""))
    run_id = weir.command("runs.start", {"flowSlug": "watch"})["workflowId"]
    run = weir.settle(run_id, wait_ms=60000, until=("completed", "failed"))
    assert run["status"] == "completed" and run["result"] == {"state": "done"}, run
    assert len(target.calls("/job")) == 4 and executions(weir) == 4


def test_a_poll_that_does_not_end_fails_with_a_timeout(weir, target):
    target.routes["/job"] = (200, {"state": "working"})
    weir.push(flow("endless", f"""(try
        (flow/poll {{:interval "0.1s" :max-attempts 3 :return-on #(= "done" (:state %))}}
          {body('job', target.url + '/job')})
        (catch :default e (select-keys (ex-data e) [:class :attempts])))"""))
    run = weir.settle(weir.command("runs.start", {"flowSlug": "endless"})["workflowId"],
                      until=("completed", "failed"))
    assert run["result"] == {"class": "timeout", "attempts": 3}, run
    assert executions(weir) == 3


def test_a_failing_branch_cancels_a_hanging_one(weir, target):
    entered, release = threading.Event(), threading.Event()

    def hang(_):
        entered.set()
        release.wait(60)
        return 200, {}

    def bad(_):
        entered.wait(30)
        return 500, {"error": "no"}

    target.routes["/hang"], target.routes["/bad"], target.routes["/after"] = hang, bad, (200, {"n": 1})
    weir.push(flow("cut", f"""(let [r (try (flow/parallel [{get('hang', target.url + '/hang', ':timeout "60s"')}
            {APPROVE.format(id='ask')} (flow/step :sleep :nap {{:duration "1h"}})
            {get('bad', target.url + '/bad')}])
          (catch :default e (:step-id (ex-data e))))]
        {{:failed r :after (:n {body('after', target.url + '/after')})}})"""))
    run = weir.run("cut")
    assert run["status"] == "completed" and run["result"] == {"failed": "bad", "after": 1}, run
    release.set()
    assert weir.waits(run["workflowId"]) == []
    status = {s["stepId"]: s["status"] for s in run["steps"]}
    assert status["hang"] == "cancelled" and status["bad"] == "failed" and status["after"] == "completed", status
    assert status["nap"] == "cancelled"
    assert executions(weir) == 4  # a sleep that began counts, an approval does not


def test_what_was_cancelled_is_met_again_in_a_replay(weir, target):
    target.routes["/bad"], target.routes["/n"] = (500, {}), (200, {"n": 1})
    weir.push(flow("again", f"""(let [r (try (flow/parallel {{:ask {APPROVE.format(id='ask')}
            :bad (do (flow/step :sleep :nap {{:seconds 2}}) {get('bad', target.url + '/bad')})}})
          (catch :default e :failed))
        x {APPROVE.format(id='then')}]
        [r x (:n {body('n', target.url + '/n')})])"""))
    run = weir.run("again")
    run_id = run["workflowId"]
    assert until(lambda: [w["stepId"] for w in weir.waits(run_id)] == ["then"])
    [wait] = weir.waits(run_id)
    weir.restart()
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    run = weir.settle(run_id, wait_ms=60000, until=("completed", "failed"))
    assert run["status"] == "completed" and run["result"] == ["failed", "approve", 1], run


def test_collect_answers_for_each_branch(weir, target):
    target.routes["/good"], target.routes["/bad"] = (200, {"n": 1}), (503, {})
    weir.push(flow("gather", f"""(flow/parallel {{:good (:n {body('good', target.url + '/good')})
        :bad {get('bad', target.url + '/bad')}}} {{:on-error :collect}})"""))
    result = weir.run("gather")["result"]
    assert result["good"] == {"ok": 1} and result["bad"]["error"]["status"] == 503, result


def test_retries_and_sleeps_of_branches_go_on_side_by_side(weir, target):
    def flaky(_):
        return (200, {"ok": True}) if len(target.calls("/flaky")) >= 3 else (503, {})

    target.routes["/flaky"] = flaky
    weir.push(flow("side", f"""(flow/parallel [(:status {get('flaky', target.url + '/flaky', ':retry {:max-attempts 3 :backoff-ms 1500 :backoff :constant}')})
        (do (flow/step :sleep :nap {{:seconds 2}}) :slept) (flow/step :sleep :short {{:millis 100}})])"""))
    run = weir.settle(weir.command("runs.start", {"flowSlug": "side"})["workflowId"], wait_ms=60000,
                      until=("completed", "failed"))
    assert run["status"] == "completed" and run["result"] == [200, "slept", None], run
    assert len(target.calls("/flaky")) == 3
    step = {s["stepId"]: s for s in run["steps"]}
    assert step["nap"]["startedAt"] < step["flaky"]["completedAt"]
    assert step["flaky"]["startedAt"] < step["nap"]["completedAt"]


def test_a_run_with_branches_is_cancelled_as_a_whole(weir, target):
    entered, release = Gate(2), threading.Event()

    def hang(record):
        entered(record)
        release.wait(60)
        return 200, {}

    target.routes["/hang"] = hang
    weir.push(flow("stop", f"""(flow/parallel [{get('one', target.url + '/hang', ':timeout "60s"')}
        {get('two', target.url + '/hang', ':timeout "60s"')} {APPROVE.format(id='ask')}])"""))
    run_id = weir.command("runs.start", {"flowSlug": "stop"})["workflowId"]
    assert until(lambda: len(target.calls("/hang")) == 2 and weir.waits(run_id))
    weir.command("runs.cancel", {"workflowId": run_id})
    run = weir.settle(run_id, until=("cancelled", "failed", "completed"))
    release.set()
    assert run["status"] == "cancelled", run
    assert executions(weir) == 2
