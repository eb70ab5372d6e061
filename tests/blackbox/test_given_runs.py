"""Runs that a gateway gives straight to a worker of its process: nobody can tell, but for the time."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flows import flow, function

STEP = function("a", "{:sum (+ 1 (:n input))}", "{:n 41}")
BODIES = {
    "completes": (STEP, "completed"),
    "has-no-step": ("{:told (:n input)}", "completed"),
    "fails": (f'(do {STEP} (throw (ex-info "no" {{:why "so"}})))', "failed"),
    "parks": ('(flow/step :wait :ask {:key "ask" :timeout "1h" :approval {:title "Go on?"}})', "waiting"),
    "restarts": ("(if (:again input) (flow/restart {:again false}) {:done true})", "completed"),
}


def given(weir):
    _, _, metrics = weir.http("GET", "/metrics")
    return sum(int(n) for n in re.findall(rb"^weir_worker_given_total\{[^}]*\} (\d+)$", metrics, re.M))


def start(weir, slug, payload):
    return weir.command("runs.start", {"flowSlug": slug, "input": payload, "waitMs": 20000})["run"]


@pytest.mark.parametrize("slug", BODIES)
def test_the_answer_of_a_start_is_what_a_read_answers(weir, slug):
    body, status = BODIES[slug]
    weir.push(flow(f"given-{slug}", body))
    before = given(weir)
    # The first question of a worker to its queue may still be on its way; its answer lets runs be given.
    for _ in range(50):
        started = start(weir, f"given-{slug}", {"n": 1, "again": True})
        if given(weir) > before:
            break
    else:
        pytest.fail("no run was given")
    assert started["status"] == status, started
    read = weir.command("runs.get", {"workflowId": started["workflowId"], "includeResult": True})["run"]
    assert {name: read.get(name) for name in started} == started


def test_a_run_that_is_cancelled_after_it_was_given_says_so(weir, target):
    def cancel(_):
        [run] = weir.command("runs.list", {"flowSlug": "given-cancel"})["runs"]
        weir.command("runs.cancel", {"workflowId": run["workflowId"]})
        return 200, {"n": 1}

    target.routes["/slow"] = cancel
    weir.push(flow("given-cancel", f'(flow/step :http :slow {{:url "{target.url}/slow"}})'))
    run = start(weir, "given-cancel", {})
    assert run["status"] == "cancelled" and run["cancelRequested"], run


def test_many_starts_at_once_all_end_whoever_carries_them(weir):
    weir.push(flow("given-many", function("a", "{:n (:n input)}", "{:n (:n input)}")))
    with ThreadPoolExecutor(64) as pool:
        runs = list(pool.map(lambda n: start(weir, "given-many", {"n": n}), range(600)))
    assert [run["result"] for run in runs] == [{"n": n} for n in range(600)]
    assert len({run["workflowId"] for run in runs}) == 600
