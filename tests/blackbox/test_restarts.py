"""Runs that end and go on in a successor: flow/restart."""
import threading

from flows import flow, function
from harness import until
from test_child_runs import ASK, SINGLE, end, executions, get, run, runs_of, start

COUNT = "(if (< (:n input) (:to input)) (flow/restart (assoc input :n (inc (:n input)))) [:end (:n input)])"


def last_of(weir, run_id):
    """The end of the chain."""
    run = end(weir, run_id)
    while "continuedTo" in run:
        run = end(weir, run["continuedTo"])
    return run


def test_a_restarted_run_goes_on_in_its_successor(weir):
    weir.push(flow("count", f"(do {function('work', '1')} {COUNT})"))
    first = run(weir, "count", {"n": 0, "to": 3, "kept": "k"})
    assert first["status"] == "completed" and first["result"] is None, first
    last = last_of(weir, first["workflowId"])
    assert last["result"] == ["end", 3] and last["input"] == {"n": 3, "to": 3, "kept": "k"}, last
    assert last["triggeredBy"] == "restart"
    before = weir.get(last["continuedFrom"])
    assert before["continuedTo"] == last["workflowId"]
    assert len(runs_of(weir, "count")) == 4 and executions(weir) == 4
    shown = weir.cli("runs", "show", first["workflowId"], "--wait")["data"]["run"]
    assert shown["workflowId"] == last["workflowId"], "waiting follows the chain"


def test_a_successor_runs_the_version_that_it_succeeds(weir):
    weir.push(flow("pinned", f"(if (:again input) (do {ASK} (flow/restart {{}})) :old)"))
    run_id = start(weir, "pinned", {"again": True})
    [wait] = until(weir.waits)
    weir.push(flow("pinned", ":new"))
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    assert last_of(weir, run_id)["result"] == "old"
    assert run(weir, "pinned")["result"] == "new"


def test_nobody_comes_between_a_run_and_its_successor(weir, target):
    entered, release, seen = threading.Event(), threading.Event(), []

    def note(record):
        seen.append(record["path"].rsplit("=", 1)[1])
        entered.set()
        release.wait(30)
        return 200, {}

    target.routes["/note"] = note
    weir.push(flow("alone", f"""(do (flow/step :http :note {{:url (str "{target.url}/note?who=" (:who input) (:n input))}})
        (if (< (:n input) 3) (flow/restart (assoc input :n (inc (:n input)))) :end))""", concurrency=SINGLE))
    first = start(weir, "alone", {"who": "a", "n": 0})
    assert entered.wait(30)
    second = start(weir, "alone", {"who": "b", "n": 2})
    assert weir.get(second)["inLine"]
    release.set()
    assert last_of(weir, first)["result"] == "end" and last_of(weir, second)["result"] == "end"
    assert seen == ["a0", "a1", "a2", "a3", "b2", "b3"]


def test_a_caller_gets_what_the_end_of_its_childs_chain_answers(weir):
    weir.push(flow("count", COUNT))
    weir.push(flow("outer", "(flow/call-flow :count {:n 0 :to 5})"))
    done = run(weir, "outer")
    assert done["result"] == ["end", 5]
    [child] = done["children"]
    assert child["status"] == "completed" and weir.get(child["workflowId"])["result"] == ["end", 5]
    assert len(runs_of(weir, "count")) == 6


def test_a_cancelled_caller_stops_the_chain_of_its_child(weir):
    weir.push(flow("forever", "(do (flow/step :sleep :nap {:millis 20}) (flow/restart {}))"))
    weir.push(flow("outer", "(flow/call-flow :forever {})"))
    run_id = start(weir, "outer")
    until(lambda: len(runs_of(weir, "forever")) > 3)
    weir.command("runs.cancel", {"workflowId": run_id})
    assert end(weir, run_id)["status"] == "cancelled"
    until(lambda: all(r["status"] in ("completed", "cancelled") for r in runs_of(weir, "forever")))
    assert [r["status"] for r in runs_of(weir, "forever")].count("cancelled") == 1


