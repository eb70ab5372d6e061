"""`weir repl`: at a terminal (a pty) and from a pipe."""
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time

import pytest
from harness import BIN, environment

SECONDS = 60
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>][0-9A-B]?")


class Terminal:
    """The REPL on a terminal of its own: what is typed, and what the screen got."""

    def __init__(self, home):
        self.screen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(str(BIN / "weir"), ["weir", "repl"], environment(HOME=str(home), TERM="xterm", COLUMNS="100"))
        self.expect("weir> ")

    def _read(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"nothing came; the screen: {self.text()!r}"
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other side is closed
            data = b""
        self.screen += data
        return data

    def text(self):
        return ESCAPES.sub(b"", self.screen).decode("utf-8", "replace").replace("\r", "")

    def expect(self, part):
        """Reads until the part is on the screen; answers what came up to it, and forgets that."""
        deadline = time.monotonic() + SECONDS
        while part not in self.text():
            assert self._read(deadline), f"it ended; the screen: {self.text()!r}"
        text = self.text()
        end = text.index(part) + len(part)
        self.screen = text[end:].encode()
        return text[:end]

    def type(self, text):
        os.write(self.fd, text.encode())

    def line(self, text, answer, prompt="weir> "):
        """Types a line; answers all that came until the prompt behind the answer."""
        self.type(text + "\n")
        return self.expect(answer) + self.expect(prompt)

    def end(self):
        """Reads to the end; answers the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def open_terminal():
        opened.append(Terminal(tmp_path))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def pipe(text, code=0):
    done = subprocess.run([str(BIN / "weir"), "repl"], input=text, capture_output=True, text=True, check=False,
                          timeout=SECONDS, env=environment())
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout, done.stderr


# From a pipe

def test_a_pipe_gets_a_line_for_each_form():
    out, err = pipe("(+ 1 2) :a\n{:b\n [1 \"x\"]}\n'done")
    assert out == '3\n:a\n{:b [1 "x"]}\ndone\n' and err == ""


def test_a_form_that_fails_makes_the_exit_code_1_and_the_others_run():
    out, err = pipe("(inc 1)\n(/ 1 0)\n(inc 2)\n", code=1)
    assert out == "2\n3\n"
    assert "(arithmetic)\n" in err


def test_an_error_shows_its_line_with_a_caret():
    _, err = pipe("1\n\n(let [a \"ø\"]\n  (str a (foo 1)))\n", code=1)
    assert "  4 |   (str a (foo 1)))\n    |           ^\n" in err and "unknown symbol foo" in err


def test_after_broken_brackets_the_next_form_is_evaluated():
    out, err = pipe("[1 2}\n(+ 1 1)\n", code=1)
    assert out == "2\n" and "clojure_delimiters_invalid" in err


def test_a_form_that_never_ends_is_an_error_at_the_end():
    out, err = pipe("1\n(+ 1 (* 2 3)\n", code=1)
    assert out == "1\n" and "  2 | (+ 1 (* 2 3)\n    | ^\n" in err


def test_values_and_errors_have_names():
    out, _ = pipe('1 2 3\n[*1 *2 *3]\n(throw (ex-info "no stock" {:sku 7}))\n(ex-data *e)\n', code=1)
    assert out == "1\n2\n3\n[3 2 1]\n{:sku 7}\n"


def test_let_binds_a_name_for_what_follows():
    out, _ = pipe(":let order {:id 7\n :items [1 2]}\n:let total (fn [o] (reduce + (:items o)))\n(total order)\n"
                  ":let order nil\norder\n")
    assert out.splitlines()[0] == "order = {:id 7, :items [1 2]}"
    assert out.splitlines()[2:] == ["3", "order = nil", "nil"]


def test_let_without_a_name_or_form_says_so():
    _, err = pipe(":let 5 6\n", code=1)
    assert "a name stands behind :let" in err
    _, err = pipe(":let x\n", code=1)
    assert "a name and a form stand behind :let" in err


def test_a_flow_call_says_that_it_needs_a_server():
    _, err = pipe("(flow/step :http :fetch {})\n", code=1)
    assert "flow/step cannot be called here" in err and "run it on a server" in err


def test_a_definition_says_what_to_use_instead():
    _, err = pipe("(def x 1)\n(defn f [x] x)\n", code=1)
    assert err.count(":let gives a name") == 2


def test_limits_of_a_run_hold():
    out, err = pipe("(loop [] (recur))\n(count (range 100))\n", code=1)
    assert "fuel_exhausted" in err and out == "100\n"
    assert "memory_exhausted" in pipe("(loop [v []] (recur (conj v (vec (range 1000)))))\n", code=1)[1]
    assert "depth_exceeded" in pipe("((fn f [n] (inc (f n))) 1)\n", code=1)[1]


def test_commands_work_in_a_pipe_too():
    out, _ = pipe(";; what is it?\n:doc nth\n  :source complement\n:source +\n:apropos UUID\n")
    assert "(nth coll index)" in out and "(nth [:a :b] 1)  ;; => :b" in out
    assert "(defn complement" in out and "+ is native" in out and "breyta.sandbox/uuid-from" in out


def test_unknown_names_are_refused_with_a_hint():
    _, err = pipe(":doc println\n:source nosuchthing\n:doc\n", code=1)
    assert "return the value" in err and "the flow language has no nosuchthing" in err and "usage: :doc name" in err


def test_a_keyword_that_is_no_command_is_a_value():
    assert pipe(":status\n[:doc]\n")[0] == ":status\n[:doc]\n"


def test_invalid_utf8_is_an_error():
    done = subprocess.run([str(BIN / "weir"), "repl"], input=b'"\xff"\n(+ 1 1)\n', capture_output=True, check=False,
                          timeout=SECONDS, env=environment())
    assert done.returncode == 1 and b"invalid_utf8" in done.stderr


def test_answers_come_form_by_form():
    with subprocess.Popen([str(BIN / "weir"), "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=environment()) as process:
        for n in range(3):
            process.stdin.write(f"(+ {n}\n 1)\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{n + 1}\n"
        process.stdin.close()
        assert process.wait(SECONDS) == 0


def test_a_large_input_is_read_in_pieces():
    forms = "".join(f'(count "{"x" * 500}{n}")\n' for n in range(400))
    assert pipe(forms)[0].count("\n") == 400
    assert pipe("(count [" + "\n 1" * 50000 + "])\n")[0] == "50000\n"
    assert pipe("(count [" + "\n 1" * 50000 + "])")[0] == "50000\n"
    assert pipe("(count [" + " 1" * 50000 + "])")[0] == "50000\n"


# At a terminal

def test_a_form_over_several_lines_is_evaluated_when_it_is_complete(terminal):
    screen = terminal()
    screen.line("(+ 1", "(+ 1", prompt="  ... ")
    screen.line("2)", "\n3\n")
    screen.type(":quit\n")
    assert screen.end() == 0


def test_errors_at_a_terminal_do_not_change_the_exit_code(terminal):
    screen = terminal()
    shown = screen.line("(str (/ 1 0))", "hint:")
    assert "  1 | (str (/ 1 0))\n    |      ^\n" in shown
    screen.line("(+ 1 1)", "\n2\n")
    screen.type("\x04")
    assert screen.end() == 0


def test_tab_completes_a_name(terminal):
    screen = terminal()
    screen.type("(frequ\t")
    screen.expect("frequencies")
    screen.line(' "aa")', "{\\a 2}")
    screen.type("(str/capi\t")
    screen.expect("str/capitalize")
    screen.line(' "abc")', '"Abc"')
    screen.line(":let my-long-name 41", "my-long-name = 41")
    screen.type("(inc my-\t")
    screen.expect("my-long-name")
    screen.line(")", "42")
    screen.type(":apro\t")
    screen.expect(":apropos")
    screen.line(" frequencies", "how often")


def test_tab_lists_names_when_there_are_several(terminal):
    screen = terminal()
    screen.type("(flow/p\t")
    screen.expect("flow/parallel")
    screen.expect("flow/poll")


def test_tabs_in_pasted_code_are_white_space(terminal):
    screen = terminal()
    screen.line("(+ 1\t2)", "\n3\n")


def test_ctrl_c_ends_a_long_evaluation_and_not_the_repl(terminal):
    screen = terminal()
    screen.line(":let n 5", "n = 5")
    screen.type("(reduce + (mapcat (fn [x] (range 1000)) (range 100000)))\n")
    screen.expect("100000)))\n")
    screen.type("\x03")
    screen.expect("the evaluation was interrupted")
    screen.expect("weir> ")
    screen.line("(inc n)", "\n6\n")


def test_ctrl_c_drops_the_forms_behind_the_long_one(terminal):
    screen = terminal()
    screen.type("(reduce + (mapcat (fn [x] (range 1000)) (range 100000))) :behind\n")
    screen.expect(":behind\n")
    screen.type("\x03")
    screen.expect("the evaluation was interrupted")
    assert ":behind" not in screen.expect("weir> ")


def test_ctrl_c_drops_what_is_being_typed(terminal):
    screen = terminal()
    screen.line("(+ 1 (", "(+ 1 (", prompt="  ... ")
    screen.type("2 3")
    screen.expect("2 3")
    screen.type("\x03")
    screen.expect("^C\n")
    screen.expect("weir> ")
    screen.line("(* 2 21)", "\n42\n")


def test_a_long_value_is_cut_and_full_shows_it(terminal):
    screen = terminal()
    shown = screen.line("(vec (range 5000))", ":full shows more")
    assert " 4998 4999]" not in shown
    screen.line(":full", " 4998 4999]\n")


def test_a_sequence_without_end_is_shown_to_a_bound(terminal):
    screen = terminal()
    screen.line("(range)", "(0 1 2 3")
    shown = screen.line("(map inc (range))", "\n;; 100 items of a lazy sequence are shown; :full shows more\n")
    assert " 99 100 ...)\n" in shown
    shown = screen.line(":full", "\n;; 10000 items of a lazy sequence are shown; of a vector all: (vec x)\n")
    assert " 9999 10000 ...)\n" in shown
    screen.line(":let evens (filter even? (range))", "evens = (0 2 4 ")
    screen.line("(take 3 (drop 1000 evens))", "\n(2000 2002 2004)\n")
    assert " 99 ...)" in screen.line("[(range) (range)]", "[(0 1 2 ")


def test_a_pipe_gets_more_of_a_sequence_and_a_comment_where_it_goes_on():
    out, err = pipe("(range)\n{:a (repeat (range))}\n(map inc (range 3))\n(vec (range 20000))\n")
    lines = out.splitlines()
    assert lines[0].endswith(" 9998 9999 ...)") and lines[1].startswith("{:a ((0 1 2 ") and lines[1].endswith(" ...) ...)}")
    assert lines[2] == "(1 2 3)" and lines[3].endswith(" 19999]")
    assert err == ";; 10000 items of a lazy sequence are shown; of a vector all: (vec x)\n" * 2


def test_letters_beyond_ascii_can_be_typed(terminal):
    screen = terminal()
    screen.line('(count "blåbær😀")', "\n8\n")
    screen.line('(str/upper-case "ø")', '\n"Ø"\n')


def test_the_history_is_kept_for_the_next_time(terminal, tmp_path):
    screen = terminal()
    screen.line("(+ 20", "(+ 20", prompt="  ... ")
    screen.line("22)", "\n42\n")
    screen.type(":quit\n")
    assert screen.end() == 0
    history = tmp_path / ".local/state/weir/history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    screen = terminal()
    screen.type("\x1b[A\n")
    screen.expect("\n42\n")


def test_help_and_names_are_shown(terminal):
    screen = terminal()
    screen.line(":help", ":apropos text")
    screen.line("7", "\n7\n")
    screen.line(":names", "*1 = 7")


TANGLE = "(nth (iterate (fn [x] [x x]) 1) 40)"  # forty vectors, and a text of terabytes


def test_a_value_of_endless_text_is_cut_or_refused(terminal):
    screen = terminal()
    assert "cut here" in screen.line(TANGLE, "[[[[")
    screen.line(":full", "error: the value is over")
    assert "cut here" in screen.line('(apply str (repeat 100000 "x"))', '"xxxxxxxx')
    done = subprocess.run([BIN / "weir", "repl"], input=f"{TANGLE}\n(+ 1 2)\n", capture_output=True, text=True,
                          timeout=SECONDS, check=False, env=environment())
    assert done.stdout == "3\n" and "over 8388608 bytes" in done.stderr and done.returncode == 1
    done = subprocess.run([BIN / "weir", "eval", TANGLE], capture_output=True, text=True, timeout=SECONDS, check=False,
                          env=environment())
    assert done.returncode == 1 and '"limit_exceeded"' in done.stdout


def test_values_and_errors_do_not_steer_the_terminal(terminal):
    screen = terminal()
    screen.line('(str (char 27) "[31m" (char 7))', '"\\u001b[31m\\u0007"')
    screen.line('(throw (ex-info (str "a" (char 27)) {}))', "error: a\\u001b (ex-info)")


def test_words_of_other_repls_are_told_what_they_are_here(terminal):
    screen = terminal()
    for typed, hint in (("exit", ":quit"), ("(quit)", ":quit"), ("help", ":help lists"), ("(doc map)", ":doc map")):
        screen.line(typed, "hint: " if hint == ":quit" else hint)
    screen.line(":let doc (fn [x] [x])", "doc = ")
    screen.line("(doc 1)", "[1]")
