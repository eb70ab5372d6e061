"""The doors: raw HTTP, roles, operation ids, webhooks, waiting, links."""
import hashlib
import hmac
import json
import socket
import threading
import uuid

from flows import flow, function, webhook

APPROVAL = '(flow/step :wait :ask {:key "ask" :timeout "1h" :approval {:title "Go on?"}})'


def raw(weir, data, shutdown=False):
    """What the server answers to these bytes, until it closes or nothing comes for a second."""
    with socket.create_connection(("127.0.0.1", weir.port), timeout=10) as connection:
        connection.sendall(data)
        if shutdown:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(1)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
        return answer


def test_heads_that_proxies_read_differently_are_refused(weir):
    good = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    assert raw(weir, good).startswith(b"HTTP/1.1 200")
    assert raw(weir, good + good).count(b"HTTP/1.1 200") == 2, "pipelined"
    bad = [b"GET /healthz HTTP/1.1\r\n\r\n",
           b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           b"POST /api/commands HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
           b"POST /api/commands HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 40000 + b"\r\n\r\n"]
    for request in bad:
        answer = raw(weir, request)
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413")), (request[:80], answer[:200])
    for garbage in (b"\x00\xff\xfe\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET", b"\r\n\r\n"):
        raw(weir, garbage, shutdown=True)
    assert weir.http("GET", "/healthz")[0] == 200


def test_a_chunked_body_is_read(weir):
    body = b'{"command":"me"}'
    head = f"POST /api/commands HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {weir.token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(weir, head.encode() + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200") and b'"tester"' in answer, answer


def test_roles_bound_what_a_token_may_do(weir):
    weir.push(flow("fine", "{:ok true}"))
    may = {"viewer": [200, 403, 403, 403], "reviewer": [200, 403, 403, 403], "runner": [200, 200, 403, 403],
           "developer": [200, 200, 200, 403], "admin": [200, 200, 200, 200]}
    for role, expected in may.items():
        token = weir.make_token(weir.workspace, role=role, principal=role)
        asked = [("flows.list", {}), ("runs.start", {"flowSlug": "fine"}), ("flows.release", {"flowSlug": "fine"}),
                 ("secrets.put", {"name": "s", "value": "v"})]
        assert [weir.command_raw(c, a, token=token)[0] for c, a in asked] == expected, role


def test_an_operation_id_makes_a_write_happen_once(weir):
    source = flow("once", "{:ok true}")
    operation = {"X-Weir-Operation-ID": str(uuid.uuid4())}
    weir.command("flows.put_draft", {"flowLiteral": source})
    first = weir.command("flows.release", {"flowSlug": "once", "note": "a"}, **operation)
    again = weir.command("flows.release", {"flowSlug": "once", "note": "a"}, **operation)
    assert first == again and first["release"] == 1
    assert weir.command("flows.get", {"flowSlug": "once"})["liveRelease"] == 1
    status, error = weir.refused("flows.release", {"flowSlug": "once", "note": "b"}, **operation)
    assert (status, error["code"]) == (409, "idempotency_conflict")
    started = {"X-Weir-Operation-ID": str(uuid.uuid4())}
    one = weir.command("runs.start", {"flowSlug": "once"}, **started)
    two = weir.command("runs.start", {"flowSlug": "once"}, **started)
    assert one["workflowId"] == two["workflowId"] and two["existing"]
    assert len(weir.command("runs.list")["runs"]) == 1


def test_waiting_ends_with_the_run_or_with_the_time(weir):
    weir.push(flow("quick", function("one", "1")))
    weir.push(flow("nap", "(flow/step :sleep :nap {:seconds 20})"))
    done = weir.command("runs.start", {"flowSlug": "quick", "waitMs": 20000})
    assert done["run"]["status"] == "completed" and done["run"]["result"] == 1
    run_id = weir.command("runs.start", {"flowSlug": "nap"})["workflowId"]
    assert weir.settle(run_id)["status"] == "waiting"
    answer = weir.command("runs.start", {"flowSlug": "nap", "input": {"key": "2"}, "waitMs": 1})
    assert answer["run"]["status"] in ("queued", "running", "waiting")


def test_a_webhook_answers_with_what_its_run_says(weir):
    weir.command("secrets.put", {"name": "hook-secret", "value": "s"})
    weir.push(flow("reply", '{:status 201 :headers {"X-Order" "17" "Set-Cookie" "a=b"} :body {:id (:id input)}}', webhook("reply")))
    status, headers, body = weir.webhook("reply", {"id": "o-1"}, "s")
    assert status == 201 and body == {"id": "o-1"}
    assert headers["X-Order"] == "17" and "Set-Cookie" not in headers
    weir.push(flow("acked", APPROVAL, webhook("acked", options=":respond :ack")))
    status, _, answer = weir.webhook("acked", {}, "s")
    assert status == 202 and answer["data"]["workflowId"]
    weir.push(flow("bytes", "{:status 200 :body (:body input)}", webhook("bytes")))
    signature = hmac.new(b"s", b"plain <text>", hashlib.sha256).hexdigest()
    status, headers, body = weir.http("POST", f"/{weir.workspace}/events/bytes", b"plain <text>", {"X-Signature": signature})
    assert status == 200 and body == b"plain <text>" and headers["Content-Type"].startswith("text/plain")
    assert weir.webhook("bytes", b"plain <text>", "s")[0] == 400, "it says it is JSON and is not"


