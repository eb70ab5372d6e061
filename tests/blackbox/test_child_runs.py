"""Runs that call other flows: flow/call-flow."""
import threading

from flows import flow, function
from harness import until

ENDED = ("completed", "failed", "cancelled", "terminated", "timed-out")
SINGLE = "{:type :singleton :on-new-version :coexist}"
DOUBLE = flow("double", function("work", "(* 2 (:n input))", "{:n (:n input)}"))
ASK = '(:action (flow/step :wait :ask {:key "k" :timeout "1h" :approval {:title "?"}}))'
ASKS = flow("asks", ASK)


def start(weir, slug, payload=None, **args):
    return weir.command("runs.start", {"flowSlug": slug, "input": payload or {}, **args})["workflowId"]


def end(weir, run_id):
    return weir.settle(run_id, wait_ms=90000, until=ENDED)


def run(weir, slug, payload=None, **args):
    return end(weir, start(weir, slug, payload, **args))


def runs_of(weir, slug):
    return weir.command("runs.list", {"flowSlug": slug, "limit": 1000})["runs"]


def executions(weir, slug=None):
    rows = weir.command("usage.get")["rows"]
    return sum(r["executions"] for r in rows if slug in (None, r["flowSlug"]))


def get(step_id, url):
    return f'(flow/step :http :{step_id} {{:url "{url}"}})'


def test_a_childs_result_is_what_the_call_answers(weir):
    weir.push(flow("typed", '{:n (* 2 (:n input)) :tags #{:a} :at #inst "2020-01-02T03:04:05Z"}'))
    weir.push(flow("outer", """(let [r (flow/call-flow :typed {:n (:n input)})]
        {:twice (:n r) :same (= r {:n 42 :tags #{:a} :at #inst "2020-01-02T03:04:05Z"})})"""))
    done = run(weir, "outer", {"n": 21})
    assert done["status"] == "completed" and done["result"] == {"twice": 42, "same": True}, done


def test_a_childs_input_keeps_its_types_and_has_string_keys_like_any_other(weir):
    weir.push(flow("looks", """{:keys (sort (filter string? (keys input))) :kind (:kind input)
        :is-keyword (keyword? (:kind input)) :nested (get-in input ["order" "id"])}"""))
    weir.push(flow("outer", """(flow/call-flow :looks
        (assoc (select-keys (flow/input) ["order"]) :kind :new))"""))
    done = run(weir, "outer", {"order": {"id": 7}})
    assert done["result"] == {"keys": ["kind", "order"], "kind": "new", "is-keyword": True, "nested": 7}, done


def test_declared_inputs_of_a_child_are_checked_and_coerced(weir):
    weir.push(flow("strict", "[(:n input) (:unit input)]",
                   interfaces="{:manual [{:id :run :label \"Run\" :invocation :default}]}", extra="""
        :invocations {:default {:inputs [{:name :n :type :number :required true}
                                         {:name :unit :type :text :default "kg"}]}}"""))
    weir.push(flow("outer", """[(flow/call-flow :strict {:n "12"})
        (try (flow/call-flow :strict {:m 1}) (catch :default e (:code (ex-data e))))]"""))
    assert run(weir, "outer")["result"] == [[12, "kg"], "missing_required_field"]
    assert len(runs_of(weir, "strict")) == 1


def test_a_failed_child_throws_its_error_with_its_id(weir):
    weir.push(flow("breaks", '(throw (ex-info "no stock" {:class :conflict :code :no_stock :left 0}))'))
    weir.push(flow("catches", """(try (flow/call-flow :breaks {})
        (catch :default e (assoc (select-keys (ex-data e) [:class :code :workflow-id :step-id :data])
                                 :message (ex-message e))))"""))
    weir.push(flow("passes", "(flow/call-flow :breaks {})"))
    weir.push(flow("skips", "[:got (flow/call-flow :breaks {} {:on-error :skip})]"))
    caught = run(weir, "catches")["result"]
    [child] = runs_of(weir, "breaks")
    assert child["status"] == "failed"
    assert caught["message"] == "no stock" and caught["workflow-id"] == child["workflowId"], caught
    assert caught["step-id"] == "call-flow/breaks" and caught["data"]["left"] == 0, caught
    error = weir.get(child["workflowId"])["error"]
    assert (error["class"], error["code"]) == (caught["class"], caught["code"])
    failed = run(weir, "passes")
    assert failed["status"] == "failed" and failed["error"]["message"] == "no stock", failed
    assert run(weir, "skips")["result"] == ["got", None]


def test_a_caller_waits_at_no_cost_and_both_go_on(weir):
    weir.push(ASKS)
    weir.push(flow("outer", "{:said (flow/call-flow :asks {})}"))
    run_id = start(weir, "outer")
    [wait] = until(weir.waits)
    assert wait["flowSlug"] == "asks"
    outer = weir.settle(run_id, until=("waiting",))
    assert outer["currentStep"] == "call-flow/asks"
    [child] = outer["children"]
    assert child["status"] == "waiting" and child["address"] == "call-flow/asks#1", outer
    weir.restart()
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    assert end(weir, run_id)["result"] == {"said": "approve"}
    assert executions(weir) == 0, "neither a call nor an approval counts"


