"""Figures as they come, their medians, ratios to the rivals, and the table at the end."""
import json
import statistics


def short(value):
    return float(f"{value:.4g}")


class Figures:
    def __init__(self, options):
        self.rivals = options.against
        self.out = options.out
        self.found = {}    # (workload, figure) -> subject -> its values, one a round
        self.printed = []

    def add(self, subject, figures):
        for workload, name, value in figures:
            self.found.setdefault((workload, name), {}).setdefault(subject, []).append(value)

    def median(self, key, subject):
        values = self.found[key].get(subject)
        return short(statistics.median(values)) if values else None

    def lines(self, key):
        """One JSON line for weir alone, or one for each rival that has the figure too."""
        ours = self.median(key, "weir")
        line = {"workload": key[0], "figure": key[1], "weir": ours}
        if len(self.found[key].get("weir", [])) > 1:
            line["rounds"] = [short(value) for value in self.found[key]["weir"]]
        told = False
        for rival in self.rivals:
            theirs = self.median(key, rival)
            if theirs is None:
                continue
            told = True
            ratio = short(ours / theirs) if ours is not None and theirs else None
            yield {**line, "rival": rival, "rival_value": theirs, "ratio": ratio}
        if not told:
            yield line

    def print_new(self):
        for key in self.found:
            if key in self.printed:
                continue
            self.printed.append(key)
            for line in self.lines(key):
                text = json.dumps(line)
                print(text, flush=True)
                if self.out:
                    with open(self.out, "a", encoding="ascii") as out:
                        out.write(text + "\n")

    def print_table(self):
        """For people, and for README.md: one row a figure, ratios behind each rival."""
        head = ["workload", "figure", "weir"] + [cell for rival in self.rivals for cell in (rival, "ratio")]
        rows = [head, ["---"] * len(head)]
        for key in self.found:
            ours = self.median(key, "weir")
            row = [*key, "" if ours is None else f"{ours:g}"]
            for rival in self.rivals:
                theirs = self.median(key, rival)
                ratio = f"{ours / theirs:.3g}" if ours is not None and theirs else ""
                row += ["" if theirs is None else f"{theirs:g}", ratio]
            rows.append(row)
        print()
        for row in rows:
            print("| " + " | ".join(row) + " |")
        bound = self.found.get(("bare", "rows_s"), {}).get("weir")
        steps = self.found.get(("W1", "steps_s"), {}).get("weir")
        if bound and steps:
            print(f"\nW1 steps_s are {statistics.median(steps) / statistics.median(bound):.3f} of bare rows_s")
