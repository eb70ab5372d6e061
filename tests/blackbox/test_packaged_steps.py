"""Packaged steps: step types of a flow's own, with a schema of what they take."""
import json

from flows import flow
from harness import EXAMPLES

STEPS = """:steps [{:id :crm/create :type :http :url "%s/orders" :defaults {:method :post}
  :input-schema [:map {:closed true} [:json [:map [:n [:int {:min 1}]]]] [:method :keyword]]}
 {:id :crm/double :type :function :code '(fn [input] (* (:factor input) (:n input))) :defaults {:factor 2}
  :input-schema [:map [:n :int]]}]"""


def start(weir, slug, body, url, given=None):
    weir.push(flow(slug, body, extra=STEPS % url))
    return weir.run(slug, {"key": "k", **(given or {})})


def executions(weir):
    by_type = {}
    for row in weir.command("usage.get")["rows"]:
        by_type[row["stepType"]] = by_type.get(row["stepType"], 0) + row["executions"]
    return by_type


def test_a_packaged_step_runs_as_its_type_with_its_config(weir, target):
    target.routes["/orders"] = (200, {"id": "o-1"})
    run = start(weir, "packaged", """
        (let [made (flow/step :crm/create :make {:json {:n 5}})
              put  (flow/step :crm/create {:json {:n 6} :method :put})]
          [(:body made) (:status put) (flow/step :crm/double {:n 4}) (flow/step :crm/double {:n 4 :factor 3})])""",
                target.url)
    assert run["status"] == "completed" and run["result"] == [{"id": "o-1"}, 200, 8, 12], run
    assert [(c["method"], json.loads(c["body"])) for c in target.calls("/orders")] == [("POST", {"n": 5}), ("PUT", {"n": 6})]
    assert [(s["stepId"], s["stepType"]) for s in run["steps"]] == [
        ("make", "http"), ("create", "http"), ("double", "function"), ("double", "function")]
    assert executions(weir) == {"http": 2, "function": 2}
    step = weir.get(run["workflowId"], includeStepResults=True)["steps"][0]
    assert step["input"] == {"url": f"{target.url}/orders", "method": "post", "json": {"n": 5}}


def test_an_input_that_its_schema_refuses_fails_the_step_before_it_runs(weir, target):
    run = start(weir, "refused", "(flow/step :crm/create :make {:json (:it input)})", target.url, {"it": {"n": 0}})
    assert run["status"] == "failed", run
    assert run["error"]["message"] == ("the input of :crm/create is wrong at [:json :n]: "
                                       "expected a whole number from 1 on, got 0")
    assert run["error"]["class"] == "input" and run["steps"][0]["status"] == "failed"
    assert target.requests == [] and executions(weir) == {}


def test_the_body_can_catch_what_a_schema_refuses(weir, target):
    run = start(weir, "caught", """
        (try (flow/step :crm/double :it {:n (:it input)})
             (catch :default e (select-keys (ex-data e) [:class :step-id])))""", target.url, {"it": "five"})
    assert run["status"] == "completed" and run["result"] == {"class": "input", "step-id": "it"}, run


def test_what_the_step_fixes_no_input_changes_nor_names_a_secret(weir, target):
    weir.command("secrets.put", {"name": "key", "value": "s3cret-of-the-flow"})
    steps = ':steps [{:id :crm/get :type :http :url "%s/fixed"}]' % target.url
    target.routes["/fixed"] = (200, {})
    weir.push(flow("fixed", "(:status (flow/step :crm/get (:it input)))", extra=steps))
    assert weir.run("fixed", {"key": "k", "it": {"url": "https://evil.example", "query": {"a": 1}}})["result"] == 200
    [call] = target.requests
    assert call["path"] == "/fixed?a=1"
    weir.push(flow("thief", "(flow/step :crm/get {:json {:a (:it input)}})", extra=steps))
    assert weir.run("thief", {"key": "k", "it": {"secret-ref": "key"}})["status"] == "completed"
    assert json.loads(target.requests[1]["body"]) == {"a": {"secret-ref": "key"}}, "what a caller sends is data"
    weir.push(flow("own", "(flow/step :crm/get {:json {:a {:secret-ref :key}}})", extra=steps))
    run = weir.run("own", {"key": "k"})
    assert run["status"] == "failed" and "secret" in run["error"]["message"], run
    assert len(target.requests) == 2


def test_packaged_steps_replay_after_a_wait(weir, target):
    target.routes["/orders"] = (200, {"id": "o-1"})
    weir.push(flow("parked", """
        (let [made (flow/step :crm/create :make {:json {:n 5}})
              ok   (flow/step :ask/person :ask {})]
          [(:action ok) (flow/step :crm/double {:n 2}) (:body made)])""",
                   extra=(STEPS % target.url)[:-1] + ' {:id :ask/person :type :wait :approval {:title "Go on?"}}]'))
    run = weir.run("parked", {"key": "k"})
    assert run["status"] == "waiting", run
    weir.restart()
    [wait] = weir.waits(run["workflowId"])
    weir.cli("waits", "approve", wait["waitId"])
    run = weir.settle(run["workflowId"], until=("completed", "failed"))
    assert run["status"] == "completed" and run["result"] == ["approve", 4, {"id": "o-1"}], run
    assert len(target.calls("/orders")) == 1


def test_the_example_sends_its_notice(weir, target):
    weir.command("secrets.put", {"name": "crm-key", "value": "Bearer k3y-of-the-crm"})
    target.routes["/customers/c%2F1"] = (200, {"name": "Ada", "email": "ada@example.org"})
    target.routes["/messages"] = (200, {"id": "m-1"})
    target.routes["/customers/c%2F1/contacts"] = (200, {"id": "k-1"})
    weir.push(EXAMPLES / "parcel-notice.clj")
    run = weir.run("parcel-notice", {"crm": target.url, "mail": target.url, "parcel": {
        "id": "p-7", "customer": "c/1", "items": [{"name": "lamp", "count": 2}, {"name": "desk", "count": 1}]}})
    assert run["status"] == "completed" and run["result"] == {"message": "m-1", "contact": "k-1"}, run
    [find, message, contact] = target.requests
    assert find["headers"]["Authorization"] == "Bearer k3y-of-the-crm"
    assert json.loads(message["body"]) == {
        "to": "ada@example.org", "subject": "Your parcel p-7 is on its way",
        "text": "Hello Ada,\n\nyour parcel p-7 holds:\n\n- 2 x lamp\n- 1 x desk\n\nIt arrives within the week."}
    assert json.loads(contact["body"]) == {"channel": "mail", "subject": "Parcel p-7", "tags": ["parcel"]}
    bad = weir.run("parcel-notice", {"crm": "ftp://crm", "mail": target.url, "parcel": {"id": "p-8", "customer": "c"}})
    assert bad["status"] == "failed" and "[:crm]" in bad["error"]["message"], bad
