"""Tables on standard output and one JSON file; figures, never pass or fail."""

import json
import os
import platform
import sys
import time


def table(rows, head):
    """Names and text to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    numeric = [column > 0 and all(str(row[column])[:1] in "0123456789-" for row in rows)
               for column in range(len(head))]
    for row in cells:
        print("  ".join(cell.rjust(width) if right else cell.ljust(width)
                        for cell, width, right in zip(row, widths, numeric)).rstrip())
    print(flush=True)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def load_average():
    return [round(value, 2) for value in os.getloadavg()]


def progress(text):
    """A line that the next one replaces; only where somebody may watch."""
    if sys.stdout.isatty():
        print(f"\r   {text}\033[K", end="" if text else "\r", flush=True)


class Report:
    def __init__(self, options, versions):
        self.data = {
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": {"processor": processor(), "cores": os.cpu_count(), "kernel": platform.release()},
            "versions": versions, "rounds": options.rounds, "seconds": options.seconds,
            "load_average_before": load_average(), "scenarios": {}, "goals": [], "notes": []}
        self.file = options.json

    def title(self, text):
        progress("")
        print(f"== {text}", flush=True)

    def note(self, text):
        print(f"   {text}", flush=True)
        self.data["notes"].append(text)

    def scenario(self, name, content):
        self.data["scenarios"][name] = content
        self.save()

    def goal(self, what, goal, reached, unit=""):
        self.data["goals"].append({"what": what, "goal": goal, "reached": round(reached, 4), "unit": unit})

    def save(self):
        """After each scenario, so that an interrupted run leaves what it has."""
        self.data["load_average_after"] = load_average()
        if self.file:
            temporary = f"{self.file}.part"
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(self.data, file, indent=1)
                file.write("\n")
            os.replace(temporary, self.file)

    def conclude(self):
        if self.data["goals"]:
            self.title("goal and reached (less is better)")
            table([[goal["what"], f"{goal['goal']:g}", f"{goal['reached']:.3g}", goal["unit"]]
                   for goal in self.data["goals"]], ["", "goal", "reached", ""])
        self.save()
        print("load average before " + " ".join(map(str, self.data["load_average_before"])) +
              ", after " + " ".join(map(str, self.data["load_average_after"])))
        print("; ".join(self.data["versions"].values()), flush=True)
