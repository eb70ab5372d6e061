"""`weir doc`: the reference of the flow language on the command line."""
import json
import subprocess

from harness import BIN, environment


def doc(*arguments, code=0):
    done = subprocess.run([str(BIN / "weir"), "doc", *arguments], capture_output=True, text=True, check=False,
                          timeout=60, env=environment())
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def answer(*arguments, code=0):
    return json.loads(doc(*arguments, code=code))


def test_a_name_is_explained_with_arities_and_examples():
    data = answer("assoc")["data"]
    assert data["name"] == "assoc" and data["section"] == "Maps" and data["definedBy"] == "native"
    assert data["arities"] == ["(assoc m k v & kvs)"]
    assert {"expression": "(assoc nil :a 1)", "value": "{:a 1}"} in data["examples"]


def test_the_examples_are_what_eval_answers():
    for example in answer("merge-with")["data"]["examples"]:
        done = subprocess.run([str(BIN / "weir"), "eval", "--raw", example["expression"]], capture_output=True,
                              text=True, check=True, timeout=60, env=environment())
        assert done.stdout.strip() == example["value"]


def test_short_and_full_names_are_the_same():
    assert answer("str/join") == answer("clojure.string/join")
    assert answer("clojure.core/map") == answer("map")


def test_full_shows_a_definition_of_the_prelude():
    assert "definition" not in answer("complement")["data"]
    assert answer("complement", "--full")["data"]["definition"].startswith("(defn complement")


def test_flow_calls_and_special_forms_are_explained_too():
    assert answer("flow/poll")["data"]["definedBy"] == "run"
    assert answer("if-let")["data"]["definedBy"] == "compiler"
    [example] = [e for e in answer("flow/now-ms")["data"]["examples"]]
    assert example["answers"] == "[1577934245000]"


def test_what_is_not_there_is_refused_with_what_to_do():
    refused = answer("println", code=1)
    assert refused["error"]["code"] == "not_found" and "return the value" in refused["hint"]
    assert "reduce" in answer("redcue", code=1)["hint"]


def test_without_a_name_all_names_are_listed_by_section():
    sections = {section["title"]: section["names"] for section in answer()["data"]["sections"]}
    assert "flow/step" in sections["Flow calls"] and "clojure.set/union" in sections["clojure.set"]
    assert sum(len(names) for names in sections.values()) > 500


def test_search_finds_names_by_what_they_do():
    names = [found["name"] for found in answer("--search", "uuid")["data"]["names"]]
    assert {"flow/uuid", "parse-uuid", "breyta.sandbox/uuid-from"} <= set(names)
    assert answer("--search", "no such words")["data"]["names"] == []
    assert answer("map", "--search", "x", code=2)["error"]["code"] == "bad_request"


def test_the_page_is_what_the_repository_holds():
    page = doc("--markdown")
    assert page.startswith("# The flow language: reference") and "### `flow/parallel`" in page
