"""Figures as they come, their medians, ratios to the rivals, and the table at the end."""
import json
import statistics


FAULTS = ("bad", "lost")  # answers, runs


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
        """Of what must not be at all, the worst round."""
        values = self.found[key].get(subject)
        return short((max if key[1] in FAULTS else statistics.median)(values)) if values else None

    def faults(self):
        """Whether there was anything that must not be."""
        return any(value for key, found in self.found.items() if key[1] in FAULTS
                   for values in found.values() for value in values)

    def rounds(self, key, subject):
        """The value of each, where there are several."""
        values = self.found[key].get(subject, [])
        return [short(value) for value in values] if len(values) > 1 else []

    def lines(self, key):
        """One JSON line for weir alone, or one for each rival that has the figure too."""
        ours = self.median(key, "weir")
        line = {"workload": key[0], "figure": key[1], "weir": ours}
        if self.rounds(key, "weir"):
            line["rounds"] = self.rounds(key, "weir")
        told = False
        for rival in self.rivals:
            theirs = self.median(key, rival)
            if theirs is None:
                continue
            told = True
            ratio = short(ours / theirs) if ours is not None and theirs else None
            rounds = {"rival_rounds": self.rounds(key, rival)} if self.rounds(key, rival) else {}
            yield {**line, "rival": rival, "rival_value": theirs, "ratio": ratio, **rounds}
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
            if key[1] == "bad" and not any(sum(values) for values in self.found[key].values()):
                continue
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
