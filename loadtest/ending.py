"""SIGTERM, Ctrl-C and a closed terminal end a bench as an exception does: what was started is stopped on the way out.

The exception comes wherever the program is, but not within held(): what is half made or half stopped there
is made or stopped first. Only the first signal counts, since all that follows is cleaning up.
"""
import contextlib
import signal

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_state = {"first": None, "is_raised": False, "held": 0}


class Ended(BaseException):
    """By a signal. Not an Exception: nobody handles it on the way."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def _raise_once():
    if _state["first"] is not None and not _state["is_raised"] and not _state["held"]:
        _state["is_raised"] = True
        raise Ended(_state["first"])


def _note(number, _frame):
    if _state["first"] is None:
        _state["first"] = number
    _raise_once()


def listen():
    """Of those that are not ignored: nohup, and shells for what they run in the background, want it so."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _note)


@contextlib.contextmanager
def held():
    """A signal that comes meanwhile ends the bench afterwards."""
    _state["held"] += 1
    try:
        yield
    finally:
        _state["held"] -= 1
        _raise_once()
