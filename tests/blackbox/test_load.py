"""The load driver: what it sends arrives, and what it says is so."""
import json
import subprocess

from flows import flow, function
from harness import BIN, environment


def load(weir, *options, slug, code=0):
    body = json.dumps({"command": "runs.start", "args": {"flowSlug": slug, "input": {}, "waitMs": 20000}})
    done = subprocess.run([BIN / "weir-load", "--port", str(weir.port), "--path", "/api/commands", "--body", body,
                           "--header", f"Authorization: Bearer {weir.token}", "--header",
                           f"X-Weir-Workspace: {weir.workspace}", *options], text=True, capture_output=True,
                          check=False, env=environment(), timeout=60)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_a_number_of_requests_is_sent_and_memory_is_watched(weir):
    weir.push(flow("loaded", f"(do {function('a', '1')} :done)"))
    said = load(weir, "--requests", "40", "--connections", "8", "--expect", '"status":"completed"', "--watch",
                str(weir.server.process.pid), slug="loaded")
    assert (said["good"], said["bad"], said["unanswered"]) == (40, 0, 0)
    assert 0 < said["p50_ms"] <= said["p99_ms"] <= said["max_ms"]
    assert len(said["rss_kb"]) > 5 and min(said["rss_kb"]) > 1000
    assert len(weir.command("runs.list", {"flowSlug": "loaded", "limit": 100})["runs"]) == 40


def test_answers_that_are_not_expected_are_counted_apart(weir):
    said = load(weir, "--requests", "5", "--connections", "2", slug="nowhere", code=1)
    assert (said["good"], said["bad"]) == (0, 5)
