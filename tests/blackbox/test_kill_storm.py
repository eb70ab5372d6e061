"""kill -9 again and again under load: every run ends right, once, and the bill is exact."""
import collections
import threading

from flows import flow

RUNS, ANSWERED = 60, 30
KILLS = 2  # a third crash in a row would end a run that gets no answer in between


def test_kills_under_load_lose_and_repeat_nothing(weir, target):
    calls, changed = collections.defaultdict(list), threading.Condition()
    allowed = ANSWERED  # what comes after it is under way until the server is dead

    def count():
        return sum(len(c) for c in calls.values())

    def work(request):
        with changed:
            number = count()
            calls[request["headers"]["Idempotency-Key"]].append(number)
            changed.notify_all()
            changed.wait_for(lambda: number < allowed, 60)
        return 200, {"number": number, "key": request["headers"]["Idempotency-Key"]}

    target.routes["/work"] = work
    call = f'(:body (flow/step :http :{{id}} {{{{:url "{target.url}/work" :method :post :retry {{{{:max-attempts 3 :backoff-ms 20}}}}}}}}))'
    add = '(flow/step :kv :{id} {{:operation :increment :key "total"}})'
    body = (f"(let [a {call.format(id='first')} x {add.format(id='once')} b {call.format(id='second')}"
            f" y {add.format(id='again')}] [a b])")
    weir.push(flow("storm", body))
    runs = [weir.command("runs.start", {"flowSlug": "storm", "input": {"key": "k"}})["workflowId"] for _ in range(RUNS)]
    for _ in range(KILLS):
        with changed:
            assert changed.wait_for(lambda: count() > allowed, 60)
        weir.kill()
        with changed:
            allowed = float("inf")
            changed.notify_all()
        target.until_callers_are_gone()  # else a call of the dead could be read behind one of the next server
        with changed:
            allowed = count() + ANSWERED
        weir.start()
    with changed:
        allowed = float("inf")
        changed.notify_all()
    for run in runs:
        done = weir.settle(run, 60000, until=("completed", "failed", "terminated"))
        assert done["status"] == "completed", done
        for result in done["result"]:  # what is committed is the last call made with that key
            assert calls[result["key"]][-1] == result["number"]
    assert len(calls) == 2 * RUNS
    weir.push(flow("total", '(:value (flow/step :kv :get {:operation :get :key "total"}))'))
    assert weir.run("total", {"key": "k"})["result"] == 2 * RUNS
    rows = weir.command("usage.get", {"flowSlug": "storm"})["rows"]
    assert {row["stepType"]: row["executions"] for row in rows} == {"http": 2 * RUNS, "kv": 2 * RUNS}
