"""Limits are exact: what fits exactly is taken, one more is refused with an error of class limit."""
import json
import subprocess

from flows import flow
from harness import BIN, environment

RECURSION = "((fn f [n] (if (< n 1) 0 (inc (f (dec n))))) %s)"
HEAD = '{:slug :a :name "A" :concurrency {:type :singleton :on-new-version :coexist} '


def weir_cli(*arguments):
    done = subprocess.run([BIN / "weir", *arguments], capture_output=True, text=True, timeout=60, check=False,
                          env=environment())
    return json.loads(done.stdout)


def greatest(fits, low, high):
    """The greatest number that fits; low does, high does not."""
    assert fits(low) and not fits(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def codes(tmp_path, source):
    path = tmp_path / "flow.clj"
    path.write_text(source)
    answer = weir_cli("lint", str(path))
    found = answer["data"] if answer["ok"] else answer["error"]["details"]
    return {d["code"] for d in found["diagnostics"] if d["severity"] == "error"}


def test_calls_are_as_deep_on_the_server_as_offline(weir):
    depth = greatest(lambda n: weir_cli("eval", RECURSION % n)["ok"], 100, 2000)
    assert 900 < depth < 1000
    weir.push(flow("deep", RECURSION % "(:n (flow/input))"))
    for n in (depth - 1, depth):
        assert weir.run("deep", {"n": n})["result"] == n
    failed = weir.run("deep", {"n": depth + 1})
    assert failed["status"] == "failed" and failed["error"]["class"] == "limit" and failed["error"]["hint"], failed


def test_a_result_of_a_step_is_at_most_512_kb(weir):
    weir.push(flow("big", """(count (flow/step :function :make
                               {:code '(fn [x] (apply str (repeat (:n x) "x"))) :input {:n (:n (flow/input))}}))"""))
    runs = {}

    def fits(n):
        runs[n] = weir.run("big", {"n": n})
        return runs[n]["status"] == "completed"

    most = greatest(fits, 524288 - 64, 524288 + 1)
    assert runs[most]["result"] == most and 524288 - most < 16  # the rest says what it is, and how long
    assert fits(most - 1) and not fits(most + 1)
    error = runs[most + 1]["error"]
    assert error["class"] == "limit" and error["data"]["address"] == "make#1" and error["hint"], error


def test_the_input_of_a_run_is_at_most_512_kb(weir):
    weir.push(flow("taker", "(count (:a (flow/input)))"))
    answers = {}

    def fits(n):
        status, _, answers[n] = weir.command_raw("runs.start", {"flowSlug": "taker", "input": {"a": "x" * n}})
        return status == 200

    most = greatest(fits, 524288 - 64, 524288 + 1)
    assert fits(most - 1) and not fits(most + 1)
    assert answers[most + 1]["error"]["code"] == "too_large" and answers[most + 1]["hint"]
    assert weir.settle(answers[most]["data"]["workflowId"], until=("completed", "failed"))["result"] == most


def test_the_text_of_a_flow_is_bounded(tmp_path):
    def nested(n):
        return HEAD + ":flow '" + "[" * n + "]" * n + "}"

    depth = greatest(lambda n: not codes(tmp_path, nested(n)), 400, 600)
    assert depth in (510, 511, 512)  # the flow's map and its quote are levels too
    assert codes(tmp_path, nested(depth + 1)) == {"clojure_reader_invalid"}

    def described(n):
        return HEAD + f':description "{"x" * n}" :flow \'1}}'

    most = greatest(lambda n: not codes(tmp_path, described(n)), 150000, 160000)
    assert len(described(most)) == 150 * 1024 and codes(tmp_path, described(most + 1)) == {"too_large"}

    def packaged(n):
        steps = " ".join(f"{{:id :p/s{i} :type :kv :operation :get}}" for i in range(n))
        return HEAD + f":steps [{steps}] :flow '1}}"

    assert not codes(tmp_path, packaged(49)) and not codes(tmp_path, packaged(50))
    assert codes(tmp_path, packaged(51))
