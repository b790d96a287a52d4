"""Many routes and keys on our gateway: what matching and looking up cost, memory, start, and changes while it runs."""

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from harness.checks import ask, expect
from harness.figures import median, paired_ratio
from harness.load import measure, measure_open_loop
from harness.report import progress, table
from harness.work import Work
from harness.workspace import BenchError
from scenarios.rounds import contents, interleave, show
from scenarios.small import COLUMNS, FIELDS

CONSUMERS = 10_000
KEYS_A_FILE = 250_000  # a file may have 64 MiB
SCATTERED = 100_000    # requests with random routes and keys; more would only cost the load generator
ROUNDS_MAX, SECONDS_MAX = 5, 2
CHANGES = 5
QUIET_RATE = 2_000     # requests a second beside the changes
APPLY_LIMIT_S = 300


@dataclass
class Point:
    """A size, and the gateway that runs with it."""
    work: Work
    name: str
    port: int = 0
    process: object = None
    database: Path = None
    upstream: int = 0


@dataclass
class Aim:
    """Requests at a gateway: a thousand routes and keys, or all of them."""
    name: str
    port: int
    process: object
    requests: Path


def points(options):
    sizes = [(50, 10_000), (10_000, 10_000), (100_000, 10_000), (50, 1_000_000), (100_000, 1_000_000)]
    if not options.largest:
        sizes = [(50, 10_000), (10_000, 10_000), (50, 100_000), (10_000, 100_000)]
    return [Point(Work(routes=routes, keys=keys, consumers=CONSUMERS), f"{routes:,} routes, {keys:,} keys")
            for routes, keys in sizes]


def rounds_of(options):
    return min(options.rounds, ROUNDS_MAX), min(options.seconds, SECONDS_MAX)


def estimate(options):
    rounds, seconds = rounds_of(options)
    count = len(points(options))
    setting_up = 240 if options.largest else 40
    return count * 2 * rounds * (seconds + 0.8) + setting_up + count * (30 if options.largest else 15)


def start(lab, point, upstream):
    """Applies the configuration, starts the gateway, and measures both."""
    point.port, point.upstream = lab.free_port(), upstream
    point.database = lab.unique("scale.db")
    began = time.monotonic()
    for first in range(0, point.work.keys, KEYS_A_FILE):
        some = range(first, min(first + KEYS_A_FILE, point.work.keys))
        lab.apply(point.database, point.work.gatehouse_config(point.port, upstream, keys=some), APPLY_LIMIT_S)
    applied = time.monotonic()
    point.process = lab.serve(f"scale-{point.port}", point.port, point.database, limit_s=180).process
    answering = time.monotonic()
    for route, key in ((0, 0), (point.work.routes - 1, point.work.keys - 1)):
        status, _, _ = ask(point.port, point.work.host(route), point.work.path(route, 1), point.work.key(key))
        expect(point.name, "the status with a good key", 200, status)
    return {"apply_s": applied - began, "start_ms": (answering - applied) * 1000,
            "pss": point.process.settled_pss_bytes()}


def aims(lab, point):
    """Two ways to ask the gateway of a point."""
    thousand = lab.space.write(f"{point.port}.thousand", point.work.rotation(min(1_000, point.work.routes), 1_000))
    scattered = lab.space.write(f"{point.port}.all", point.work.scattered(SCATTERED))
    return [Aim(f"{point.name}; 1,000 of them", point.port, point.process, thousand),
            Aim(f"{point.name}; all", point.port, point.process, scattered)]


class Changes:
    """Publishes one changed route, again and again, through the command line as people do."""

    def __init__(self, lab, point):
        self.lab, self.point = lab, point
        self.route = point.work.routes // 2
        # Without keys: those that a file does not have are left alone. Written beforehand, since that takes time.
        self.files = [lab.space.write(f"{point.port}.change{generation}.yaml", point.work.gatehouse_config(
            point.port, point.upstream, keys=range(0), changed_route=self.route, generation=generation))
            for generation in (1, 2)]
        self.turn = 0

    def publish(self, dry_run=False):
        """Milliseconds until the command says that the change is live (or what it would change)."""
        file = self.files[self.turn % 2]
        command = ["nice", "-n", "19", self.lab.gatehousectl, "apply", file, "--db", self.point.database, "--json"]
        began = time.monotonic()
        out = self.lab.space.run(command + (["--dry-run"] if dry_run else []), self.lab.space.load_cores,
                                 APPLY_LIMIT_S)
        took = (time.monotonic() - began) * 1000
        if not dry_run:
            self.turn += 1
            if json.loads(out).get("gateway") != "live":
                raise BenchError(f"the change did not become live: {out[-300:]}")
        return took

    def check(self):
        work = self.point.work
        _, _, body = ask(self.point.port, work.host(self.route), work.path(self.route, 1), work.key(0))
        wanted = f"uri=/api{(self.turn - 1) % 2 + 1}/things{self.route}/1"
        expect(self.point.name, "the changed route's path", wanted, body.split("|")[0])


def create_keys(lab, point):
    """Milliseconds of each `key create`; the key must work when the command is done."""
    took = []
    for number in range(CHANGES):
        began = time.monotonic()
        key = lab.space.run([lab.gatehousectl, "key", "create", "-q", "--consumer", "c1", "--name", f"new{number}",
                             "--db", point.database], lab.space.load_cores, APPLY_LIMIT_S).strip()
        took.append((time.monotonic() - began) * 1000)
        status, _, _ = ask(point.port, point.work.host(0), point.work.path(0, 1), key)
        expect(point.name, "the status with a new key", 200, status)
    return took