def test_an_api_key_webhook_takes_header_and_query(weir):
    weir.command("secrets.put", {"name": "hook-secret", "value": "k-1"})
    auth = '{:type :api-key :secret-ref :hook-secret :query "key"}'
    weir.push(flow("keyed-hook", "{:ok true}", webhook("keyed", auth)))
    path = f"/{weir.workspace}/events/keyed"
    assert weir.http("POST", path, "{}", {"X-API-Key": "k-1"})[0] == 202
    assert weir.http("POST", path + "?key=k-1", "{}")[0] == 202
    for wrong in ({"X-API-Key": "k-2"}, {"X-API-Key": ""}, {}):
        assert weir.http("POST", path, "{}", wrong)[0] == 401
    assert weir.http("POST", path + "?key=k-2", "{}")[0] == 401
    assert len(weir.command("runs.list")["runs"]) == 2


def test_a_secret_and_a_door_count_from_their_answers_on_beside_other_requests(weir):
    auth = '{:type :api-key :secret-ref :hook-secret}'
    weir.command("secrets.put", {"name": "hook-secret", "value": "k-0"})
    weir.push(flow("rotated", "{:ok true}", webhook("rotated", auth, ":respond :ack")))
    path, stop = f"/{weir.workspace}/events/rotated", threading.Event()
    seen = []

    def post(key):
        return weir.http("POST", path, "{}", {"X-API-Key": key})[0]

    def keep_posting():
        while not stop.is_set():
            seen.append(post("never"))

    others = [threading.Thread(target=keep_posting) for _ in range(4)]
    for other in others:
        other.start()
    try:
        for n in range(1, 9):
            assert (post(f"k-{n - 1}"), post(f"k-{n}")) == (202, 401)
            weir.command("secrets.put", {"name": "hook-secret", "value": f"k-{n}"})
            assert (post(f"k-{n - 1}"), post(f"k-{n}")) == (401, 202)
        weir.push(flow("rotated", "{:ok true}"))
        assert post("k-8") == 404
    finally:
        stop.set()
        for other in others:
            other.join()
    assert set(seen) <= {401, 404}


def test_a_draft_webhook_runs_the_draft_and_needs_a_token(weir):
    weir.command("secrets.put", {"name": "hook-secret", "value": "s"})
    weir.push(flow("drafted", "{:status 200 :body {:n 1}}", webhook("drafted")), release=False)
    assert weir.webhook("drafted", {}, "s")[0] == 404
    token = {"Authorization": f"Bearer {weir.token}"}
    assert weir.http("POST", "/api/events/draft/drafted", "{}")[0] == 401
    status, _, body = weir.http("POST", "/api/events/draft/drafted", "{}", token)
    assert status == 200 and body == {"n": 1}
    weir.command("flows.release", {"flowSlug": "drafted"})
    body = b'{"a":1}'
    signed = {**token, "X-Signature": "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()}
    status, _, answer = weir.http("POST", "/api/events/validate/drafted", body, signed)
    assert status == 200 and answer["data"]["valid"]
    assert len(weir.command("runs.list")["runs"]) == 1


def test_rest_and_interfaces_do_what_commands_do(weir):
    token = {"Authorization": f"Bearer {weir.token}"}
    weir.push(flow("rest", APPROVAL, "{:http [{:id :web :enabled true}] :manual [{:id :run :enabled true}]}"))
    status, _, answer = weir.http("POST", "/api/flows/rest/interfaces/live/web", json.dumps({"input": {}}), token)
    assert status == 200, answer
    run_id = answer["data"]["workflowId"]
    assert weir.settle(run_id)["status"] == "waiting"
    waits = weir.http("GET", f"/api/waits?workflowId={run_id}", headers=token)[2]["data"]["waits"]
    assert weir.http("POST", f"/api/waits/{waits[0]['waitId']}/approve", '{"note":"ok"}', token)[0] == 200
    assert weir.settle(run_id, until=("completed", "failed"))["result"]["note"] == "ok"
    events = weir.http("GET", f"/api/runs/{run_id}/events", headers=token)[2]["data"]["events"]
    assert [e["type"] for e in events] == ["run_started", "wait_registered", "wait_resolved", "run_completed"]
    for path in ("/api/me", "/api/triggers", "/api/secrets", "/api/runs", "/api/usage", "/openapi.json"):
        assert weir.http("GET", path, headers=token)[0] == 200, path
    assert weir.http("POST", "/api/flows/rest/interfaces/live/nope", "{}", token)[0] == 404
    assert weir.http("DELETE", "/healthz")[0] == 405


def test_a_page_escapes_what_the_flow_says(weir):
    evil = '<script>alert(1)</script>'
    weir.push(flow("evil", f'(flow/step :wait :ask {{:approval {{:title "{evil}" :params {{"{evil}" ["{evil}"]}}}}}})'))
    run = weir.run("evil")
    [wait] = weir.waits(run["workflowId"])
    for url in (wait["approvalUrl"], wait["rejectionUrl"]):
        status, headers, page = weir.http("GET", url)
        assert status == 200 and b"<script" not in page and b"&lt;script&gt;" in page
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    crossed = wait["approvalUrl"].replace("/approve?", "/reject?")
    assert weir.http("POST", crossed, "")[0] == 404, "the token is the action's own"
    assert weir.http("POST", wait["rejectionUrl"], "note=no+thanks")[0] == 200
    done = weir.settle(run["workflowId"], until=("completed", "failed"))
    assert done["result"]["action"] == "reject" and done["result"]["note"] == "no thanks"
    assert b"decided" in weir.http("GET", wait["approvalUrl"])[2]


def test_many_starts_at_once_are_all_there(weir):
    weir.push(flow("burst", "(:n input)"))
    ids = []

    def start(n):
        ids.append((n, weir.command("runs.start", {"flowSlug": "burst", "input": {"n": n}})["workflowId"]))

    threads = [threading.Thread(target=start, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run_id for _, run_id in ids}) == 40
    for n, run_id in ids:
        assert weir.settle(run_id, until=("completed", "failed"))["result"] == n
