"""The command line as a person and a program meet it: help, refusals, exit codes."""
import json
import subprocess

from flows import flow
from harness import BIN, environment


def weir_alone(*arguments):
    """The exit code and the JSON of a call that needs no server."""
    done = subprocess.run([str(BIN / "weir"), *arguments], capture_output=True, text=True, check=False, timeout=30,
                          env=environment())
    return done.returncode, json.loads(done.stdout)


def test_help_of_a_command_names_its_options():
    for arguments in (["help", "flows", "push"], ["flows", "push", "--help"], ["flows", "push", "x.clj", "--help"]):
        code, answer = weir_alone(*arguments)
        assert code == 0
        [command] = answer["data"]["commands"]
        assert command["command"] == "flows push"
        assert {option["option"] for option in command["options"]} == {"release", "note"}


def test_help_of_a_group_lists_its_commands():
    code, answer = weir_alone("runs", "--help")
    assert code == 0
    assert [c["command"] for c in answer["data"]["commands"]] == [
        "runs start", "runs list", "runs show", "runs events", "runs cancel"]


def test_help_of_an_unknown_command_is_a_usage_error():
    for arguments in (["help", "nosuch"], ["nosuch", "--help"], ["help", "flows", "nosuch"]):
        code, answer = weir_alone(*arguments)
        assert code == 2 and not answer["ok"]


def test_an_unknown_option_is_answered_on_stdout():
    code, answer = weir_alone("flows", "list", "--nosuch")
    assert code == 2 and "--nosuch" in answer["error"]["message"]
    code, answer = weir_alone("flows", "list", "--limit")
    assert code == 2 and "--limit" in answer["error"]["message"]


def test_no_server_is_exit_code_3():
    code, answer = weir_alone("flows", "list", "--api", "http://127.0.0.1:1")
    assert code == 3 and answer["error"]["code"] == "connect_failed"


def test_exit_codes_of_runs_that_end(weir, tmp_path):
    weir.push(flow("bad", '(throw (ex-info "no" {}))'))
    assert weir.cli("flows", "run", "bad", "--wait", "--input", '{"key": "k"}', code=4)["data"]["run"]["status"] == "failed"
    weir.cli("runs", "show", "nope", code=1)
    assert weir.cli("flows", "pull", "bad", "--out", "-")["data"]["flowLiteral"].startswith("{:slug :bad")
    weir.cli("flows", "pull", "bad", "--out", tmp_path / "bad.clj")
    assert (tmp_path / "bad.clj").read_text().startswith("{:slug :bad")


def test_the_starter_runs(weir, tmp_path):
    weir.cli("init", tmp_path / "new")
    source = tmp_path / "new" / "flows" / "hello.clj"
    assert weir.cli("lint", "--strict", source)["data"]["valid"]
    weir.cli("flows", "push", source, "--release")
    run = weir.cli("flows", "run", "hello", "--input", '{"name": "Ada"}', "--wait")["data"]["run"]
    [wait] = weir.cli("waits", "list", "--workflow", run["workflowId"])["data"]["waits"]
    weir.cli("waits", "approve", wait["waitId"])
    run = weir.cli("runs", "show", run["workflowId"], "--wait")["data"]["run"]
    assert run["status"] == "completed" and run["result"] == {"greeting": "Hello, Ada!"}


def test_a_token_of_an_unknown_role_is_not_made(weir):
    done = subprocess.run([BIN / "weir-server", "token", "--data", weir.data, "--role", "boss"], check=False,
                          capture_output=True, text=True, env=environment())
    assert done.returncode != 0 and "boss" in done.stderr and "viewer" in done.stderr


def server_alone(*arguments):
    done = subprocess.run([BIN / "weir-server", *arguments], check=False, capture_output=True, text=True, timeout=30,
                          env=environment())
    return done.returncode, done.stderr


def test_a_server_that_cannot_start_says_why_at_once(tmp_path):
    code, errors = server_alone("up", "--data", tmp_path / "data", "--port", "0", "--egress-allow", "300.1.2.3/8")
    assert code != 0 and "300.1.2.3/8" in errors and len(errors.splitlines()) == 1
    for command in ("run", "token"):
        code, errors = server_alone(command, "--data", tmp_path / "nowhere")
        assert code != 0 and "there is no installation at" in errors and "weir up" in errors


def test_an_expression_is_evaluated_alone_and_whole(weir):
    assert weir.cli("eval", "(+ 1 2) ; three")["data"]["value"] == "3"
    assert weir.cli("eval", "--", "-5")["data"]["value"] == "-5"
    for source, place in (("(+ 1 2)) 3", (1, 8)), ("1\n 2", (2, 2)), ("1 [", (1, 3))):
        error = weir.cli("eval", source, code=1)["error"]
        assert (error["line"], error["column"]) == place, error
    assert "such as" in weir.cli("eval", "; nothing", code=1)["hint"]
