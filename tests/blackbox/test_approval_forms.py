"""Approvals with a form: on the page, by command, and what is refused."""
import re
import urllib.parse

from flows import flow

FORM = """(flow/step :wait :agree {:key "agree" :timeout "1h"
  :approval {:title "Pay?" :params {:amount 12.5}
             :fields [{:name :amount :type :number :label "Amount" :default 5 :min 1}
                      {:name :why :type :text :required true :max 40}
                      {:name :sure :type :checkbox}
                      {:name :bank :type :select :options ["north" "south"]}]}})"""


def parked(weir):
    run = weir.run(weir.push(flow("form", FORM)), {"key": "k"})
    [wait] = weir.waits(run["workflowId"])
    return run["workflowId"], wait


def test_values_are_checked_like_inputs(weir):
    run, wait = parked(weir)
    for values, word in (({}, "why"), ({"why": "x", "amount": "many"}, "amount"), ({"why": "x", "bank": "west"}, "bank"),
                         ({"why": "x", "amount": "0"}, "the value amount is 0, and its :min is 1"),
                         ({"why": "x" * 41}, "the value why has 41 characters, and its :max is 40")):
        status, error = weir.refused("waits.approve", {"waitId": wait["waitId"], "values": values})
        assert status == 422 and word in error["message"]
    weir.cli("waits", "approve", wait["waitId"], "--values", '{"why": "rent", "amount": "7", "bank": "south"}')
    assert weir.settle(run, until=("completed",))["result"]["values"] == {"amount": 7, "why": "rent", "bank": "south"}


def test_the_page_has_an_input_for_each_field_and_keeps_what_was_typed(weir):
    run, wait = parked(weir)
    page = weir.http("GET", wait["approvalUrl"])[2].decode()
    assert re.search(r'<select name="value.bank">.*<option>north</option><option>south</option>', page)
    assert 'inputmode="decimal" name="value.amount" value="5"' in page

    def post(**values):
        body = urllib.parse.urlencode({f"value.{name}": value for name, value in values.items()})
        return weir.http("POST", wait["approvalUrl"], body, {"Content-Type": "application/x-www-form-urlencoded"})

    status, _, page = post(amount="many", why="<rent>", sure="true", bank="south")
    assert status == 422
    page = page.decode()
    assert 'value="many"' in page and 'value="&lt;rent&gt;"' in page and "<option selected>south</option>" in page
    assert post(amount="8", why="rent", sure="true", bank="south")[0] == 200
    assert weir.settle(run, until=("completed",))["result"]["values"] == {
        "amount": 8, "why": "rent", "sure": True, "bank": "south"}


def test_a_decision_on_something_else_is_stale(weir):
    run, wait = parked(weir)
    status, error = weir.refused("waits.reject", {"waitId": wait["waitId"], "digest": "00" * 32})
    assert (status, error["code"]) == (409, "approval_stale")
    weir.command("waits.reject", {"waitId": wait["waitId"], "digest": wait["digest"], "note": "no"})
    result = weir.settle(run, until=("completed",))["result"]
    assert result["action"] == "reject" and result["note"] == "no"


def test_a_late_decision_is_gone(weir):
    slug = weir.push(flow("late", '(flow/step :wait :w {:timeout "1s" :on-timeout :continue :default-value 1 '
                                  ':approval {:title "x"}})'))
    run = weir.run(slug, {"key": "k"})
    [wait] = weir.waits(run["workflowId"])
    assert weir.settle(run["workflowId"], until=("completed",))["result"] == 1
    assert weir.refused("waits.approve", {"waitId": wait["waitId"]})[0] == 410
    assert weir.http("GET", wait["approvalUrl"])[0] == 410
    assert weir.refused("waits.list", {"status": "timed-out"})[0] == 422
    [over] = weir.command("waits.list", {"status": "timed-out", "workflowId": run["workflowId"]})["waits"]
    assert over["waitId"] == wait["waitId"]


def test_a_form_that_nobody_could_fill_in_is_no_wait(weir):
    for fields, word in (("[{:type :number}]", "no :name"), ("[{:name :a} {:name :a}]", "the :name a"),
                         ("[{:name :a :type :amount}]", "no known :type"), ("{:a 1}", "are a vector")):
        weir.push(flow("computed", f"(let [fields (identity {fields})]"
                       ' (flow/step :wait :agree {:key "a" :approval {:title "Pay?" :fields fields}}))'))
        run = weir.run("computed")
        assert run["status"] == "failed" and word in run["error"]["message"], run
        assert run["error"]["code"] == "input_invalid"
