"""Expressions about one thing each, for what the grammar of generate.py makes seldom or never: each
topic is a small grammar of its own, most of whose expressions have a value.

    from topics import Topics
    Topics(seed).topic('destructuring')  # one expression
"""
from topics_data import Data
from topics_forms import Forms
from topics_text import Texts


class Topics(Forms, Texts, Data):
    """All topics, by name."""


def write(count, seed):
    """So many of each topic."""
    made = Topics(seed)
    seen = set()
    for name in made.names:
        tried = 0
        before = len(seen)
        while len(seen) - before < count and tried < 4 * count:
            tried += 1
            text = made.topic(name)
            if text not in seen and len(text) < 700:
                seen.add(text)
                print(text)
