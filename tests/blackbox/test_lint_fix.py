"""`weir lint --fix`: what has one obvious repair is repaired in the file, reported, and nothing else is touched."""
import json
import os
import subprocess

import pytest
from flows import flow
from harness import BIN, EXAMPLES, environment

SOURCE = (EXAMPLES / "order-review.clj").read_text(encoding="utf-8")


def lint(*arguments, stdin=None):
    done = subprocess.run([str(BIN / "weir"), "lint", *map(str, arguments)], input=stdin, capture_output=True,
                          check=False, timeout=60, env=environment(), text=True)
    answer = json.loads(done.stdout)
    return done.returncode, answer.get("data") or answer["error"].get("details") or answer["error"]


@pytest.fixture(name="file")
def fixture_file(tmp_path):
    path = tmp_path / "flow.clj"

    def write(*changes, source=SOURCE):
        for old, new in changes:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        path.write_text(source, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


def test_names_with_one_near_name_are_repaired_and_the_rest_is_the_same(file):
    path = file(("(reduce + 0", "(redcue + 0"), (":http :fetch-order", ":htpp :fetch-order"), (":ref   :totals", ":ref   :totls"))
    code, answer = lint(path)
    assert code == 1 and {d["code"] for d in answer["diagnostics"]} >= {"unknown_step_type", "unknown_function", "unknown_symbol"}
    code, answer = lint("--fix", path)
    assert code == 0 and answer["valid"] and answer["written"] and answer["diagnostics"] == []
    assert sorted((f["code"], f["line"], f["column"], f["from"], f["to"]) for f in answer["fixed"]) == [
        ("unknown_function", 71, 37, ":totls", ":totals"),
        ("unknown_step_type", 62, 29, ":htpp", ":http"),
        ("unknown_symbol", 51, 30, "redcue", "reduce"),
    ]
    assert path.read_text(encoding="utf-8") == SOURCE
    assert path.stat().st_mode & 0o777 == 0o600 and os.listdir(path.parent) == ["flow.clj"]


def test_a_missing_bracket_is_put_where_the_indentation_says(file):
    path = file(("[:order :customer])", "[:order :customer]"))
    code, answer = lint("--fix", path)
    assert code == 0 and answer["fixed"] == [
        {"code": "clojure_delimiters_invalid", "line": 53, "column": 62, "from": "", "to": ")"}]
    assert path.read_text(encoding="utf-8") == SOURCE


def test_every_closing_bracket_of_the_example_can_be_lost_at_the_end_of_its_line(file):
    lines = SOURCE.splitlines(keepends=True)
    tried = 0
    for number, line in enumerate(lines):
        if line.lstrip().startswith(";") or line[-2:-1] not in (")", "]", "}"):
            continue
        path = file(source="".join(lines[:number] + [line[:-2] + "\n"] + lines[number + 1:]))
        code, answer = lint("--fix", path)
        assert code == 0 and len(answer["fixed"]) == 1, line
        assert path.read_text(encoding="utf-8") == SOURCE
        tried += 1
    assert tried > 30


def test_five_hundred_findings_are_repaired_in_one_go(file):
    calls = "\n".join(f"(idnetity {number})" for number in range(500))
    path = file(source=flow("many", f"(do {calls})"))
    code, answer = lint("--fix", path)
    assert code == 0 and answer["valid"] and len(answer["fixed"]) == 500 and "moreFixes" not in answer
    assert path.read_text(encoding="utf-8") == flow("many", f"(do {calls})".replace("idnetity", "identity"))


def test_dry_run_shows_it_and_writes_nothing(file):
    path = file(("(reduce + 0", "(redcue + 0"))
    before = path.read_text(encoding="utf-8")
    code, answer = lint("--fix", "--dry-run", path)
    assert code == 0 and answer["valid"] and not answer["written"]
    assert [f["to"] for f in answer["fixed"]] == ["reduce"]
    assert path.read_text(encoding="utf-8") == before


def test_what_cannot_be_repaired_is_still_said(file):
    path = file(("(reduce + 0", "(redcue + 0"), ("(vec items)", "(frobnicate items)"))
    code, answer = lint("--fix", path)
    assert code == 1 and not answer["valid"] and answer["written"]
    [diagnostic] = answer["diagnostics"]
    assert diagnostic["code"] == "unknown_symbol" and diagnostic["form"] == "frobnicate" and "fix" not in diagnostic
    assert "(reduce + 0" in path.read_text(encoding="utf-8")


def test_a_file_without_errors_is_not_written(file):
    path = file()
    before = path.stat().st_ino
    code, answer = lint("--fix", path)
    assert code == 0 and answer["fixed"] == [] and not answer["written"]
    assert path.stat().st_ino == before


def test_a_diagnostic_carries_its_fix_as_data(file):
    path = file(("(reduce + 0", "(redcue + 0"))
    _, answer = lint(path)
    [diagnostic] = answer["diagnostics"]
    [edit] = diagnostic["fix"]["edits"]
    text = path.read_bytes()
    assert edit["byteOffset"] == diagnostic["byteOffset"] and text[edit["byteOffset"]:edit["byteEnd"]] == b"redcue"
    assert text[:edit["byteOffset"]] + edit["text"].encode() + text[edit["byteEnd"]:] == SOURCE.encode()


def test_an_older_trigger_becomes_an_interface_that_starts_runs(weir, file):
    source = """{:slug :older
 :name "Older"
 :concurrency {:type :singleton :on-new-version :coexist}
 :invocations {:default {:inputs []}}
 ;; started by hand
 :triggers [{:type :manual :label "Run it" :enabled true :config {}}]
 :flow '{:answer 42}}
"""
    path = file(source=source)
    code, answer = lint("--fix", path)
    assert code == 0 and [f["code"] for f in answer["fixed"]] == ["deprecated_manual_trigger"] and not answer["diagnostics"]
    assert path.read_text(encoding="utf-8") == source.replace(
        ':triggers [{:type :manual :label "Run it" :enabled true :config {}}]',
        ':interfaces {:manual [{:id :manual :label "Run it" :invocation :default :enabled true}]}')
    weir.cli("flows", "push", path, "--release")
    run = weir.cli("flows", "run", "older", "--wait")["data"]["run"]
    assert run["result"] == {"answer": 42}


def test_the_server_sends_the_fix_too(weir, tmp_path):
    path = tmp_path / "flow.clj"
    path.write_text(flow("typo", "(idnetity 1)"))
    details = weir.cli("flows", "lint", path, code=1)["data"]
    [diagnostic] = [d for d in details["diagnostics"] if d["severity"] == "error"]
    assert [edit["text"] for edit in diagnostic["fix"]["edits"]] == ["identity"]


def test_several_files_are_one_answer(file, tmp_path):
    broken = file(("(reduce + 0", "(redcue + 0"))
    good = tmp_path / "good.clj"
    good.write_text(SOURCE, encoding="utf-8")
    code, answer = lint(broken, good)
    assert code == 1 and [f["valid"] for f in answer["files"]] == [False, True]
    code, answer = lint("--fix", broken, good)
    assert code == 0 and [f["written"] for f in answer["files"]] == [True, False]
    code, answer = lint(good, tmp_path / "nowhere.clj")
    assert code == 2 and answer["files"][1]["diagnostics"][0]["code"] == "not_found"


def test_a_person_sees_what_was_fixed_and_what_remains(file, tmp_path):
    broken = file(("(reduce + 0", "(redcue + 0"), ("(vec items)", "(frobnicate items)"))
    good = tmp_path / "good.clj"
    good.write_text(SOURCE, encoding="utf-8")

    def shown(*arguments):
        answer = subprocess.run([str(BIN / "weir"), *map(str, arguments)], capture_output=True, check=False, timeout=60,
                                env=environment()).stdout
        return subprocess.run([str(BIN / "weir"), "render"], input=answer, capture_output=True, check=True, timeout=60,
                              env=environment(NO_COLOR="1")).stdout.decode().splitlines()

    lines = shown("lint", "--fix", "--dry-run", broken)
    assert "51:30  fixed unknown_symbol: redcue is now reduce" in lines
    assert any(line.startswith("54:31  unknown_symbol  unknown symbol frobnicate") for line in lines)
    lines = shown("lint", broken, good)
    assert f"{broken}  not valid" in lines and f"{good}  valid" in lines
    assert f"{good}  stays" in shown("fmt", "--check", good, broken)


def test_what_fix_does_not_take_is_a_usage_error(file):
    assert lint("--dry-run", file())[0] == 2
    assert lint("--fix", "-", stdin=SOURCE)[0] == 2


def test_what_is_no_flow_stays_as_it_is(tmp_path):
    for name, content in [("deep", b"(" * 100000), ("closed", b")" * 100000), ("bytes", b"\xff("), ("empty", b""),
                          ("large", b"[" + b"1 " * 4 * 1024 * 1024)]:
        path = tmp_path / name
        path.write_bytes(content)
        code, answer = lint("--fix", path)
        assert code == 1 and answer["fixed"] == [] and path.read_bytes() == content


HEAD = """{:slug :parts
 :name "Parts"
 :concurrency {:type :singleton :on-new-version :coexist}
 :invocations {:default {}}
 :interfaces {:manual [{:id :run :invocation :default}]}
"""


@pytest.fixture(name="files")
def fixture_files(tmp_path):
    def write(**files):
        for name, content in files.items():
            path = tmp_path / (name.replace("__", "/") + ".clj")
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return tmp_path / "flow.clj"

    return write


def test_an_included_file_is_repaired_where_it_is(files, tmp_path):
    flow_text = HEAD + ' :functions [#flow/include "parts/f.clj"]\n :flow #flow/include "parts/body.clj"}\n'
    body = "\ufeff'(let [å (flow/input)]\n   (flow/step :function :a\n     {:ref :totls :input {:x (firts [å])}}))\n"
    path = files(flow=flow_text, parts__f="{:id :totals\n :code '(fn [x] (icn (:x x)))} ; adds\n", parts__body=body)
    before = path.stat().st_ino
    code, answer = lint("--fix", path)
    assert code == 0 and answer["valid"] and answer["written"] and answer["diagnostics"] == []
    assert [(f["code"], f["file"][len(str(tmp_path)) + 1:], f["line"], f["column"], f["from"], f["to"]) for f in
            sorted(answer["fixed"], key=lambda f: f["to"])] == [
        ("unknown_function", "parts/body.clj", 3, 12, ":totls", ":totals"),
        ("unknown_symbol", "parts/body.clj", 3, 31, "firts", "first"),
        ("unknown_symbol", "parts/f.clj", 2, 18, "icn", "inc")]
    assert path.read_text(encoding="utf-8") == flow_text and path.stat().st_ino == before
    assert (tmp_path / "parts/body.clj").read_text(encoding="utf-8") == body.replace("firts", "first").replace("totls", "totals")
    assert (tmp_path / "parts/f.clj").read_text() == "{:id :totals\n :code '(fn [x] (inc (:x x)))} ; adds\n"
    assert sorted(os.listdir(tmp_path / "parts")) == ["body.clj", "f.clj"]


def test_a_file_that_is_included_twice_is_repaired_once(files, tmp_path):
    path = files(flow=HEAD + ' :flow \'[#flow/include "a.clj" (flow/input) #flow/include "a.clj" (idnetity 1)]}\n',
                 a='(let [x 1]\n  [(redcue + [x]) #flow/include "b.clj"])', b="(icn 1)")
    code, answer = lint("--fix", path)
    assert code == 0 and sorted((f["line"], f["from"], f["to"]) for f in answer["fixed"]) == [
        (1, "icn", "inc"), (2, "redcue", "reduce"), (6, "idnetity", "identity")]
    assert "(identity 1)" in path.read_text()
    assert (tmp_path / "a.clj").read_text() == '(let [x 1]\n  [(reduce + [x]) #flow/include "b.clj"])'
    assert (tmp_path / "b.clj").read_text() == "(inc 1)"


def test_a_fix_that_is_wrong_at_another_place_of_the_same_file_is_not_made(files, tmp_path):
    path = files(flow=HEAD + ' :flow \'[(let [totals 1] #flow/include "a.clj")\n  (let [totls 1] #flow/include "a.clj")]}\n',
                 a="(inc totls)")
    code, answer = lint("--fix", path)
    assert code == 1 and not answer["written"] and answer["fixed"] == []
    [diagnostic] = [d for d in answer["diagnostics"] if d["severity"] == "error"]
    assert diagnostic["file"] == str(tmp_path / "a.clj") and (tmp_path / "a.clj").read_text() == "(inc totls)"


def test_brackets_are_put_right_in_the_file_that_lacks_them(files, tmp_path):
    path = files(flow=HEAD + ' :flow #flow/include "body.clj"}\n',
                 body="'(let [x 1\n       y (icn x]\n   (+ x\n      y))\n")
    code, answer = lint(path)
    assert code == 1 and all("fix" not in d for d in answer["diagnostics"])
    code, answer = lint("--fix", "--dry-run", path)
    assert code == 0 and not answer["written"] and [(f["line"], f["column"], f["to"]) for f in answer["fixed"]] == [
        (2, 16, ")"), (2, 11, "inc")]
    assert "(icn x]" in (tmp_path / "body.clj").read_text()
    assert lint("--fix", path)[0] == 0
    assert (tmp_path / "body.clj").read_text() == "'(let [x 1\n       y (inc x)]\n   (+ x\n      y))\n"
    assert lint(path)[0] == 0


def test_a_bracket_that_is_missing_at_the_end_of_a_file_is_put_there(files, tmp_path):
    path = files(flow=HEAD + ' :flow #flow/include "body.clj"}\n', body="'(let [x 1]\n   (+ x\n      2)")
    assert lint("--fix", path)[0] == 0
    assert (tmp_path / "body.clj").read_text() == "'(let [x 1]\n   (+ x\n      2))"
    assert path.read_text() == HEAD + ' :flow #flow/include "body.clj"}\n'


def test_when_one_file_cannot_be_written_the_others_are_as_they_were(files, tmp_path):
    path = files(flow=HEAD + ' :flow \'[#flow/include "a.clj" #flow/include "p/b.clj"]}\n', a="(icn 1)", p__b="(dce 1)")
    if os.geteuid() == 0:
        subprocess.run(["chattr", "+i", str(tmp_path / "p")], check=False, capture_output=True)
    else:
        (tmp_path / "p").chmod(0o500)
    try:
        code, answer = lint("--fix", path)
        written = (tmp_path / "p/b.clj").read_text() == "(dec 1)"
        assert (code, written) in ((2, False), (0, True))  # a file system without such a flag, for root
        assert (tmp_path / "a.clj").read_text() == ("(inc 1)" if written else "(icn 1)")
    finally:
        subprocess.run(["chattr", "-i", str(tmp_path / "p")], check=False, capture_output=True)
        (tmp_path / "p").chmod(0o700)
