"""What is refused leaves nothing behind, and what is not there says so when it is pushed."""
import pytest
from flows import flow, webhook


def test_a_push_whose_path_is_taken_leaves_no_flow(weir):
    weir.push(flow("first", "1", interfaces=webhook("orders")))
    status, error = weir.refused("flows.put_draft", {"flowLiteral": flow("second", "1", interfaces=webhook("orders"))})
    assert status == 409 and "first" in error["message"]
    status, error = weir.refused("flows.get", {"flowSlug": "second"})
    assert status == 404 and error["message"] == "there is no flow second"


@pytest.mark.parametrize("body", [
    '(flow/step :http :a {:url "https://x.example" :persist {:type :blob}})',
    '(flow/step :http :a {:url "https://x.example" :metering {:unit :call}})',
    '(flow/step :wait :a {:approval {:title "x" :approvers 2}})',
    '(flow/step :llm :a {:model "x"})',
])
def test_what_this_server_does_not_run_is_an_error_at_push(weir, body):
    status, error = weir.refused("flows.put_draft", {"flowLiteral": flow("none", body)})
    assert status == 422 and error["code"] == "flow_invalid"
    [problem] = [d for d in error["details"]["diagnostics"] if d["severity"] == "error"]
    assert problem["line"] > 1 and problem["hint"]


def test_a_result_that_json_cannot_show_says_so(weir):
    weir.push(flow("deep", "(loop [i 0 v []] (if (< i 5000) (recur (inc i) [v]) v))"))
    run = weir.run("deep", {"key": "k"})
    assert run["status"] == "completed" and run["result"]["type"] == "omitted" and "deep" in run["result"]["reason"]
