"""How runs live: versions, waits, callbacks, cancellation, concurrency, usage."""
import threading

from flows import flow, function

APPROVAL = '(flow/step :wait :ask {:key "ask" :timeout "1h" :approval {:title "Go on?"}})'


def test_a_draft_does_not_touch_live(weir):
    weir.push(flow("pinned", '{:version "one"}'))
    weir.push(flow("pinned", '{:version "two"}'), release=False)
    assert weir.run("pinned")["result"] == {"version": "one"}
    assert weir.run("pinned", source="draft")["result"] == {"version": "two"}
    weir.command("flows.release", {"flowSlug": "pinned"})
    assert weir.run("pinned")["result"] == {"version": "two"}


def test_a_run_started_before_a_release_ends_on_its_old_release(weir):
    weir.push(flow("old", f'(do {APPROVAL} {{:version "old"}})'))
    run = weir.run("old")
    assert run["status"] == "waiting"
    weir.push(flow("old", '{:version "new"}'))
    [wait] = weir.waits(run["workflowId"])
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    done = weir.settle(run["workflowId"], until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"] == {"version": "old"}
    assert weir.run("old")["result"] == {"version": "new"}


def test_a_callback_resumes_its_run_with_what_was_posted(weir, target):
    target.routes["/work"] = (202, {"accepted": True})
    body = f"""(let [back (flow/callback :worker)]
      (flow/step :http :submit {{:url "{target.url}/work" :method :post :json {{:callback (:url back)}}}})
      (let [answer (flow/step :wait :worker {{:key "worker" :timeout "1h"}})]
        {{:answer (:score answer)}}))"""
    weir.push(flow("outside", body))
    run = weir.run("outside")
    assert run["status"] == "waiting", run
    import json
    url = json.loads(target.calls("/work")[0]["body"])["callback"]
    status, _, answer = weir.http("POST", url, '{"score": 42}', {"Content-Type": "application/json"})
    assert status in (200, 202) and answer["ok"], answer
    done = weir.settle(run["workflowId"], until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"] == {"answer": 42}, done
    status, _, answer = weir.http("POST", url, '{"score": 43}', {"Content-Type": "application/json"})
    assert status in (200, 409, 410), answer
    status, _, _ = weir.http("POST", url[:-3] + "abc", '{"score": 1}', {"Content-Type": "application/json"})
    assert status in (401, 403, 404)


def test_a_callback_that_comes_before_its_wait_is_kept(weir, target):
    def early(record):
        import json
        url = json.loads(record["body"])["callback"]
        status, _, answer = weir.http("POST", url, '{"early": true}', {"Content-Type": "application/json"})
        assert status in (200, 202), answer
        return 200, {"done": True}

    target.routes["/work"] = early
    body = f"""(let [back (flow/callback :worker)]
      (flow/step :http :submit {{:url "{target.url}/work" :method :post :json {{:callback (:url back)}}}})
      (flow/step :wait :worker {{:key "worker" :timeout "1h"}}))"""
    weir.push(flow("early", body))
    done = weir.settle(weir.run("early")["workflowId"], until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"] == {"early": True}, done


def test_an_approval_by_two_at_once_has_one_winner(weir):
    weir.push(flow("race", f"(:action {APPROVAL})"))
    run = weir.run("race")
    [wait] = weir.waits(run["workflowId"])
    answers = []
    barrier = threading.Barrier(2)

    def decide(action):
        barrier.wait()
        answers.append((action, *weir.command_raw(f"waits.{action}", {"waitId": wait["waitId"]})[::2]))

    threads = [threading.Thread(target=decide, args=(a,)) for a in ("approve", "reject")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [a for a in answers if a[1] == 200]
    lost = [a for a in answers if a[1] != 200]
    assert len(won) == 1 and len(lost) == 1, answers
    assert lost[0][1] == 409 and lost[0][2]["error"]["code"] == "already_completed"
    done = weir.settle(run["workflowId"], until=("completed", "failed"))
    assert done["result"] == won[0][0]


def test_a_wait_times_out_into_its_default_value(weir):
    body = '(flow/step :wait :ask {:key "ask" :timeout "1s" :on-timeout :continue :default-value {:action :none}})'
    weir.push(flow("late", body))
    done = weir.settle(weir.run("late")["workflowId"], until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"] == {"action": "none"}, done


def test_a_wait_that_may_not_time_out_fails_with_class_timeout(weir):
    body = '''(try (flow/step :wait :ask {:key "ask" :timeout "1s" :on-timeout :fail})
        (catch :default e {:class (:class (ex-data e)) :step (:step-id (ex-data e))}))'''
    weir.push(flow("strict", body))
    done = weir.settle(weir.run("strict")["workflowId"], until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"]["class"] == "timeout", done


def test_a_cancelled_run_stops(weir):
    weir.push(flow("stop", f"(do {APPROVAL} {function('after', '1')})"))
    run = weir.run("stop")
    weir.command("runs.cancel", {"workflowId": run["workflowId"], "reason": "no longer wanted"})
    done = weir.settle(run["workflowId"], until=("cancelled", "completed", "failed"))
    assert done["status"] == "cancelled"
    assert weir.waits(run["workflowId"]) == []
    assert all(s["stepId"] != "after" for s in done["steps"])


def test_a_run_is_cancelled_while_its_step_runs(weir, target):
    release = threading.Event()

    def hang(_):
        release.wait(30)
        return 200, {}

    target.routes["/slow"] = hang
    weir.push(flow("slow", f'(flow/step :http :slow {{:url "{target.url}/slow" :timeout 60}})'))
    started = weir.command("runs.start", {"flowSlug": "slow"})
    run_id = started["workflowId"]
    while not target.calls("/slow"):
        weir.get(run_id)
    weir.command("runs.cancel", {"workflowId": run_id})
    done = weir.settle(run_id, until=("cancelled", "completed", "failed"))
    release.set()
    assert done["status"] == "cancelled"


def test_a_singleton_runs_one_at_a_time_first_come_first_served(weir):
    weir.push(flow("single", f"(do {APPROVAL} (:n input))", concurrency="{:type :singleton :on-new-version :coexist}"))
    first = weir.run("single", {"n": 1})
    assert first["status"] == "waiting"
    second = weir.command("runs.start", {"flowSlug": "single", "input": {"n": 2}})
    assert second["concurrencyDecision"] == "queued"
    assert weir.get(second["workflowId"])["status"] == "queued"
    [wait] = weir.waits(first["workflowId"])
    weir.command("waits.approve", {"waitId": wait["waitId"]})
    assert weir.settle(first["workflowId"], until=("completed",))["result"] == 1
    assert weir.settle(second["workflowId"])["status"] == "waiting"


def test_a_sleep_parks_and_goes_on(weir):
    weir.push(flow("nap", "(do (flow/step :sleep :nap {:seconds 2}) :rested)"))
    run = weir.run("nap")
    done = weir.settle(run["workflowId"], until=("completed", "failed"))
    assert done["status"] == "completed" and done["result"] == "rested"


def test_a_retry_repeats_a_step_with_the_same_idempotency_key(weir, target):
    answers = iter([(503, {"error": "busy"}), (503, {"error": "busy"}), (200, {"fine": True})])
    target.routes["/flaky"] = lambda _: next(answers)
    weir.push(flow("flaky", f'''(:body (flow/step :http :call {{:url "{target.url}/flaky" :method :post :json {{:a 1}}
        :retry {{:max-attempts 3 :backoff-ms 20}}}}))'''))
    done = weir.run("flaky")
    assert done["status"] == "completed" and done["result"] == {"fine": True}, done
    keys = {r["headers"]["Idempotency-Key"] for r in target.calls("/flaky")}
    assert len(target.calls("/flaky")) == 3 and len(keys) == 1
    [step] = done["steps"]
    assert step["attempt"] == 3
    assert sum(r["executions"] for r in weir.command("usage.get")["rows"]) == 1


def test_a_failed_step_can_be_caught_by_the_body(weir, target):
    target.routes["/no"] = (404, {"error": "nothing here"})
    weir.push(flow("catching", f'''(try (flow/step :http :call {{:url "{target.url}/no"}})
        (catch :default e (select-keys (ex-data e) [:class :step-id :status])))'''))
    done = weir.run("catching")
    assert done["status"] == "completed", done
    assert done["result"]["step-id"] == "call" and done["result"]["status"] == 404


def test_an_uncaught_error_fails_the_run_and_names_the_position(weir):
    weir.push(flow("broken", "(/ 1 (:zero input))"))
    done = weir.run("broken", {"zero": 0})
    assert done["status"] == "failed"
    assert done["error"]["code"] == "arithmetic" and done["error"]["line"] > 1, done["error"]


def test_a_keyed_value_is_counted_once(weir):
    body = '''(do (flow/step :kv :one {:operation :increment :key "hits"})
        (flow/step :kv :two {:operation :increment :key "hits"})
        (:value (flow/step :kv :read {:operation :get :key "hits"})))'''
    weir.push(flow("count", body))
    assert weir.run("count")["result"] == 2
    assert weir.run("count")["result"] == 4


def test_usage_counts_steps_exactly_and_waits_never(weir):
    weir.push(flow("meter", f"(do {function('a', '1')} {function('b', '2')} {APPROVAL} {function('c', '3')})"))
    for _ in range(3):
        run = weir.run("meter")
        [wait] = weir.waits(run["workflowId"])
        weir.command("waits.approve", {"waitId": wait["waitId"]})
        assert weir.settle(run["workflowId"], until=("completed", "failed"))["status"] == "completed"
    rows = weir.command("usage.get")["rows"]
    assert [(r["flowSlug"], r["stepType"], r["executions"]) for r in rows] == [("meter", "function", 9)]


def test_an_answered_run_is_waiting_no_longer(weir):
    weir.push(flow("answered", f"(:action {APPROVAL})"))
    for _ in range(10):
        run = weir.run("answered")
        [wait] = weir.waits(run["workflowId"])
        weir.command("waits.approve", {"waitId": wait["waitId"]})
        assert weir.get(run["workflowId"])["status"] in ("queued", "running", "completed")
