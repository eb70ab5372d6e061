"""#flow/include: the command puts files in place, and tells places in the file the person sees."""
import json
import subprocess

import pytest

from harness import BIN, environment

HEAD = '{:slug :parts :name "Parts" :concurrency {:type :singleton :on-new-version :coexist}\n :invocations {:default {}}\n' \
       ' :interfaces {:manual [{:id :run :invocation :default}]}\n'


def lint(path, code=None, cwd=None, stdin=None):
    done = subprocess.run([str(BIN / "weir"), "lint", str(path)], capture_output=True, env=environment(), cwd=cwd,
                          input=stdin, timeout=60)
    assert done.returncode in (0, 1, 2) and (code is None or done.returncode == code), done
    return json.loads(done.stdout)


def errors(answer):
    return [d for d in answer["error"]["details"]["diagnostics"] if d["severity"] == "error"]


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            data = content if isinstance(content, bytes) else content.encode()
            path.with_suffix(".clj").write_bytes(data)
        return tmp_path / "flow.clj"
    return write


def test_a_file_is_put_in_place_from_beside_the_one_that_names_it(folder):
    path = folder(flow=HEAD + ' :functions [#flow/include "parts/f.clj"] :flow #flow/include "parts/body.clj"}',
                  parts__f="{:id :f :code #flow/include \"code.clj\"} ; the code is beside this file",
                  parts__code="'(fn [x] (inc x))",
                  parts__body='\ufeff\'(flow/step :function :a {:ref :f :input {:text "#flow/include \\"no\\""}}) ; #flow/include "no"')
    assert lint(path, 0)["data"]["diagnostics"] == []
    assert "#flow/include" in path.read_text()


def test_a_place_in_an_included_file_is_told_with_its_name(folder):
    path = folder(flow=HEAD + ' :flow #flow/include "parts/body.clj"\n :schedules [{:id :a :cron "x"}]}',
                  parts__body="'(let [å 1]\n   (frobnicate å))\n")
    found = errors(lint(path, 1))
    cron = path.read_bytes().index(b'"x"')
    assert [(d["code"], d["line"], d["column"], d["byteOffset"], d.get("file", "")[-14:]) for d in found] == [
        ("unknown_symbol", 2, 5, 17, "parts/body.clj"), ("cron_invalid", 5, 28, cron, "")]


def test_brackets_of_an_included_file_are_told_in_it(folder):
    path = folder(flow=HEAD + ' :flow #flow/include "body.clj"}', body="'(let [a 1]\n  [a)")
    [found] = errors(lint(path, 1))
    assert found["code"] == "clojure_delimiters_invalid" and found["line"] == 2 and found["file"].endswith("body.clj")


def test_what_is_behind_an_include_has_its_place_in_the_flow(folder):
    path = folder(flow=HEAD + ' :flow (quote #flow/include "a.clj" ) :icon 5}', a="(do\n\n 1)")
    [found] = errors(lint(path, 1))
    assert (found["line"], "file" in found) == (4, False)
    assert (HEAD + ' :flow (quote #flow/include "a.clj" ) :icon 5}').encode()[found["byteOffset"]:].startswith(b"5}")


BAD = {
    "missing": ({"flow": '#flow/include "nowhere.clj"'}, "No such file"),
    "itself": ({"flow": '#flow/include "flow.clj"'}, "itself"),
    "a circle": ({"flow": '#flow/include "a.clj"', "a": '#flow/include "b/../b/c.clj"', "b__c": '#flow/include "../a.clj"'}, "itself"),
    "absolute": ({"flow": '#flow/include "/etc/hostname"'}, "relative"),
    "out of the folder": ({"flow": '#flow/include "../../../../../../etc/hostname"'}, "outside"),
    "a folder": ({"flow": '#flow/include "b"', "b__c": "1"}, "no file"),
    "no string": ({"flow": "#flow/include body.clj"}, "string"),
    "nothing": ({"flow": "#flow/include"}, "string"),
    "not UTF-8": ({"flow": '#flow/include "a.clj"', "a": b"\xff"}, "UTF-8"),
    "ten megabytes": ({"flow": '#flow/include "a.clj"', "a": b"; " * 5_000_000}, "3 MB"),
    "many times": ({"flow": '#flow/include "a.clj"', "a": '#flow/include "b.clj" ' * 1001, "b": "1"}, "1000"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_include_is_an_error_at_the_form(folder, tmp_path, name):
    files, words = BAD[name]
    (tmp_path / "b").mkdir()
    path = folder(**{**files, "flow": HEAD + " :flow " + files["flow"] + "}"})
    answer = lint(path, 2)
    assert answer["error"]["code"] == "flow_include_invalid" and words in answer["error"]["message"], answer
    assert answer["error"]["line"] >= 1 and answer["hint"]
    if "a" not in files:
        assert (answer["error"]["line"], answer["error"]["column"]) == (4, 8)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    path = folder(flow=HEAD + ' :flow #flow/include "link.clj"}')
    (tmp_path / "link.clj").symlink_to("/etc/hostname")
    assert "outside" in lint(path, 2)["error"]["message"]


def test_from_stdin_includes_are_looked_for_in_the_current_folder(folder, tmp_path):
    folder(flow="", body="'(flow/input)")
    assert lint("-", 0, cwd=tmp_path, stdin=(HEAD + ' :flow #flow/include "body.clj"}').encode())["data"]["valid"]
