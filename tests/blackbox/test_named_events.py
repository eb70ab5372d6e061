"""Waits for named events: matched by name and key, early ones kept, the same id once."""
from flows import flow

WAIT = '(flow/step :wait :paid {:timeout "1h" :event {:name "orders.paid" :key {:path [:order]}}})'


def test_an_event_resumes_the_runs_that_wait_for_its_key(weir):
    slug = weir.push(flow("paid", WAIT))
    runs = [weir.run(slug, {"key": "k", "order": order})["workflowId"] for order in ("o-1", "o-1", "o-2")]
    sent = weir.cli("events", "send", "orders.paid", "--key", "o-1", "--payload", '{"amount": 7}')["data"]
    assert (sent["status"], sent["delivered"]) == ("delivered", 2)
    for run in runs[:2]:
        assert weir.settle(run, until=("completed",))["result"] == {"amount": 7}
    assert weir.get(runs[2])["status"] == "waiting"
    weir.command("events.send", {"name": "orders.other", "key": "o-2"})
    assert weir.get(runs[2])["status"] == "waiting"


def test_an_early_event_is_kept_and_one_id_is_one_event(weir):
    slug = weir.push(flow("later", '(do (flow/step :wait :go {:timeout "1h"}) ' + WAIT + ")"))
    run = weir.run(slug, {"key": "k", "order": "o-3"})["workflowId"]
    for status in ("kept", "duplicate"):
        sent = weir.command("events.send", {"name": "orders.paid", "key": "o-3", "id": "e-1", "payload": {"n": 1}})
        assert sent["status"] == status
    weir.command("waits.complete", {"waitId": weir.waits(run)[0]["waitId"]})
    assert weir.settle(run, until=("completed",))["result"] == {"n": 1}


def test_an_event_needs_a_role_and_stays_in_its_workspace(weir):
    slug = weir.push(flow("mine", WAIT))
    run = weir.run(slug, {"key": "k", "order": "o-4"})["workflowId"]
    viewer, other = weir.make_token("ws-test", "viewer"), weir.make_token("ws-other")
    assert weir.refused("events.send", {"name": "orders.paid", "key": "o-4"}, token=viewer)[0] == 403
    sent = weir.command("events.send", {"name": "orders.paid", "key": "o-4"}, token=other, workspace="ws-other")
    assert sent["status"] == "kept" and weir.get(run)["status"] == "waiting"
    assert weir.refused("events.send", {"name": ""})[0] == 422
