"""The main job: from a flow file to a finished, inspectable run."""
import json

from harness import EXAMPLES

ORDER = {"id": "o-17", "customer": "Ada", "items": [{"sku": "lamp", "price": 40, "count": 2}, {"sku": "desk", "price": 220, "count": 1}]}


def start_order(weir, target, order_id="o-17", delivery=None):
    target.routes[f"/orders/{order_id}"] = (200, dict(ORDER, id=order_id))
    target.routes[f"/orders/{order_id}/apply"] = (200, {"applied": True})
    weir.command("secrets.put", {"name": "orders-secret", "value": "s3cret"})
    weir.push(EXAMPLES / "order-review.clj")
    status, _, answer = weir.webhook("orders", {"order-id": order_id, "shop-url": target.url}, "s3cret", delivery)
    assert status == 202 and answer["ok"], answer
    return answer["data"]["workflowId"]


def test_a_signed_webhook_runs_the_demo_flow_to_its_end(weir, target):
    run_id = start_order(weir, target)
    run = weir.settle(run_id)
    assert run["status"] == "waiting", run
    assert [s["stepType"] for s in run["steps"]][:3] == ["http", "function", "kv"]

    [wait] = weir.waits(run_id)
    answer = weir.cli("waits", "approve", wait["waitId"], "--note", "looks right")
    assert answer["ok"]
    run = weir.settle(run_id, until=("completed", "failed"))
    assert run["status"] == "completed", run
    assert len(target.calls("/orders/o-17")) == 1
    assert len(target.calls("/orders/o-17/apply")) == 1
    assert all(s["status"] == "completed" for s in run["steps"])

    usage = weir.command("usage.get")
    by_type = {}
    for row in usage["rows"]:
        by_type[row["stepType"]] = by_type.get(row["stepType"], 0) + row["executions"]
    assert by_type == {"http": 2, "function": 1, "kv": 1}


def test_the_steps_show_their_inputs_and_outputs(weir, target):
    run = weir.settle(start_order(weir, target))
    fetch = run["steps"][0]
    step = weir.get(run["workflowId"], includeStepResults=True)["steps"][0]
    assert step["stepId"] == fetch["stepId"] and step["attempt"] == 1
    assert step["output"]["status"] == 200 and step["output"]["body"]["customer"] == "Ada"
    events = [e["type"] for e in weir.command("runs.events", {"workflowId": run["workflowId"]})["events"]]
    assert events[0] == "run_started" and "step_completed" in events and "wait_registered" in events


def test_a_rejected_order_is_not_applied(weir, target):
    run_id = start_order(weir, target)
    weir.settle(run_id)
    [wait] = weir.waits(run_id)
    weir.cli("waits", "reject", wait["waitId"])
    assert weir.settle(run_id, until=("completed", "failed"))["status"] == "completed"
    assert target.calls("/orders/o-17/apply") == []


def test_the_page_behind_the_signed_link_shows_and_decides(weir, target):
    run_id = start_order(weir, target)
    weir.settle(run_id)
    [wait] = weir.waits(run_id)
    status, headers, page = weir.http("GET", wait["approvalUrl"])
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert b"<form" in page and b'method="post"' in page.lower()
    assert weir.get(run_id)["status"] == "waiting", "a GET must not decide"
    status, _, _ = weir.http("POST", wait["approvalUrl"], "", {"Content-Type": "application/x-www-form-urlencoded"})
    assert status in (200, 303)
    assert weir.settle(run_id, until=("completed", "failed"))["status"] == "completed"
    bad = wait["approvalUrl"][:-4] + "AAAA"
    assert weir.http("POST", bad, "")[0] in (401, 403, 404)


def test_a_webhook_with_a_bad_signature_is_401_and_starts_nothing(weir, target):
    weir.command("secrets.put", {"name": "orders-secret", "value": "s3cret"})
    weir.push(EXAMPLES / "order-review.clj")
    for signature in ("00" * 32, "", "not hex", None):
        status, _, answer = weir.webhook("orders", {"order-id": "o-1", "shop-url": target.url}, signature=signature)
        assert status == 401 and not answer["ok"], (signature, answer)
    status, _, _ = weir.webhook("orders", {"order-id": "o-1"}, secret="another secret")
    assert status == 401
    assert weir.command("runs.list")["runs"] == []
    assert target.requests == []


def test_the_same_delivery_id_twice_starts_one_run(weir, target):
    first = start_order(weir, target, delivery="d-1")
    status, _, answer = weir.webhook("orders", {"order-id": "o-17", "shop-url": target.url}, "s3cret", "d-1")
    assert status == 202 and answer["data"]["workflowId"] == first
    assert len(weir.command("runs.list")["runs"]) == 1
    status, _, answer = weir.webhook("orders", {"order-id": "o-18", "shop-url": target.url}, "s3cret", "d-1")
    assert status == 409 and answer["error"]["code"] == "idempotency_conflict"


def test_a_pull_gives_the_pushed_bytes_back(weir, tmp_path):
    source = (EXAMPLES / "order-review.clj").read_text()
    weir.cli("flows", "push", EXAMPLES / "order-review.clj")
    assert weir.command("flows.get", {"flowSlug": "order-review", "source": "draft", "includeFlowLiteral": True})["flowLiteral"] == source
    weir.cli("flows", "pull", "order-review", "--out", tmp_path / "pulled.clj")
    assert (tmp_path / "pulled.clj").read_text() == source


def test_every_example_lints_clean_offline_and_on_the_server(weir):
    files = sorted(EXAMPLES.glob("*.clj"))
    assert len(files) >= 3
    for path in files:
        offline = weir.cli("lint", path)
        assert offline["ok"] and offline["data"]["valid"], json.dumps(offline)
        online = weir.command("flows.lint", {"flowLiteral": path.read_text()})
        assert online["valid"], online
