"""Two workers on two cores against one. Load and upstream share the cores, so the ratio cannot reach two."""

from harness.load import measure
from harness.work import Work
from harness.workspace import BenchError
from scenarios.rounds import contents, interleave, ratios_to, show
from scenarios.small import COLUMNS, FIELDS


def estimate(options):
    return 2 * (options.rounds * (options.seconds + 0.2) + 3) + 5


def run(lab, options, report):
    everywhere = lab.space.proxy_cores | lab.space.load_cores
    if len(everywhere) < 2:
        raise BenchError("two workers need two cores")
    work = Work()
    upstream, _ = lab.upstream("shared")
    requests = lab.space.write("workers.requests", work.rotation(work.routes, 1_000))
    proxies = [lab.start_gatehouse(name, work, upstream, workers=count, on_cores=everywhere)
               for name, count in (("two-workers", 2), ("one-worker", 1))]

    def one(proxy, seconds=options.seconds):
        return measure(lab, proxy, requests, seconds, options.connections, threads=2, on_cores=everywhere)

    samples = interleave(proxies, options.rounds, one, warm_up=lambda proxy: one(proxy, 1))
    report.title("workers: two against one, on all cores together with load and upstream")
    show(samples, COLUMNS)
    ratios = ratios_to(samples, "two-workers", "rps", "requests a second, two workers / one")
    report.note("workers: load (wrk, two threads) and upstream (nginx, two workers) run on the same cores as the "
                "gateway")
    return contents(samples, ratios, FIELDS)


def goals(_result, _report):
    """Nothing was promised."""