def test_cancelling_a_run_that_went_on_cancels_what_it_has_become(weir):
    weir.push(flow("twice", f"(if (:n input) {ASK} (flow/restart {{:n 1}}))"))
    first = run(weir, "twice")
    last = weir.settle(first["continuedTo"], until=("waiting",))
    answer = weir.command("runs.cancel", {"workflowId": first["workflowId"]})
    assert answer["workflowId"] == last["workflowId"] and answer["status"] == "cancelled"
    assert end(weir, last["workflowId"])["status"] == "cancelled"
    assert weir.get(first["workflowId"])["status"] == "completed"
    status, error = weir.refused("runs.cancel", {"workflowId": first["workflowId"]})
    assert (status, error["code"]) == (409, "already_completed")


def test_a_chain_survives_a_killed_server_without_a_fork(weir, target):
    entered, release, calls = threading.Event(), threading.Event(), []

    def page(record):
        number = int(record["path"].rsplit("=", 1)[1])
        calls.append(number)
        if number == 5:
            entered.set()
            release.wait(60)
        return 200, {"more": number < 9}

    target.routes["/page"] = page
    weir.push(flow("pages", f"""(let [r (flow/step :http :page {{:url (str "{target.url}/page?n=" (:n input))}})]
        (if (:more (:body r)) (flow/restart {{:n (inc (:n input))}}) (:n input)))""", concurrency=SINGLE))
    run_id = start(weir, "pages", {"n": 0})
    assert entered.wait(60)
    weir.kill()
    release.set()
    weir.start()
    assert last_of(weir, run_id)["result"] == 9
    assert len(runs_of(weir, "pages")) == 10
    assert [n for n in calls if n != 5] == [0, 1, 2, 3, 4, 6, 7, 8, 9] and calls.count(5) == 2
    assert executions(weir) == 10


def test_a_long_chain_leaves_nothing_but_its_runs(weir):
    weir.push(flow("count", COUNT, concurrency=SINGLE))
    first = start(weir, "count", {"n": 0, "to": 200})
    newest = until(lambda: next((r for r in runs_of(weir, "count")[:1] if r["status"] == "completed"
                                 and "continuedTo" not in r), None), seconds=120)
    assert weir.get(newest["workflowId"])["result"] == ["end", 200]
    assert len(runs_of(weir, "count")) == 201
    assert newest["counters"]["claims"] == 1 and "continuedTo" in weir.get(first)
    assert run(weir, "count", {"n": 0, "to": 0})["result"] == ["end", 0], "the key was passed on at the end"


def test_a_restart_in_a_branch_is_a_lint_error_at_its_place(weir):
    source = flow("branchy", "(flow/parallel [(flow/restart {})])")
    answer = weir.command("flows.lint", {"flowLiteral": source})
    [found] = [d for d in answer["diagnostics"] if d["severity"] == "error"]
    line = source.split("\n")[found["line"] - 1]
    assert "branch" in found["message"] and line[found["column"] - 1:].startswith("(flow/restart"), found


def test_slots_are_unbound_and_must_be_declared(weir):
    slots = ':requires [{:slot :crm :type :http-api :label "CRM" :optional true}]'
    weir.push(flow("slots", "(flow/slot-bound? :crm)", extra=slots))
    assert run(weir, "slots")["result"] is False
    answer = weir.command("flows.lint", {"flowLiteral": flow("slots", "(flow/slot-bound? :erp)", extra=slots)})
    assert [d["code"] for d in answer["diagnostics"] if d["severity"] == "error"] == ["unknown_connection_slot"]


def test_the_clock_of_elapsed_is_recorded(weir):
    weir.push(flow("timed", """(let [t (flow/now-ms) early (flow/elapsed? t "1h")]
        (flow/step :sleep :nap {:millis (flow/backoff 1 {:base 1})})
        [early (flow/elapsed? t 1)])"""))
    assert run(weir, "timed")["result"] == [False, True]
