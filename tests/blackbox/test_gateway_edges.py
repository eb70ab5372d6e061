"""Edges of the gateway: answers without a body, repeats of refusals, long keys, events."""
import hashlib
import hmac
import json
import socket
import struct
import threading
import time
import uuid

from flows import flow, function, webhook
from harness import until

APPROVAL = '(flow/step :wait :ask {:key "ask" :timeout "1h" :approval {:title "Go on?"}})'


def test_a_flow_cannot_put_bytes_behind_an_answer_that_has_no_body(weir):
    weir.command("secrets.put", {"name": "hook-secret", "value": "s3cret-of-hook"})
    weir.push(flow("empty", '{:status (:status input) :headers {:refresh "0;url=http://elsewhere.test/"} '
                            ':body "HTTP/1.1 200 forged\\r\\nContent-Length: 0\\r\\n\\r\\n"}',
                   interfaces=webhook("empty")))
    for status in (204, 304):
        body = json.dumps({"status": status}).encode()
        signature = hmac.new(b"s3cret-of-hook", body, hashlib.sha256).hexdigest()
        post = (f"POST /{weir.workspace}/events/empty HTTP/1.1\r\nHost: a\r\nX-Signature: {signature}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        with socket.create_connection(("127.0.0.1", weir.port), timeout=20) as connection:
            connection.sendall(post + b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, rest = answer.partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status}".encode()), answer
        assert b"elsewhere.test" not in head
        assert rest.startswith(b"HTTP/1.1 200 OK"), answer


def test_the_refusal_of_a_write_is_answered_again_to_its_operation_id(weir):
    weir.push(flow("ask", APPROVAL))
    run = weir.run("ask")
    wait = weir.waits(run["workflowId"])[0]["waitId"]
    weir.command("waits.approve", {"waitId": wait})
    operation = {"X-Weir-Operation-ID": str(uuid.uuid4())}
    other = weir.make_token(weir.workspace, principal="other")
    answers = [weir.command_raw("waits.reject", {"waitId": wait}, token=other, **operation) for _ in range(2)]
    assert [status for status, _, _ in answers] == [409, 409]
    assert [answer["error"]["code"] for _, _, answer in answers] == ["already_completed", "already_completed"]
    assert answers[0][2]["error"]["details"] == answers[1][2]["error"]["details"]


def post_command(weir, command, args):
    """A connection on which the command was sent."""
    body = json.dumps({"command": command, "args": args}).encode()
    connection = socket.create_connection(("127.0.0.1", weir.port), timeout=60)
    connection.sendall(f"POST /api/commands HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {weir.token}\r\n"
                       f"X-Weir-Workspace: {weir.workspace}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def gauge(weir, name):
    lines = weir.http("GET", "/metrics")[2].decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.split()[0] == name))


