"""Many routes and keys on our gateway: what matching and looking up cost, memory, start, and changes while it runs."""

import json
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
CHANGES = 11           # from within the gateway
COMMANDS = 3           # by command
CALM_RATE = 2_000      # requests a second beside the changes
CALM_S, CALM_PAIRS = 3, 3
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
    setting_up = 300 if options.largest else 40
    return count * 2 * rounds * (seconds + 0.8) + setting_up + count * (60 if options.largest else 35)


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


class CommandLine:
    """Changes by gatehousectl, as people make them: it reads the whole file, or opens the database, each time."""

    def __init__(self, lab, point):
        self.lab, self.point = lab, point
        self.route = point.work.routes // 2
        self.generation = 0

    def run(self, *arguments):
        began = time.monotonic()
        out = self.lab.space.run([self.lab.gatehousectl, *arguments, "--db", self.point.database],
                                 self.lab.space.load_cores, APPLY_LIMIT_S)
        return out, (time.monotonic() - began) * 1000

    def publish(self):
        """Milliseconds until the command says that another rewrite of one route is live; and it is."""
        self.generation += 1
        work, point = self.point.work, self.point
        # Without keys: those that a file does not have are left alone.
        file = self.lab.space.write(f"{point.port}.change.yaml", work.gatehouse_config(
            point.port, point.upstream, keys=range(0), changed_route=self.route, generation=self.generation))
        out, took = self.run("apply", file, "--json")
        if json.loads(out).get("gateway") != "live":
            raise BenchError(f"the change did not become live: {out[-300:]}")
        _, _, body = ask(point.port, work.host(self.route), work.path(self.route, 1), work.key(0))
        expect(point.name, "the changed route's path", f"uri=/api{self.generation}/things{self.route}/1",
               body.split("|")[0])
        return took

    def create_key(self, number):
        """Milliseconds of the command; the key works when it is done."""
        out, took = self.run("key", "create", "-q", "--consumer", "c1", "--name", f"new{number}")
        work = self.point.work
        status, _, _ = ask(self.point.port, work.host(0), work.path(0, 1), out.strip())
        expect(self.point.name, "the status with a new key", 200, status)
        return took


def during(lab, aim, seconds, action=None):
    """Latencies of traffic at a constant rate while an action is done four times a second."""
    found, failed = {}, []

    def load():
        try:
            found.update(measure_open_loop(lab, aim, aim.requests, CALM_RATE, seconds))
        except BenchError as error:
            failed.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    times = 0
    try:
        while thread.is_alive():
            if action:
                action()
                times += 1
            thread.join(0.25)
    finally:
        thread.join()
    if failed:
        raise failed[0]
    return {**found, "actions": times}


def change_by_command(lab, point):
    commands = CommandLine(lab, point)
    return {"apply_ms": median([commands.publish() for _ in range(COMMANDS)]),
            "key_command_ms": median([commands.create_key(number) for number in range(COMMANDS)])}


def change_from_within(lab, point, requests):
    """What changes cost where the gateway itself makes them, as the console does; and what traffic feels of it.
    Publishing is another thread's work than traffic, so that both get a core, as on a real machine."""
    lab.space.stop(point.process)
    everywhere = lab.space.proxy_cores | lab.space.load_cores
    process = lab.space.start(f"publisher-{point.port}", [lab.publisher, point.database], everywhere, talks=True)
    try:
        if process.hear(180) != "ready":
            raise BenchError(f"the publisher is not ready: {process.tail()}")
        lab.wait_until_answering(process.name, point.port, process)
        aim = Aim(point.name, point.port, process, requests)
        during(lab, aim, 1)
        publishing = [float(process.ask("route")) for _ in range(CHANGES)]
        keys = [float(process.ask("key")) for _ in range(CHANGES)]
        pairs = [(during(lab, aim, CALM_S), during(lab, aim, CALM_S, lambda: process.ask("route")))
                 for _ in range(CALM_PAIRS)]
    finally:
        lab.space.stop(process)
    return {"publish_ms": median(publishing), "publish_worst_ms": max(publishing), "key_ms": median(keys),
            "p99_quiet_ms": median([quiet["p99_ms"] for quiet, _ in pairs]),
            "p99_publishing_ms": median([busy["p99_ms"] for _, busy in pairs]),
            "p99_difference_ms": median([busy["p99_ms"] - quiet["p99_ms"] for quiet, busy in pairs]),
            "calm": pairs}


def show_points(measured):
    def cell(own, field, digits):
        return f"{own[field]:,.{digits}f}" if field in own else "-"

    columns = [("first apply s", "apply_s", 1), ("start ms", "start_ms", 0), ("publish a route ms", "publish_ms", 1),
               ("new key ms", "key_ms", 2), ("p99 quiet ms", "p99_quiet_ms", 2),
               ("p99 publishing ms", "p99_publishing_ms", 2), ("`apply` ms", "apply_ms", 0),
               ("`key create` ms", "key_command_ms", 0)]
    table([[name, f"{own['pss'] / 2**20:.1f}"] + [cell(own, field, digits) for _, field, digits in columns]
           for name, own in measured.items()], ["size", "MiB"] + [heading for heading, *_ in columns])


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
            measured[point.name].update(change_by_command(lab, point))
            aim = next(aim for aim in targets if aim.port == point.port)
            measured[point.name].update(change_from_within(lab, point, aim.requests))
        except BenchError as error:
            report.note(f"scale: changes at {point.name} could not be measured: {error}")
    report.title("scale: CPU a request, with 1,000 of the routes and keys, and with random ones of all")
    show(samples, COLUMNS)
    report.title("scale: memory, start and changes")
    show_points(measured)
    report.note(f"scale: keys belong to {CONSUMERS:,} consumers; `all` is {SCATTERED:,} random requests")
    report.note("scale: publishing and new keys from within the gateway, as the console does; p99 beside "
                f"{CALM_RATE:,} requests a second and four changes a second, with load and upstream on one of the "
                "gateway's cores; `apply` and `key create` are the whole commands")
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
    if "publish_ms" in changed:
        report.goal(f"publishing one route, {big}", 100, changed["publish_ms"], "ms")
        report.goal(f"one new key, {big}", 5, changed["key_ms"], "ms")
        report.goal("p99 while publishing less p99 quiet", 1, changed["p99_difference_ms"], "ms")
    for field in ("bytes_a_key", "bytes_a_route"):
        if field in result:
            report.note(f"scale: {result[field]:,.0f} {field.replace('_', ' ')}")
