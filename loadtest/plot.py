#!/usr/bin/env python3
"""Draws plots from the JSON lines of `./dev bench --out FILE`: loadtest/plot.py FILE… [--into DIR] [--all].

Workloads whose names end in a number (W3 park 1000, grow steps 10) become a plot of each figure over
that number, on logarithmic axes; upwards it is linear where a value is not positive. With --all that is
every figure, and workloads with rivals become bars of weir's ratio to them; else it is what SELECTION
keeps in docs/performance/. Of lines that say the same figure again the last one counts.
"""
import argparse
import html
import json
import math
import pathlib
import re

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 80, 20, 40, 50
BAR = 22
COLOURS = {"weir": "#1f6fb4", "restate": "#d0601b", "dbos": "#3c9147", "bullmq": "#8a4fb5"}
GROWS = {"W3 park": "parked runs", "grow steps": "steps of a run", "grow workspaces": "workspaces"}
SELECTION = {"W3 park": ("p50_ms", "p99_ms", "cpu_s_per_1k_resumes", "rss_growth_mb"),
             "grow steps": ("cpu_s_per_1k_steps",), "grow workspaces": ("cpu_s_per_1k_steps", "rss_mb")}
LINEAR_STEPS = 4
STYLE = "text{font:12px sans-serif;fill:#222}.grid{stroke:#ddd}.axis{stroke:#555}"


def read(paths):
    """(workload, figure) -> subject -> value."""
    found = {}
    for path in paths:
        for line in path.read_text().splitlines():
            told = json.loads(line)
            values = found.setdefault((told["workload"], told["figure"]), {})
            if told["weir"] is not None:
                values["weir"] = told["weir"]
            if "rival" in told:
                values[told["rival"]] = told["rival_value"]
    return found


def series(found):
    """(workload without its number, figure) -> subject -> points."""
    grown = {}
    for (workload, figure), values in found.items():
        match = re.fullmatch(r"(.*) (\d+)", workload)
        if not match or int(match[2]) == 0:
            continue
        for subject, value in values.items():
            grown.setdefault((match[1], figure), {}).setdefault(subject, []).append((int(match[2]), value))
    return {key: lines for key, lines in grown.items() if any(len(points) > 1 for points in lines.values())}


def page(title, width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
            f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
            f'<text x="{LEFT}" y="22" style="font-size:15px">{html.escape(title)}</text>{"".join(parts)}</svg>\n')


def decades(values):
    """The whole powers of ten around them; at least one decade."""
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def number(exponent):
    return f"{10 ** exponent:,}" if exponent >= 0 else f"{10 ** exponent:g}"


def logarithmic(values):
    """How far up a value is, from 0 to 1, and the marks of that axis with their texts."""
    low, high = decades(values)
    marks = [(10 ** exponent, number(exponent)) for exponent in range(low, high + 1)]
    return (lambda value: (math.log10(value) - low) / (high - low)), marks


def linear(values):
    """The same from the least to the most, 0 among them, in steps of 1, 2 or 5 of a power of ten."""
    low, high = min(0, *values), max(0, *values)
    rough = ((high - low) or 1) / LINEAR_STEPS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    marks = [(index * step, f"{index * step:g}") for index in range(first, last + 1)]
    return (lambda value: (value / step - first) / (last - first)), marks


def line_plot(title, figure, lines):
    points = [point for each in lines.values() for point in each]
    is_linear = any(y <= 0 for _, y in points)
    across, x_marks = logarithmic([x for x, _ in points])
    up, y_marks = (linear if is_linear else logarithmic)([y for _, y in points])

    def place(x, y):
        return LEFT + across(x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up(y) * (HEIGHT - TOP - BOTTOM)

    parts = []
    for value, text in x_marks:
        x, _ = place(value, y_marks[0][0])
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
                     f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>')
    for value, text in y_marks:
        _, y = place(x_marks[0][0], value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                     f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    label = f"{figure}, by {GROWS.get(title, 'the number in the workload')}"
    label += "; linear upwards" if is_linear else ""
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 10}">{html.escape(label)}</text>')
    for index, (subject, found) in enumerate(sorted(lines.items(), key=lambda item: item[0] != "weir")):
        colour = COLOURS.get(subject, "#777")
        placed = [place(x, y) for x, y in sorted(found)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"><title>{subject}: {value:g}</title>'
                  f'</circle>' for (x, y), (_, value) in zip(placed, sorted(found))]
        parts.append(f'<text x="{WIDTH - RIGHT - 90}" y="{22 + 15 * index}" style="fill:{colour}">{subject}</text>')
    return page(title, WIDTH, HEIGHT, parts)


def bars(found):
    """Weir's ratio to each rival, where both have a positive value; the line at 1 is the rival."""
    rows = [(f"{workload} {figure}", rival, values["weir"] / value)
            for (workload, figure), values in found.items() if values.get("weir", 0) > 0
            for rival, value in values.items() if rival != "weir" and value > 0]
    if not rows:
        return None
    low = min(0, math.floor(math.log10(min(ratio for _, _, ratio in rows))))
    high = max(1, math.ceil(math.log10(max(ratio for _, _, ratio in rows))))
    label, height = 260, TOP + BOTTOM + BAR * len(rows)
    width = label + 460

    def place(ratio):
        return label + (math.log10(ratio) - low) / (high - low) * (width - label - RIGHT - 60)

    parts = []
    for index, (name, rival, ratio) in enumerate(rows):
        top = TOP + BAR * index
        left, right = sorted((place(1), place(ratio)))
        parts.append(f'<text x="{label - 8}" y="{top + 14}" text-anchor="end">{html.escape(name)}</text>'
                     f'<rect x="{left:.1f}" y="{top}" width="{max(right - left, 1):.1f}" height="{BAR - 5}" '
                     f'fill="{COLOURS.get(rival, "#777")}"/><text x="{right + 5:.1f}" y="{top + 14}">'
                     f'{ratio:.3g} × {rival}</text>')
    parts.append(f'<line class="axis" x1="{place(1):.1f}" x2="{place(1):.1f}" y1="{TOP - 6}" '
                 f'y2="{height - BOTTOM}"/><text x="{place(1):.1f}" y="{height - BOTTOM + 18}" '
                 f'text-anchor="middle">the rival</text>')
    return page("weir's figures as multiples of the rivals'", width, height, parts)


def file_name(name):
    return f"{re.sub('[^a-z0-9]+', '-', name.lower())}.svg"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--into", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent / "docs" / "performance")
    parser.add_argument("--all", action="store_true", help="every figure, not the kept ones only")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    found = read(options.files)
    plots = {f"{workload} {figure}": line_plot(workload, figure, lines)
             for (workload, figure), lines in series(found).items()
             if options.all or figure in SELECTION.get(workload, ())}
    ratios = bars(found) if options.all else None
    if ratios:
        plots["ratios"] = ratios
    for name, drawn in plots.items():
        path = options.into / file_name(name)
        path.write_text(drawn)
        print(path)


if __name__ == "__main__":
    main()
