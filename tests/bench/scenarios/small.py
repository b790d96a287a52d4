"""200-byte answers over 50 routes with 1,000 of 10,000 keys: what a request costs, ours and theirs."""

from harness.load import measure
from harness.work import Work
from scenarios.rounds import contents, interleave, note_disturbance, ratios_to, show, start_checked

NAMES = ["gatehouse", "gatehouse-log", "nginx-plain", "haproxy-plain", "nginx-job", "haproxy-job", "nginx-lua",
         "caddy-plain"]
GOALS = {"nginx-plain": 0.80, "haproxy-plain": 0.70, "nginx-job": 0.55, "haproxy-job": 0.53, "nginx-lua": 0.45}
COLUMNS = [("CPU us/req", "cpu_ns", 0.001, 2), ("req/s", "rps", 1, 0), ("core busy %", "busy", 100, 0),
           ("p50 ms", "p50_ms", 1, 2), ("p99 ms", "p99_ms", 1, 2)]
FIELDS = [field for _, field, _, _ in COLUMNS]


def estimate(options, names=None):
    return len(names or NAMES) * (options.rounds * (options.seconds + 0.2) + 3) + 10


def run(lab, options, report, names=None):
    work = Work()
    upstream, _ = lab.upstream()
    requests = lab.space.write("small.requests", work.rotation(work.routes, 1_000))
    proxies = start_checked(lab, report, names or NAMES, work, upstream)

    def one(proxy, seconds=options.seconds):
        return measure(lab, proxy, requests, seconds, options.connections)

    samples = interleave(proxies, options.rounds, one, warm_up=lambda proxy: one(proxy, 1))
    report.title(f"small bodies: {work.routes} routes, {work.hosts} hosts, {work.keys:,} keys, "
                 f"{options.connections} connections")
    show(samples, COLUMNS)
    without_log = {name: own for name, own in samples.items() if name != "gatehouse-log"}
    ratios = ratios_to(without_log) if len(without_log) > 1 else {}
    of_log = {}
    if "gatehouse-log" in samples:
        of_log = ratios_to({name: samples[name] for name in ("gatehouse-log", "gatehouse")}, "gatehouse-log",
                           title="CPU a request, with our access log / without")
    note_disturbance(report, samples, "small")
    lab.rates = {name: min(sample["rps"] for sample in own) for name, own in samples.items()}
    return contents(samples, ratios, FIELDS, access_log=of_log)


def goals(result, report):
    for name, goal in GOALS.items():
        if name in result["ratios"]:
            report.goal(f"CPU a request, ours / {name}", goal, result["ratios"][name]["median"])
