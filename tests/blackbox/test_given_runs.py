"""Runs that a gateway gives straight to a worker of its process: nobody can tell, but for the time."""
import json
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
        # The step is not answered before its run has ended, which does not wait for it.
        weir.settle(run["workflowId"], until=("cancelled",))
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


def test_workspaces_with_one_source_have_runs_of_their_own(weir):
    """Its source is compiled once for all of them, and known by its hash; nothing else is shared."""
    source = flow("given-shared", "[(:workspace-id (:flow/ctx (flow/input))) (:n input) "
                                  '(:value (flow/step :kv :k {:operation :increment :key "shared"}))]')
    names = ["ws-shared-1", "ws-shared-2", "ws-shared-3"]
    who = {name: {"token": weir.make_token(name), "workspace": name} for name in names}
    for tenant in who.values():
        weir.command("flows.put_draft", {"flowLiteral": source}, **tenant)
        weir.command("flows.release", {"flowSlug": "given-shared"}, **tenant)
    for turn in range(1, 6):
        for name, tenant in who.items():
            run = weir.command("runs.start", {"flowSlug": "given-shared", "input": {"n": turn}, "waitMs": 20000},
                               **tenant)["run"]
            assert run["result"] == [name, turn, turn], run


def post(weir, url, payload):
    status, _, answer = weir.http("POST", url, json.dumps(payload))
    assert status in (200, 202), answer
    return answer["data"]


def test_a_run_that_is_resumed_is_given_too_with_all_that_it_has_done(weir):
    steps = " ".join(f's{n} {function(f"s{n}", "{:n (inc (:n input))}", "{:n " + str(n) + "}")}' for n in range(3))
    weir.push(flow("given-resumed", f"(let [{steps} w (flow/step :wait :later {{:timeout \"1h\"}}) "
                                    f'e {function("e", "{:n (:n input)}", "{:n (:n w)}")}] '
                                    "[(:n s0) (:n s1) (:n s2) (:n w) (:n e)])"))
    for n in range(50):
        run = weir.run("given-resumed")["workflowId"]
        url, before = weir.waits(run)[0]["callbackUrl"], given(weir)
        post(weir, url, {"n": n})
        told = weir.settle(run, until=("completed",))  # mostly it waits, and is told by the worker
        assert told["result"] == [1, 2, 3, n, n]
        assert weir.get(run) == told
        if given(weir) > before:
            break
    else:
        pytest.fail("no resumed run was given")
    steps = told["steps"]
    assert [step["stepId"] for step in steps] == ["s0", "s1", "s2", "later", "e"], steps


def test_waits_that_are_answered_the_moment_they_open_lose_nothing(weir):
    """A signal may be faster than the worker hears that its run has parked."""
    turns = 12
    weir.push(flow("given-turns", f"(loop [i 0 all []] (if (< i {turns}) (recur (inc i) (conj all (:n "
                                  '(flow/step :wait :turn {:timeout "1h"})))) {:all all}))'))
    runs = [weir.run("given-turns")["workflowId"] for _ in range(8)]

    def answer(run):
        for n in range(turns):
            waits = []
            while not waits:
                waits = [w for w in weir.waits(run) if w["status"] == "open"]
            weir.command("waits.complete", {"waitId": waits[0]["waitId"], "payload": {"n": n}})
        return weir.settle(run, until=("completed",))["result"]["all"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, runs)) == [list(range(turns))] * 8
