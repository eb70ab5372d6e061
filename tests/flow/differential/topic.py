"""What the topics share: choosing at random, names, literals, and tables of values."""
import random

import generate as g

SMALL = ['0', '1', '2', '3', '-1', '5', '10']
WIDE = ['9223372036854775807', '-9223372036854775808', '9223372036854775808N', '-9223372036854775809N', '4611686018427387904', '2147483647',
    '-2147483648', '1e19', '-1e19', '1.5', '-0.0', '0.1', '1e-320', '1.7976931348623157E308', '9.007199254740993E15', '1/3', '-7/2',
    '100000000000000000000/3', '0N', '12N', '-3N', '123456789012345678901234567890N', '0M', '1.0M', '1.00M', '-2.50M', '1e30M', '1E-10M', '0.1M',
    '123456789012345678901234567890.5M', '##Inf', '##-Inf', '##NaN', '3', '7', '-5', '0', '1', '2', '64', '63']
KEYS = ['nil', 'true', 'false', '0', '1', '2', '3', '-1', '1.0', '2.5', '-0.0', '0.0', '1/2', '5N', '1M', '1.0M', '1.00M', '9223372036854775808N',
    '"a"', '"b"', '""', r'\a', r'\b', ':a', ':b', ':x/y', "'s", "'x/y", '[]', '[1]', '[1 2]', "'(1 2)", '{}', '{:a 1}', '#{}', '#{1}', '#{:a}',
    '"ab"', '"Aa"', '"BB"', '100', '1000', '4294967296', '4294967297', '#uuid "550e8400-e29b-41d4-a716-446655440000"',
    '#inst "2024-02-29T12:34:56.789Z"', '##Inf', '()', "'(nil)", '[nil]', ':k', ':foo', '"foo"', "'foo", '16', '17', '32', '33']


class Topic:
    def __init__(self, seed):
        self.random = random.Random(f'topics {seed}')
        self.grammar = g.Grammar(f'topics {seed}')
        self.names = [n[len('topic_'):] for n in dir(self) if n.startswith('topic_')]

    def pick(self, *options):
        return self.random.choice(options)

    def of(self, options):
        return self.random.choice(options)

    def some(self, options, low, high):
        return ' '.join(self.random.choice(options) for _ in range(self.random.randint(low, high)))

    def chance(self, p):
        return self.random.random() < p

    def topic(self, name):
        self.count = 0
        self.grammar.locals.clear()
        self.grammar.next_name = 0
        return getattr(self, 'topic_' + name)()

    def fresh(self):
        self.count += 1
        return 'v' + str(self.count)

    def any(self):
        return self.of(g.ANY)

    def data(self, depth=2):
        """A literal, often nested."""
        if depth == 0 or self.chance(0.4):
            return self.of(KEYS)
        items = [self.data(depth - 1) for _ in range(self.random.randint(0, 4))]
        kind = self.random.randrange(5)
        if kind == 0: return '[' + ' '.join(items) + ']'
        if kind == 1: return '(list ' + ' '.join(items) + ')'
        if kind == 2: return '(hash-set ' + ' '.join(items) + ')'
        if kind == 3: return '(hash-map ' + ' '.join(items[:len(items) // 2 * 2]) + ')'
        return '(into {} [' + ' '.join(f'[{a} {b}]' for a, b in zip(items[::2], items[1::2])) + '])'
