"""Flame graphs: stacks that were counted, drawn as an SVG that needs nothing else.

Each row is a depth, each box a function, its width the share of samples in it and what it called;
boxes are in the order of their names, so that equal stacks join. Hovering shows share and name.
"""
import hashlib
import html

WIDTH, ROW, LEFT, TOP = 1600, 16, 10, 40
CHARACTER = 6.6
LEAST = 1.0  # pixels; what is narrower is not drawn
STYLE = "text{font:11px monospace;fill:#222;pointer-events:none}rect{stroke:#fff;stroke-width:.4}"


class Node:
    def __init__(self):
        self.count, self.children = 0, {}

    def add(self, stack, count):
        self.count += count
        if stack:
            self.children.setdefault(stack[0], Node()).add(stack[1:], count)

    def depth(self):
        return 1 + max((child.depth() for child in self.children.values()), default=0)


def tree(folded):
    """The root of all stacks; made without recursion over their length being a worry: stacks are short."""
    root = Node()
    for stack, count in folded.items():
        root.add(stack[:200], count)
    return root


def colour(name):
    """Warm, and the same for the same name in every graph."""
    seed = hashlib.sha256(name.encode()).digest()
    return f"rgb({205 + seed[0] % 50},{70 + seed[1] % 120},{30 + seed[2] % 40})"


def boxes(node, name, total, left, level, height, out):
    width = node.count / total * (WIDTH - 2 * LEFT)
    if width < LEAST:
        return
    top = height - (level + 1) * ROW - LEFT
    title = html.escape(f"{name} ({node.count / total:.2%}, {node.count} samples)")
    shown = name[:int(width / CHARACTER)] if width > 3 * CHARACTER else ""
    out.append(f'<g><title>{title}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" '
               f'fill="{colour(name)}"/>'
               + (f'<text x="{left + 2:.1f}" y="{top + 11}">{html.escape(shown)}</text>' if shown else "") + "</g>")
    for child_name, child in sorted(node.children.items()):
        boxes(child, child_name, total, left, level + 1, height, out)
        left += child.count / total * (WIDTH - 2 * LEFT)


def draw(folded, title):
    root = tree(folded)
    height = (root.depth() + 1) * ROW + TOP
    out = []
    boxes(root, "all", root.count or 1, LEFT, 0, height, out)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}"><style>{STYLE}</style><rect width="100%" height="100%" fill="#fafafa"/>'
            f'<text x="{LEFT}" y="20" style="font-size:14px">{html.escape(title)}</text>{"".join(out)}</svg>\n')
