"""A constant rate, half of what the slowest proxy can do: CPU and latency of proxies that are not at their limit."""

from harness.load import measure, measure_open_loop
from harness.work import Work
from scenarios.rounds import contents, interleave, ratios_to, show, start_checked

NAMES = ["gatehouse", "nginx-plain", "nginx-job", "haproxy-job"]
COLUMNS = [("CPU us/req", "cpu_ns", 0.001, 2), ("req/s", "rps", 1, 0), ("p50 ms", "p50_ms", 1, 3),
           ("p90 ms", "p90_ms", 1, 3), ("p99 ms", "p99_ms", 1, 3), ("p99.9 ms", "p999_ms", 1, 3)]
FIELDS = [field for _, field, _, _ in COLUMNS]


def estimate(options):
    return len(NAMES) * (options.rounds * (options.seconds + 0.3) + 5) + 5


def run(lab, options, report):
    work = Work()
    upstream, _ = lab.upstream()
    requests = lab.space.write("open.requests", work.rotation(work.routes, 1_000))
    proxies = start_checked(lab, report, NAMES, work, upstream)
    for proxy in proxies:
        if proxy.name not in lab.rates:
            lab.rates[proxy.name] = measure(lab, proxy, requests, 2, options.connections)["rps"]
    rate = round(min(lab.rates[proxy.name] for proxy in proxies) / 2, -2)

    def one(proxy, seconds=options.seconds):
        return measure_open_loop(lab, proxy, requests, rate, seconds, options.connections)

    samples = interleave(proxies, options.rounds, one, warm_up=lambda proxy: one(proxy, 1))
    report.title(f"open loop: {rate:,.0f} requests a second, half of what the slowest of these can do")
    show(samples, COLUMNS)
    ratios = ratios_to(samples)
    return contents(samples, ratios, FIELDS, rate=rate)


def goals(_result, _report):
    """Nothing was promised."""
