"""`weir fmt`: files are formatted whole or not at all, and what cannot be read is said with its place."""
import json
import os
import shutil
import subprocess

from harness import BIN, EXAMPLES, environment

UNTIDY = """{:slug :tidy
:name   "Tidy" ; a comment
 :concurrency {:type :singleton
 :on-new-version :coexist}
:flow '(let [input (flow/input)]
(:x input)
) }
"""
TIDY = """{:slug :tidy
 :name "Tidy" ; a comment
 :concurrency {:type :singleton
               :on-new-version :coexist}
 :flow '(let [input (flow/input)]
          (:x input))}
"""


def weir(*arguments, stdin=None):
    done = subprocess.run([str(BIN / "weir"), *map(str, arguments)], input=stdin, capture_output=True, check=False,
                          timeout=60, env=environment(), text=stdin is None or isinstance(stdin, str))
    return done.returncode, done.stdout


def test_a_file_is_formatted_in_place_and_a_second_time_nothing_changes(tmp_path):
    path = tmp_path / "flow.clj"
    path.write_text(UNTIDY)
    path.chmod(0o640)
    code, out = weir("fmt", path)
    assert code == 0
    assert json.loads(out) == {"ok": True, "data": {"files": [{"path": str(path), "changed": True}], "changed": 1}}
    assert path.read_text() == TIDY
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["flow.clj"]
    before = path.stat().st_ino
    code, out = weir("fmt", path)
    assert code == 0 and json.loads(out)["data"]["changed"] == 0
    assert path.stat().st_ino == before


def test_check_writes_nothing_and_says_which_would_change(tmp_path):
    untidy, tidy = tmp_path / "untidy.clj", tmp_path / "tidy.clj"
    untidy.write_text(UNTIDY)
    tidy.write_text(TIDY)
    code, out = weir("fmt", "--check", untidy, tidy)
    answer = json.loads(out)
    assert code == 1 and answer["error"]["code"] == "not_formatted"
    assert [file["changed"] for file in answer["error"]["details"]["files"]] == [True, False]
    assert untidy.read_text() == UNTIDY
    assert weir("fmt", "--check", tidy)[0] == 0


def test_diff_writes_nothing_and_says_what_would_change(tmp_path):
    untidy, tidy = tmp_path / "untidy.clj", tmp_path / "tidy.clj"
    untidy.write_text(UNTIDY)
    tidy.write_text(TIDY)
    code, out = weir("fmt", "--diff", untidy, tidy)
    answer = json.loads(out)
    assert code == 1 and answer["error"]["code"] == "not_formatted"
    [first, second] = answer["error"]["details"]["files"]
    assert first["changed"] and first["stat"] == {"additions": 4, "deletions": 5, "hunks": 1}
    assert first["diff"].startswith(f"--- {untidy}\n+++ {untidy}\n@@ -1,7 +1,6 @@\n {{:slug :tidy\n-:name   \"Tidy\"")
    assert second == {"path": str(tidy), "changed": False}
    assert untidy.read_text() == UNTIDY
    assert weir("fmt", "--diff", tidy) == (0, json.dumps(
        {"ok": True, "data": {"files": [{"path": str(tidy), "changed": False}], "changed": 0}}, separators=(",", ":")) + "\n")


def test_a_raw_diff_is_what_patch_takes(tmp_path):
    untidy = tmp_path / "untidy.clj"
    untidy.write_text(UNTIDY)
    code, out = weir("fmt", "--diff", "--raw", untidy)
    assert code == 1
    diff = tmp_path / "fmt.diff"
    diff.write_text(out)
    if shutil.which("git"):
        subprocess.run(["git", "apply", "-p", str(len(tmp_path.parts)), str(diff)], cwd=tmp_path, check=True)
        assert untidy.read_text() == TIDY
    assert weir("fmt", "--diff", "--raw", "-", stdin=TIDY) == (0, "")
    code, out = weir("fmt", "--diff", "--raw", "-", stdin=UNTIDY)
    assert code == 1 and out.startswith("--- stdin\n+++ stdin\n@@ ")
    assert json.loads(weir("fmt", "--diff", "--raw", "-", stdin="(a")[1])["error"]["code"] == "clojure_delimiters_invalid"
    assert weir("fmt", "--raw", untidy)[0] == 2


def test_stdin_is_formatted_to_stdout(tmp_path):
    assert weir("fmt", "-", stdin=UNTIDY) == (0, TIDY)
    assert weir("fmt", "-", stdin="") == (0, "")
    code, out = weir("fmt", "-", "--check", stdin=UNTIDY)
    assert code == 1 and json.loads(out)["error"]["code"] == "not_formatted"
    code, out = weir("fmt", "-", stdin="(a\n [b)")
    answer = json.loads(out)["error"]
    assert code == 1 and answer["code"] == "clojure_delimiters_invalid"
    assert (answer["line"], answer["column"]) == (2, 4)
    assert weir("fmt", "-", tmp_path / "x.clj", stdin="")[0] == 2


def test_a_file_that_does_not_read_is_untouched_and_the_others_are_formatted(tmp_path):
    broken, untidy = tmp_path / "broken.clj", tmp_path / "untidy.clj"
    broken.write_text("{:slug :x\n :name  (str 1]}\n")
    untidy.write_text(UNTIDY)
    code, out = weir("fmt", broken, untidy)
    answer = json.loads(out)
    assert code == 1 and answer["error"]["code"] == "clojure_delimiters_invalid"
    assert str(broken) in answer["error"]["message"] and answer["hint"]
    [first, second] = answer["error"]["details"]["files"]
    [diagnostic] = first["diagnostics"]
    assert (diagnostic["line"], diagnostic["column"], diagnostic["byteOffset"]) == (2, 15, 24)
    assert not first["changed"] and second["changed"]
    assert broken.read_text() == "{:slug :x\n :name  (str 1]}\n"
    assert untidy.read_text() == TIDY


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    code, out = weir("fmt", tmp_path / "nowhere.clj")
    assert code == 2 and json.loads(out)["error"]["code"] == "not_found"
    assert weir("fmt")[0] == 2


def test_a_symbolic_link_stays_one(tmp_path):
    path, link = tmp_path / "flow.clj", tmp_path / "link.clj"
    path.write_text(UNTIDY)
    link.symlink_to(path)
    assert weir("fmt", link)[0] == 0
    assert link.is_symlink() and path.read_text() == TIDY


def test_what_is_too_deep_too_large_or_no_text_is_refused(tmp_path):
    for name, content, expected in [("deep", b"(" * 100000 + b")" * 100000, "clojure_reader_invalid"),
                                    ("quoted", b"'" * 100000 + b"a", "clojure_reader_invalid"),
                                    ("large", b"[" + b"1 " * 5 * 1024 * 1024 + b"]", "too_large"),
                                    ("bytes", b"\xff\xfe(", "invalid_utf8")]:
        path = tmp_path / name
        path.write_bytes(content)
        code, out = weir("fmt", path)
        assert code == 1 and json.loads(out)["error"]["code"] == expected
        assert path.read_bytes() == content


def test_the_examples_are_formatted():
    paths = sorted(EXAMPLES.glob("*.clj"))
    assert paths and weir("fmt", "--check", *paths)[0] == 0


def test_many_files_are_one_answer(tmp_path):
    paths = [tmp_path / f"{number}.clj" for number in range(40)]
    for path in paths:
        path.write_text(UNTIDY)
    code, out = weir("fmt", *paths)
    assert code == 0 and json.loads(out)["data"]["changed"] == 40
    assert all(path.read_text() == TIDY for path in paths)
