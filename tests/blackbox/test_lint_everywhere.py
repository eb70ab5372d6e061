"""The command without a server, flows.lint and a push say the same of a flow."""
import json
import subprocess

from flows import flow
from harness import BIN, EXAMPLES, environment

HEAD = '{:slug :a :name "A" :concurrency {:type :singleton :on-new-version :coexist} '
SOURCES = [
    flow("fine", "{:ok true}"),
    flow("wrong", "(do (frobnicate 1) (map incr [1]) (->> [1] (reduce +)))"),
    flow("open", "(let [a 1] (a"),
    flow("tokens", "(do {:a 1 :a 2} 1.2.3 \\newlin #inst \"x\" (str \"\\d\"))"),
    flow("steps", '(do (flow/step :htpp :a {}) (flow/step :http :b {:ulr "x" :timeout "soon"}) (flow/step :wait :c {:approval 5}))'),
    flow("arity", "(let [f (fn [a] a)] (f 1 2) (count) (5 1))"),
    HEAD + ':schedules [{:id :x :cron "0 25 * * *"} {:id :y :cron "@daily" :timezone "Europe/Olso"}] :flow \'(flow/input)}',
    HEAD + ":triggers [{:type :manual} {:type :event :config {:event-name \"x\"}}] :requires [{:slot :a}] :flow '1}",
    HEAD + ":functions [{:id :f :code \"(fn [x] (nope x))\"}] :templates [{:id :t :type :http-request :request {:url \"{{x\"}}] :flow '1}",
    HEAD + ":interfaces {:webhook [{:id :h :path \"p\"}] :mcp [{:tool-name \"x\"}]} :agents [{:id :a/b}] :flow '(range)}",
    HEAD + ':flow \'(flow/step :http :a {:url "https://x.example" :headers {"Authorization" "Bearer 0123456789abcdef"}})}',
    "", "; nothing", "[1]", "{}", "{:slug :a} {:b 1}", "\u00e5\u00e4\u00f6 (", "(" * 600,
]


def lint(path, *options):
    done = subprocess.run([str(BIN / "weir"), "lint", str(path), *options], capture_output=True, env=environment(), timeout=60)
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["ok"] else 1), done
    return answer["data"] if answer["ok"] else answer["error"]["details"]


def told(diagnostics, stage):
    assert all(d["stage"] == stage and d["hint"] and d["line"] >= 1 and d["column"] >= 1 for d in diagnostics)
    return [{k: v for k, v in d.items() if k != "stage"} for d in diagnostics]


def test_every_door_says_the_same(weir, tmp_path):
    path = tmp_path / "flow.clj"
    files = [p.read_text() for p in sorted(EXAMPLES.glob("*.clj"))]
    assert len(files) >= 3
    for source in SOURCES + files:
        for strict in ([], ["--strict"]):
            path.write_text(source, encoding="utf-8")
            local = lint(path, *strict)
            here = told(local["diagnostics"], "local")
            arguments = {"flowLiteral": source, **({"strict": True} if strict else {})}
            if source:
                there = weir.command("flows.lint", arguments)
                assert told(there["diagnostics"], "server") == here, source
                assert there["valid"] == local["valid"]
            if local["valid"]:
                continue
            _, error = weir.refused("flows.put_draft", arguments)
            assert told(error["details"]["diagnostics"], "server") == here, source


def test_a_push_tells_places_of_included_files(weir, tmp_path):
    (tmp_path / "body.clj").write_text("'(do\n  (frobnicate))\n")
    path = tmp_path / "flow.clj"
    path.write_text(HEAD + ' :flow #flow/include "body.clj"}')
    answer = weir.cli("flows", "push", path, code=1)
    [error] = [d for d in answer["error"]["details"]["diagnostics"] if d["severity"] == "error"]
    assert (error["line"], error["column"]) == (2, 4) and error["file"].endswith("body.clj")
    assert (answer["error"]["line"], answer["error"]["column"]) == (2, 4)
    lint = weir.cli("flows", "lint", path, code=1)["data"]["diagnostics"]
    assert [d["file"] for d in lint if d["severity"] == "error"] == [error["file"]]
    (tmp_path / "body.clj").write_text("'(flow/input)")
    weir.cli("flows", "push", path)
    assert "(flow/input)" in weir.command("flows.get", {"flowSlug": "a", "source": "draft", "includeFlowLiteral": True})["flowLiteral"]
