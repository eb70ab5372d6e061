"""Signals that come at the same time share a commit; each has the answer that it would have had alone."""
import concurrent.futures
import json

from flows import flow

CALLBACK = '(flow/step :wait :later {:title "Go on" :timeout "1h"})'
EVENT = '(flow/step :wait :paid {:timeout "1h" :event {:name "orders.paid" :key {:path [:order]}}})'


def at_once(count, action):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(action, range(count)))


def post(weir, url, payload):
    status, _, body = weir.http("POST", url, json.dumps(payload))
    return status, body


def test_callbacks_at_once_resume_each_its_own_run(weir):
    slug = weir.push(flow("calls", CALLBACK))
    runs = [weir.run(slug)["workflowId"] for _ in range(24)]
    urls = {wait["workflowId"]: wait["callbackUrl"] for wait in weir.waits()}
    answers = at_once(24, lambda n: post(weir, urls[runs[n]], {"n": n}))
    assert [(status, body["data"]["status"]) for status, body in answers] == [(200, "resolved")] * 24
    for n, run in enumerate(runs):
        assert weir.settle(run, until=("completed",))["result"] == {"n": n}


def test_of_answers_to_one_wait_at_once_one_wins(weir):
    slug = weir.push(flow("race", CALLBACK))
    run = weir.run(slug)["workflowId"]
    url = weir.waits(run)[0]["callbackUrl"]
    answers = at_once(12, lambda n: post(weir, url, {"n": n % 2}))
    won = weir.settle(run, until=("completed",))["result"]["n"]
    fresh = [n for n, (status, body) in enumerate(answers) if status == 200 and not body["data"]["duplicate"]]
    assert len(fresh) == 1 and fresh[0] % 2 == won
    for n, (status, body) in enumerate(answers):
        expected = (200, None) if n % 2 == won else (409, "already_completed")
        assert (status, body.get("error", {}).get("code")) == expected


def test_events_and_callbacks_at_once_do_not_get_into_each_others_way(weir):
    paid, called = weir.push(flow("paid", EVENT)), weir.push(flow("called", CALLBACK))
    payers = [weir.run(paid, {"key": "k", "order": f"o-{n % 4}"})["workflowId"] for n in range(12)]
    callers = [weir.run(called)["workflowId"] for _ in range(8)]
    urls = {wait["workflowId"]: wait.get("callbackUrl") for wait in weir.waits()}

    def signal(n):
        if n < 8:
            return post(weir, urls[callers[n]], {"n": n})[1]["data"]["status"]
        return weir.command("events.send", {"name": "orders.paid", "key": f"o-{n - 8}", "payload": {"n": n - 8}})

    answers = at_once(12, signal)
    assert answers[:8] == ["resolved"] * 8
    assert [(answer["status"], answer["delivered"]) for answer in answers[8:]] == [("delivered", 3)] * 4
    for n, run in enumerate(callers):
        assert weir.settle(run, until=("completed",))["result"] == {"n": n}
    for n, run in enumerate(payers):
        assert weir.settle(run, until=("completed",))["result"] == {"n": n % 4}