def test_the_tree_of_runs_is_shown_and_each_counts_its_own_steps(weir):
    weir.push(DOUBLE)
    weir.push(flow("middle", "(+ 1 (flow/call-flow :double {:n (:n input)}))"))
    weir.push(flow("outer", f"""(do {function('own', '1')}
        (flow/parallel {{:a (flow/call-flow :middle {{:n 1}})
                        :b (flow/each [n [5 6]] (flow/call-flow :double {{:n n}}))}}))"""))
    done = run(weir, "outer")
    assert done["status"] == "completed" and done["result"] == {"a": 3, "b": [10, 12]}, done
    children = {c["address"]: c for c in done["children"]}
    assert sorted(children) == ["p#1/a/call-flow/middle#1", "p#1/b/p#1/0/call-flow/double#1",
                                "p#1/b/p#1/1/call-flow/double#1"], children
    [inner] = children["p#1/a/call-flow/middle#1"]["children"]
    assert inner["flowSlug"] == "double" and inner["status"] == "completed"
    middle = weir.get(children["p#1/a/call-flow/middle#1"]["workflowId"])
    assert middle["parentWorkflowId"] == done["workflowId"] and middle["triggeredBy"] == "call:outer"
    assert middle["parentAddress"] == "p#1/a/call-flow/middle#1"
    assert all("parentWorkflowId" in r for r in runs_of(weir, "double"))
    calls = [s for s in done["steps"] if s["stepType"] == "call-flow"]
    assert len(calls) == 3 and not any(s["billed"] for s in calls)
    assert (executions(weir, "outer"), executions(weir, "double"), executions(weir)) == (1, 3, 4)
    shown = weir.cli("runs", "show", done["workflowId"])["data"]["run"]
    assert [c["workflowId"] for c in shown["children"]] == [c["workflowId"] for c in done["children"]]


def test_a_cancelled_caller_takes_children_and_grandchildren_with_it(weir):
    weir.push(ASKS)
    weir.push(flow("middle", "(flow/call-flow :asks {})"))
    weir.push(flow("outer", "(flow/call-flow :middle {})"))
    run_id = start(weir, "outer")
    until(weir.waits)
    weir.settle(run_id, until=("waiting",))
    weir.command("runs.cancel", {"workflowId": run_id})
    assert end(weir, run_id)["status"] == "cancelled"
    for slug in ("middle", "asks"):
        [child] = runs_of(weir, slug)
        assert end(weir, child["workflowId"])["status"] == "cancelled"
    assert not weir.waits()


def test_a_forced_end_of_the_caller_reaches_a_child_that_works(weir, target):
    entered, release = threading.Event(), threading.Event()

    def slow(_):
        entered.set()
        release.wait(60)
        return 200, {}

    target.routes["/slow"] = slow
    weir.push(flow("works", f"(do {get('slow', target.url + '/slow')} {get('after', target.url + '/after')})"))
    weir.push(flow("outer", "(flow/call-flow :works {})"))
    run_id = start(weir, "outer")
    assert entered.wait(60)
    weir.command("runs.cancel", {"workflowId": run_id, "force": True})
    assert end(weir, run_id)["status"] == "terminated"
    [child] = runs_of(weir, "works")
    release.set()
    assert end(weir, child["workflowId"])["status"] == "cancelled"
    assert not target.calls("/after")


def test_a_call_times_out_and_its_child_is_stopped(weir):
    weir.push(ASKS)
    weir.push(flow("outer", """(try (flow/call-flow :asks {} {:timeout 1})
        (catch :default e (:class (ex-data e))))"""))
    assert run(weir, "outer")["result"] == "timeout"
    [child] = runs_of(weir, "asks")
    assert end(weir, child["workflowId"])["status"] == "cancelled"


def test_a_child_that_is_cancelled_by_itself_is_the_callers_error(weir):
    weir.push(ASKS)
    weir.push(flow("outer", """(try (flow/call-flow :asks {})
        (catch :default e [(:class (ex-data e)) (:workflow-id (ex-data e))]))"""))
    run_id = start(weir, "outer")
    [wait] = until(weir.waits)
    weir.settle(run_id, until=("waiting",))
    weir.command("runs.cancel", {"workflowId": wait["workflowId"]})
    assert end(weir, run_id)["result"] == ["cancelled", wait["workflowId"]]


def test_a_failed_branch_stops_the_children_of_the_others(weir):
    weir.push(ASKS)
    weir.push(flow("breaks", '(throw (ex-info "no" {}))'))
    weir.push(flow("outer", """(try (flow/parallel [(flow/call-flow :asks {})
            (do (flow/step :sleep :nap {:seconds 1}) (flow/call-flow :breaks {}))])
        (catch :default e (ex-message e)))"""))
    assert run(weir, "outer")["result"] == "no"
    [child] = runs_of(weir, "asks")
    assert end(weir, child["workflowId"])["status"] == "cancelled"