def test_who_waits_for_a_run_and_goes_is_not_waited_for(weir, target):
    may_end = threading.Event()
    target.routes["/slow"] = lambda _: (200 if may_end.wait(60) else 500, {})
    weir.push(flow("slow", f'(flow/step :http :get {{:url "{target.url}/slow"}})'))
    run = weir.command("runs.start", {"flowSlug": "slow", "input": {}})["workflowId"]
    try:
        begin = time.monotonic()
        gone = [post_command(weir, "runs.start", {"flowSlug": "slow", "input": {}, "waitMs": 30000}),
                post_command(weir, "runs.get", {"workflowId": run, "waitMs": 30000}),
                post_command(weir, "runs.get", {"workflowId": run, "waitMs": 30000})]
        until(lambda: gauge(weir, "weir_http_requests_now") == 4, "three wait, and the metrics are asked for")
        gone[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
        for connection in gone:
            connection.close()
        until(lambda: gauge(weir, "weir_http_requests_now") == 1, "they are gone")
        assert time.monotonic() - begin < 25, "they were waited for"
        assert weir.get(run)["status"] == "running"
    finally:
        may_end.set()


def test_a_client_that_closes_only_its_own_side_is_told_how_far_the_run_is(weir, target):
    may_end = threading.Event()
    target.routes["/slow"] = lambda _: (200 if may_end.wait(60) else 500, {})
    weir.push(flow("slow", f'(flow/step :http :get {{:url "{target.url}/slow"}})'))
    try:
        begin = time.monotonic()
        with post_command(weir, "runs.start", {"flowSlug": "slow", "input": {}, "waitMs": 30000}) as connection:
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        told = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert told["ok"] and told["data"]["run"]["status"] in ("queued", "running"), told
        assert told["meta"]["timedOut"] and time.monotonic() - begin < 25
    finally:
        may_end.set()


def test_long_idempotency_keys_are_told_apart(weir):
    weir.push(flow("long", "{:n (:n input)}"))
    for stem in ("k" * 600, "k" * 507 + "é" * 100):
        ids = [weir.command("runs.start", {"flowSlug": "long", "input": {"n": n}, "idempotencyKey": stem + str(n)})
               ["workflowId"] for n in (1, 2, 1)]
        assert ids[0] == ids[2] and ids[0] != ids[1]


def test_a_long_delivery_id_makes_a_webhook_start_once(weir):
    weir.command("secrets.put", {"name": "hook-secret", "value": "s3cret-of-hook"})
    weir.push(flow("hook", "{:n 1}", interfaces=webhook("hook")))
    ids = {weir.webhook("hook", {}, secret="s3cret-of-hook", delivery="d" * 2000)[2]["data"]["workflowId"]
           for _ in range(2)}
    assert len(ids) == 1


def test_a_step_that_has_started_has_not_completed(weir):
    weir.push(flow("one", function("work", "1")))
    run = weir.run("one")
    events = weir.command("runs.events", {"workflowId": run["workflowId"]})["events"]
    said = {event["type"]: event.get("status") for event in events}
    assert said["step_started"] == "started" and said["step_completed"] == "completed"


def test_a_version_that_no_flow_can_have_is_not_found(weir):
    weir.push(flow("few", "1"))
    assert weir.refused("flows.get", {"flowSlug": "few", "version": 2**32 + 1})[0] == 404


def test_links_that_decide_are_shown_to_those_who_may_decide(weir):
    weir.push(flow("ask", APPROVAL))
    weir.push(flow("call", "(flow/step :wait :later {})"))
    waits = [weir.waits(weir.run(slug)["workflowId"])[0]["waitId"] for slug in ("ask", "call")]
    links = {"approvalUrl", "rejectionUrl", "callbackUrl"}
    for role, sees in (("viewer", False), ("runner", False), ("reviewer", True), ("developer", True)):
        token = weir.make_token(weir.workspace, role=role, principal=role)
        for wait in waits:
            shown = weir.command("waits.get", {"waitId": wait}, token=token)["wait"]
            assert bool(links & set(shown)) == sees, (role, shown)
        for shown in weir.command("waits.list", token=token)["waits"]:
            assert bool(links & set(shown)) == sees, (role, shown)


def test_callback_tokens_are_not_shown_with_the_steps(weir):
    weir.push(flow("call", '(let [c (flow/callback :later)] (flow/step :function :body '
                           '{:code "(fn [x] {:hook x})" :input (:url c)}) (flow/step :wait :later {}))'))
    run = weir.run("call")
    url = weir.waits(run["workflowId"])[0]["callbackUrl"]
    token = url.rsplit("/", 1)[1]
    steps = weir.get(run["workflowId"], includeStepResults=True)["steps"]
    assert token not in json.dumps(steps)
    assert steps[0]["output"]["hook"].startswith(url[:-len(token)] + token[:20])
    assert weir.http("POST", url, "{}")[0] == 200
    assert weir.settle(run["workflowId"])["status"] in ("completed", "waiting")
