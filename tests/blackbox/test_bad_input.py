"""Bad input: each gets the envelope with a code, a position where there is one, and a hint."""
import json

import pytest

from flows import flow

GOOD = flow("fine", "{:ok true}")


def diagnostics_of(error):
    return error["details"]["diagnostics"]


BAD_FLOWS = {
    "unbalanced parens": (GOOD.replace("{:ok true})}", "{:ok true}}"), "clojure_delimiters_invalid"),
    "an unknown symbol": (flow("fine", "(frobnicate 1)"), "unknown_symbol"),
    "a missing field": (GOOD.replace(":name ", ":nome "), "missing_required_field"),
    "100,000 nested brackets": (flow("fine", "[" * 100000 + "]" * 100000), None),
    "an unknown step type": (flow("fine", "(flow/step :teleport :t {})"), "unknown_step_type"),
    "reader eval": (flow("fine", "#=(+ 1 2)"), "clojure_reader_eval_disabled"),
    "an empty file": ("", None),
    "plain text": ("hello", None),
}


@pytest.mark.parametrize("name", BAD_FLOWS)
def test_a_bad_flow_is_refused_with_position_and_hint(weir, name):
    source, code = BAD_FLOWS[name]
    status, error = weir.refused("flows.put_draft", {"flowLiteral": source})
    assert status in (400, 413, 422)
    first = diagnostics_of(error)[0]
    assert first["line"] >= 1 and first["column"] >= 1 and first["hint"]
    if code:
        assert first["code"] == code, first
    assert weir.command("flows.list")["flows"] == []


def test_a_flow_of_ten_megabytes_is_refused(weir):
    status, error = weir.refused("flows.put_draft", {"flowLiteral": GOOD + ";" * 10_000_000})
    assert status == 413 and error["code"] == "too_large"
    assert weir.command("flows.list")["flows"] == []


def test_invalid_utf8_is_refused(weir):
    body = b'{"command":"flows.put_draft","args":{"flowLiteral":"\xff\xfe"}}'
    status, _, answer = weir.http("POST", "/api/commands", body, {"Authorization": f"Bearer {weir.token}",
                                  "Content-Type": "application/json", "X-Weir-Workspace": weir.workspace})
    assert status == 400 and answer["error"]["code"] in ("invalid_json", "invalid_utf8") and answer["hint"]


BAD_JSON = {"unbalanced": '{"command":', "nested": "[" * 100000, "not an object": "[1,2]", "empty": "",
            "two documents": "{}{}", "trailing comma": '{"command":"me",}', "duplicate keys": '{"command":"me","command":"me"}'}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bad_json_is_refused(weir, name):
    status, _, answer = weir.http("POST", "/api/commands", BAD_JSON[name], {
        "Authorization": f"Bearer {weir.token}", "Content-Type": "application/json", "X-Weir-Workspace": weir.workspace})
    assert status in (400, 422) and not answer["ok"] and answer["error"]["code"] and answer["hint"], answer


def test_an_unknown_command_names_its_neighbours(weir):
    status, error = weir.refused("flows.lst")
    assert status == 404 and error["code"] == "unknown_command" and "flows.list" in json.dumps(error["details"])


def test_a_wrong_token_is_401(weir):
    for token in ("nonsense", weir.token[:-1] + ("a" if weir.token[-1] != "a" else "b"), ""):
        status, _, answer = weir.command_raw("flows.list", token=token or " ")
        assert status == 401 and answer["error"]["code"] == "unauthorized", answer


def test_another_workspace_sees_nothing_of_ours(weir):
    weir.push(GOOD)
    run = weir.run("fine")
    other = weir.make_token("ws-other")
    status, error = weir.refused("runs.get", {"workflowId": run["workflowId"]}, token=other, workspace="ws-other")
    assert status == 404 and error["code"] == "not_found"
    assert weir.command("flows.list", token=other, workspace="ws-other")["flows"] == []
    status, _, _ = weir.command_raw("flows.list", token=other)  # their token, our workspace
    assert status in (403, 404)


def test_an_unknown_route_has_the_envelope(weir):
    status, _, answer = weir.http("GET", "/api/nothing/here", headers={"Authorization": f"Bearer {weir.token}"})
    assert status == 404 and not answer["ok"] and answer["error"]["code"]


def test_a_missing_input_is_named(weir):
    weir.push(flow("asks", "(:n input)", interfaces="{:manual [{:id :run :invocation :default :enabled true}]}",
                   extra=':invocations {:default {:inputs [{:name :n :type :number :required true}]}}'))
    status, error = weir.refused("runs.start", {"flowSlug": "asks", "input": {}})
    assert status == 422 and "n" in error["message"]
    status, error = weir.refused("runs.start", {"flowSlug": "asks", "input": {"n": "seven"}})
    assert status == 422
    assert weir.run("asks", {"n": "7"})["result"] == 7


def test_the_server_still_answers_after_all_that(weir):
    for source, _ in BAD_FLOWS.values():
        weir.command_raw("flows.put_draft", {"flowLiteral": source})
    assert weir.http("GET", "/healthz")[0] == 200
    assert weir.http("GET", "/readyz")[0] == 200
    status, _, metrics = weir.http("GET", "/metrics")
    assert status == 200 and b"weir_" in metrics
    weir.push(GOOD)
    assert weir.run("fine")["result"] == {"ok": True}


BOUNDED = flow("bounded", "(select-keys (flow/input) [:count :title :day :photo])",
               "{:manual [{:id :run :invocation :default}]}", extra="""
 :invocations {:default {:inputs [{:name :count :type :number :min 1 :max 10 :default 3}
                                  {:name :title :type :text :max 5}
                                  {:name :day :type :date :min "2026-02-01"}
                                  {:name :photo :type :file :accept "image/*"}]}}""",
               concurrency="{:type :singleton :on-new-version :coexist :on-conflict :coexist}")

OUT_OF_BOUNDS = {
    "the input count is 11, and its :max is 10": {"count": "11"},
    "the input title has 6 characters, and its :max is 5": {"title": "åäöåäö"},
    "the input day is 2026-01-31, and its :min is 2026-02-01": {"day": "2026-01-31"},
    "the input photo is of the type text/plain, which its :accept does not take": {"photo": {"filename": "a.txt"}},
}


def test_an_input_out_of_its_declared_bounds_starts_no_run(weir):
    slug = weir.push(BOUNDED)
    for message, given in OUT_OF_BOUNDS.items():
        status, error = weir.refused("runs.start", {"flowSlug": slug, "input": given})
        assert (status, error["code"], error["message"]) == (422, "input_invalid", message)
    assert weir.command("runs.list")["runs"] == []
    run = weir.run(slug, {"count": "10", "title": "åäöåä", "day": "2026-02-01", "photo": "a.png"})
    assert run["result"] == {"count": 10, "title": "åäöåä", "day": "2026-02-01", "photo": "a.png"}
    assert weir.run(slug, {})["result"] == {"count": 3}


def test_bounds_that_make_no_sense_are_not_pushed(weir):
    status, error = weir.refused("flows.put_draft", {"flowLiteral": BOUNDED.replace(":max 10", ":max 0")})
    [diagnostic] = [d for d in diagnostics_of(error) if d["severity"] == "error"]
    assert status == 422 and diagnostic["code"] == "invalid_invocation_input_rule" and diagnostic["form"] == "0"
