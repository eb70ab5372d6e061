"""Servers that stop while their database hangs: what is under way ends, whoever still waits for it."""
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import uuid

from flows import flow, webhook
from harness import until

PARKED = '(flow/step :wait :ask {:key "ask" :timeout "1h" :approval {:title "Go on?"}})'


def sessions(weir):
    """The processes of Postgres that serve the server's connections."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    family = {str(weir.services.process.pid)}
    for _ in range(3):
        family |= {pid for pid, parent, _ in rows if parent in family}
    return [int(pid) for pid, _, name in rows if pid in family and "weir_" in name]


@contextlib.contextmanager
def hanging_database(weir):
    hanging = sessions(weir)
    assert hanging
    for pid in hanging:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in hanging:
            os.kill(pid, signal.SIGCONT)


def gauge(weir, name):
    return int(re.search(rf"^{name} (\d+)", weir.http("GET", "/metrics")[2].decode(), re.M)[1])


def prepare(weir):
    """Requests of every kind, as (method, path, body, headers)."""
    weir.command("secrets.put", {"name": "hook-secret", "value": "k"})
    weir.push(flow("hooked", "{:n 1}", webhook("hooked", "{:type :api-key :secret-ref :hook-secret}")))
    weir.push(flow("read", "{:n 1}"))
    weir.push(flow("parked", PARKED))
    for slug in ("started", "started-too", "draft"):
        weir.push(flow(slug, "{:n 1}"))
    run = weir.run("read")["workflowId"]
    parked = weir.run("parked")["workflowId"]
    wait = weir.command("waits.list", {"workflowId": parked})["waits"][0]["waitId"]
    commands = [
        ("runs.get", {"workflowId": run}), ("runs.get", {"workflowId": parked, "waitMs": 50000}),
        ("runs.start", {"flowSlug": "started"}), ("runs.start", {"flowSlug": "started-too", "waitMs": 50000}),
        ("runs.start", {"flowSlug": "draft", "source": "draft"}), ("runs.list", {}), ("runs.events", {"workflowId": run}),
        ("runs.cancel", {"workflowId": run}), ("waits.approve", {"waitId": wait}),
        ("waits.list", {}), ("events.send", {"name": "none"}), ("secrets.put", {"name": "other", "value": "v"}),
        ("flows.put_draft", {"flowLiteral": flow("pushed", "{:n 1}")}), ("flows.release", {"flowSlug": "draft"}),
        ("flows.get", {"flowSlug": "read"}), ("triggers.list", {}), ("usage.get", {})]
    headers = {"Authorization": f"Bearer {weir.token}", "Content-Type": "application/json",
               "X-Weir-Workspace": weir.workspace}
    return [("POST", "/api/commands", json.dumps({"command": name, "args": args}),
             headers | ({"X-Weir-Operation-Id": str(uuid.uuid4())} if again else {}))
            for again in (False, True) for name, args in commands] + [
        ("POST", f"/{weir.workspace}/events/hooked", "{}", {"X-API-Key": "k"}),
        ("POST", f"/{weir.workspace}/events/none", "{}", {})]


def test_a_server_that_stops_while_its_database_hangs_ends_well(weir):
    requests = prepare(weir) * 2

    def ask(request):
        try:
            weir.http(*request)
        except (OSError, http.client.HTTPException):
            pass  # cut at the end of the drain

    with hanging_database(weir):
        askers = [threading.Thread(target=ask, args=(request,)) for request in requests]
        for asker in askers:
            asker.start()
        until(lambda: gauge(weir, "weir_http_requests_now") > len(requests), "the requests do not arrive")
        weir.server.process.send_signal(signal.SIGTERM)
        for asker in askers:
            asker.join()
    weir.server.stop()