def test_a_flow_calls_itself_as_deep_as_the_limit_though_it_is_a_singleton(weir):
    weir.push(flow("self", """(if (pos? (:n input)) (inc (flow/call-flow :self {:n (dec (:n input))})) 0)""",
                   concurrency=SINGLE))
    assert run(weir, "self", {"n": 5})["result"] == 5
    failed = run(weir, "self", {"n": 6})
    assert failed["status"] == "failed" and failed["error"]["class"] == "limit", failed
    assert len(runs_of(weir, "self")) == 6 + 6


def test_a_line_for_the_callers_own_key_does_not_block_its_child(weir):
    weir.push(flow("self", f"""(if (:top input) [{ASK} (flow/call-flow :self {{:top false}})] :inner)""",
                   concurrency=SINGLE))
    first, second = start(weir, "self", {"top": True}), start(weir, "self", {"top": False})
    [wait] = until(weir.waits)
    assert weir.get(second)["inLine"]
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    assert end(weir, first)["result"] == ["approve", "inner"]
    assert end(weir, second)["result"] == "inner"


def test_children_obey_their_flows_concurrency(weir):
    weir.push(flow("one", function("work", "(:n input)", "{:n (:n input)}"), concurrency=SINGLE))
    weir.push(flow("picky", ASK, concurrency="{:type :singleton :on-new-version :coexist :on-conflict :drop}"))
    weir.push(flow("outer", "(flow/each [n (range 5)] (flow/call-flow :one {:n n}))"))
    weir.push(flow("refused", "(try (flow/call-flow :picky {}) (catch :default e (:class (ex-data e))))"))
    assert run(weir, "outer")["result"] == [0, 1, 2, 3, 4]
    start(weir, "picky")
    until(weir.waits)
    assert run(weir, "refused")["result"] == "conflict"


def test_a_child_runs_what_is_live_or_what_the_call_says(weir):
    weir.push(flow("versioned", "1"))
    weir.push(flow("versioned", "2"))
    weir.push(flow("versioned", "3"), release=False)
    weir.push(flow("outer", """[(flow/call-flow :versioned {}) (flow/call-flow :versioned {} {:version 1})
        (flow/call-flow :versioned {} {:target :draft})]"""))
    assert run(weir, "outer")["result"] == [2, 1, 3]
    assert [r["target"] for r in runs_of(weir, "versioned")] == ["draft", "live", "live"]


def test_what_cannot_be_called_says_why(weir):
    weir.push(flow("drafted", "1"), release=False)
    weir.push(flow("outer", """(mapv (fn [call] (try (call) (catch :default e (:code (ex-data e)))))
        [(fn [] (flow/call-flow :nobody {})) (fn [] (flow/call-flow :drafted {}))
         (fn [] (flow/call-flow :drafted {} {:version 9}))
         (fn [] (flow/call-flow :drafted {} (into {} {:retry {}})))])"""))
    done = run(weir, "outer")
    assert done["result"] == ["not_found", "not_found", "not_found", "not_supported"], done


def test_a_killed_server_starts_no_child_twice_and_loses_none(weir, target):
    """Two kills while twenty runs call two children each: at the end there are forty children."""
    halves, hold = threading.Semaphore(0), threading.Event()

    def work(record):
        halves.release()
        if not hold.is_set():
            hold.wait(2)
        return 200, {"path": record["path"]}

    target.routes["/work"] = work
    weir.push(flow("leaf", f"(do {get('work', target.url + '/work')} (:n input))"))
    weir.push(flow("outer", """(flow/parallel [(flow/call-flow :leaf {:n (:n input)})
        (flow/call-flow :leaf {:n (- (:n input))})])"""))
    started = [start(weir, "outer", {"n": n}) for n in range(20)]
    for _ in range(2):
        assert halves.acquire(timeout=60)
        weir.kill()
        weir.start()
    hold.set()
    results = [end(weir, run_id) for run_id in started]
    assert [r["result"] for r in results] == [[n, -n] for n in range(20)], results
    children = runs_of(weir, "leaf")
    assert len(children) == 40 and {c["status"] for c in children} == {"completed"}
    assert len({(c["parentWorkflowId"], c["parentAddress"]) for c in children}) == 40
    assert executions(weir) == 40


def test_a_child_ends_while_its_caller_is_down(weir, target):
    entered, release = threading.Event(), threading.Event()

    def slow(_):
        entered.set()
        release.wait(60)
        return 200, {"n": 1}

    target.routes["/slow"] = slow
    weir.push(flow("leaf", f"(:n (:body {get('slow', target.url + '/slow')}))"))
    weir.push(flow("outer", f"[(flow/call-flow :leaf {{}}) {function('after', ':done')}]"))
    run_id = start(weir, "outer")
    assert entered.wait(60)
    weir.kill()
    release.set()
    weir.start()
    assert end(weir, run_id)["result"] == [1, "done"]
    assert len(runs_of(weir, "leaf")) == 1
