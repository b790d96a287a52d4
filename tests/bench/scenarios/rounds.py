"""What scenarios have in common: proxies that are checked, and rounds that interleave them."""

from harness.checks import check_limiter, check_proxy
from harness.figures import paired_ratio, summarise
from harness.proxies import does_the_job
from harness.report import progress, table
from harness.workspace import BenchError


def start_checked(lab, report, names, work, upstream):
    """Those of the proxies that run and do their job; each after its limiter was seen to refuse."""
    running = []
    starters = lab.starters()
    for name in names:
        try:
            if does_the_job(name):
                check_limiter(lab, name, starters[name], work, upstream)
            proxy = starters[name](name, work, upstream)
            running.append(proxy)
            check_proxy(proxy, work)
        except BenchError as error:
            if name == "gatehouse":
                raise
            running = [proxy for proxy in running if proxy.name != name]
            report.note(f"left out: {name}: {error}")
    return running


def interleave(proxies, rounds, measure, warm_up=None):
    """{name: [sample, ...]}: all proxies in each round, each time beginning with another one and every second
    time backwards, so that none is always measured after the same neighbour."""
    samples = {proxy.name: [] for proxy in proxies}
    for proxy in proxies if warm_up else []:
        warm_up(proxy)
    for number in range(rounds):
        shift = number // 2 % len(proxies)
        order = proxies[shift:] + proxies[:shift]
        for proxy in order if number % 2 == 0 else reversed(order):
            samples[proxy.name].append(measure(proxy))
        progress(f"round {number + 1} of {rounds}")
    return samples


def note_disturbance(report, samples, what):
    """A proxy at its limit fills its core; where it did not, somebody else was there."""
    busy = {name: summarise(own, ["busy"])["busy"]["median"] for name, own in samples.items()}
    idle = [f"{name} {share:.0%}" for name, share in busy.items() if share < 0.9]
    if idle:
        report.note(f"{what}: these did not have their core to themselves, or load and upstream were slower than they "
                    f"are: {', '.join(idle)}")


def show(samples, columns):
    """A row a proxy. Columns: (heading, field, factor, digits)."""
    rows = []
    for name, own in samples.items():
        medians = summarise(own, [field for _, field, _, _ in columns])
        cells = [f"{medians[field]['median'] * factor:,.{digits}f}" for _, field, factor, digits in columns]
        rows.append([name, *cells, sum(sample["bad"] for sample in own)])
    table(rows, ["proxy"] + [heading for heading, *_ in columns] + ["not 2xx"])


def ratios_to(samples, ours="gatehouse", field="cpu_ns", title="CPU a request, ours / peer"):
    """Paired ratios of ours to every other, as a table and as data."""
    ratios = {name: paired_ratio(samples[ours], own, field) for name, own in samples.items() if name != ours}
    rows = [[name, f"{ratio['median']:.3f}", f"{ratio['min']:.3f}", f"{ratio['max']:.3f}",
             f"{ratio['interval_low']:.3f} .. {ratio['interval_high']:.3f} ({ratio['interval_coverage']:.0%})"]
            for name, ratio in ratios.items()]
    table(rows, [title, "median", "least", "most", "interval of the median"])
    return ratios


def contents(samples, ratios, fields, **more):
    return {"proxies": {name: {**summarise(own, fields), "bad": sum(sample["bad"] for sample in own), "rounds": own}
                        for name, own in samples.items()}, "ratios": ratios, **more}