def during(lab, aim, seconds, action):
    """Latencies of traffic at a constant rate while an action is repeated."""
    found, failed = {}, []

    def load():
        try:
            found.update(measure_open_loop(lab, aim, aim.requests, QUIET_RATE, seconds))
        except BenchError as error:
            failed.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    times = []
    try:
        while thread.is_alive():
            times.append(action())
    finally:
        thread.join()
    if failed:
        raise failed[0]
    return {**found, "actions": len(times)}


def spread_over(process, cores):
    """Lets a running process use other cores than it was started on."""
    for task in os.listdir(f"/proc/{process.pid}/task"):
        try:
            os.sched_setaffinity(int(task), cores)
        except ProcessLookupError:
            pass


def change(lab, point, aim):
    """Everything about changes at a point."""
    changes = Changes(lab, point)
    reading = [changes.publish(dry_run=True) for _ in range(CHANGES)]
    publishing = []
    for _ in range(CHANGES):
        publishing.append(changes.publish())
        changes.check()
    keys = create_keys(lab, point)
    # Publishing is work of another thread than traffic: give both a core, as a real machine would.
    spread_over(point.process, lab.space.proxy_cores | lab.space.load_cores)
    seconds = max(3, min(20, int(median(publishing) / 1000 * 3)))
    # The quiet run has the command busy as well, only without publishing.
    quiet = during(lab, aim, seconds, lambda: changes.publish(dry_run=True))
    busy = during(lab, aim, seconds, changes.publish)
    spread_over(point.process, lab.space.proxy_cores)
    return {"apply_ms": median(publishing), "apply_dry_run_ms": median(reading),
            "publish_ms": median(publishing) - median(reading), "key_ms": median(keys),
            "quiet": quiet, "publishing": busy, "p99_difference_ms": busy["p99_ms"] - quiet["p99_ms"]}


def show_points(measured):
    table([[name, f"{own['apply_s']:.1f}", f"{own['start_ms']:.0f}", f"{own['pss'] / 2**20:.1f}",
            *([f"{own['apply_ms']:.0f}", f"{own['publish_ms']:.0f}", f"{own['key_ms']:.0f}",
               f"{own['quiet']['p99_ms']:.2f}", f"{own['publishing']['p99_ms']:.2f}",
               f"{own['publishing']['max_ms']:.1f}"] if "apply_ms" in own else ["-"] * 6)]
           for name, own in measured.items()],
          ["size", "first apply s", "start ms", "MiB", "apply 1 route ms", "of it publish ms", "key create ms",
           "p99 quiet ms", "p99 publishing ms", "worst ms"])


def run(lab, options, report):
    upstream, _ = lab.upstream()
    measured, targets, alive = {}, [], []
    for point in points(options):
        progress(f"setting up {point.name}")
        try:
            measured[point.name] = start(lab, point, upstream)
            targets += aims(lab, point)
            alive.append(point)
        except BenchError as error:
            report.note(f"scale: left out: {point.name}: {error}")
    if not alive:
        raise BenchError("no size came up")
    rounds, seconds = rounds_of(options)

    def one(aim, length=seconds):
        return measure(lab, aim, aim.requests, length, options.connections)

    samples = interleave(targets, rounds, one, warm_up=lambda aim: one(aim, 1))
    for point in alive:
        progress(f"changing {point.name}")
        try:
            measured[point.name].update(change(lab, point, next(aim for aim in targets if aim.port == point.port)))
        except BenchError as error:
            report.note(f"scale: changes at {point.name} could not be measured: {error}")
    report.title("scale: CPU a request, with 1,000 of the routes and keys, and with random ones of all")
    show(samples, COLUMNS)
    report.title("scale: memory, start and changes")
    show_points(measured)
    report.note(f"scale: keys belong to {CONSUMERS:,} consumers; `all` is {SCATTERED:,} random requests; applying goes "
                "through gatehousectl, whose reading of the whole file (a dry run) is taken off in `of it publish`; "
                f"traffic beside it {QUIET_RATE:,} requests a second, with a dry run as the quiet case")
    return contents(samples, {}, FIELDS, sizes=measured, **memory_of(measured, alive))


def memory_of(measured, alive):
    """Bytes of a key and of a route: the difference of two sizes that differ in nothing else."""
    smallest = alive[0]
    found = {}
    for point in alive[1:]:
        grown = measured[point.name]["pss"] - measured[smallest.name]["pss"]
        if point.work.routes == smallest.work.routes:
            found["bytes_a_key"] = grown / (point.work.keys - smallest.work.keys)
        elif point.work.keys == smallest.work.keys:
            found["bytes_a_route"] = grown / (point.work.routes - smallest.work.routes)
    return found


def goals(result, report):
    names = list(result["sizes"])
    small, big = names[0], names[-1]
    if small != big:
        ratio = paired_ratio(result["proxies"][f"{big}; all"]["rounds"],
                             result["proxies"][f"{small}; all"]["rounds"])["median"]
        report.goal(f"CPU a request, {big} / {small}", 2, ratio)
    changed = result["sizes"][big]
    if "apply_ms" in changed:
        report.goal(f"publishing one route, {big}", 100, changed["publish_ms"], "ms")
        report.goal(f"one new key (whole command), {big}", 5, changed["key_ms"], "ms")
        report.goal("p99 while publishing less p99 quiet", 1, changed["p99_difference_ms"], "ms")
    for field in ("bytes_a_key", "bytes_a_route"):
        if field in result:
            report.note(f"scale: {result[field]:,.0f} {field.replace('_', ' ')}")
