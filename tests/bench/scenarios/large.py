"""Answers of 1 MB: what a request and a megabyte cost. The peers get the sizes of buffers with which
they are cheapest."""

from harness.load import measure
from harness.work import LARGE_BYTES, Work
from harness.workspace import BenchError
from scenarios.rounds import contents, interleave, ratios_to, show

CONNECTIONS = 16


def nginx_buffers(kib):
    return (f"proxy_buffer_size {kib}k; proxy_buffers 8 {kib}k; proxy_busy_buffers_size {2 * kib}k; "
            "proxy_max_temp_file_size 0;")


def haproxy_buffers(kib):
    return f"tune.bufsize {kib * 1024}"


SPLICING = "haproxy-splice"
COLUMNS = [("CPU us/req", "cpu_ns", 0.001, 1), ("CPU us/MB", "cpu_ns_mb", 0.001, 1), ("req/s", "rps", 1, 0),
           ("core busy %", "busy", 100, 0), ("p50 ms", "p50_ms", 1, 2), ("p99 ms", "p99_ms", 1, 2)]
FIELDS = [field for _, field, _, _ in COLUMNS]
GOAL = 0.85


def estimate(options):
    return 6 * (options.rounds * (options.seconds + 0.2) + 2) + 5


def run(lab, options, report):
    work = Work()
    _, upstream = lab.upstream()
    requests = lab.space.write("large.requests", work.rotation(work.routes, 1_000))
    proxies = [lab.start_gatehouse("gatehouse", work, upstream)]
    peers = [(f"nginx-{kib}k", lab.start_nginx_plain, {"buffers": nginx_buffers(kib)}) for kib in (16, 64)]
    peers += [(f"haproxy-{kib}k", lab.start_haproxy_plain, {"buffers": haproxy_buffers(kib)}) for kib in (32, 64)]
    peers.append((SPLICING, lab.start_haproxy_plain, {"buffers": "maxpipes 64", "splice": "option splice-response"}))
    for name, start, settings in peers:
        try:
            proxies.append(start(name, work, upstream, **settings))
        except BenchError as error:
            report.note(f"left out: {name}: {error}")

    def one(proxy, seconds=options.seconds):
        sample = measure(lab, proxy, requests, seconds, CONNECTIONS)
        return {**sample, "cpu_ns_mb": sample["cpu_ns"] / (LARGE_BYTES / 1e6)}

    samples = interleave(proxies, options.rounds, one, warm_up=lambda proxy: one(proxy, 1))
    report.title(f"large bodies: {LARGE_BYTES:,} bytes from a file, {CONNECTIONS} connections")
    show(samples, COLUMNS)
    ratios = ratios_to(samples)
    report.note("large: gatehouse does the whole job, the peers only proxy; the number in a name is the size of their "
                "buffers (smaller and larger ones cost them more); haproxy-splice has 16 KiB and splice()")
    return contents(samples, ratios, FIELDS, body_bytes=LARGE_BYTES)


def goals(result, report):
    copying = {name: ratio["median"] for name, ratio in result["ratios"].items() if name != SPLICING}
    if copying:
        # The best peer is the one that ours looks worst against.
        name = max(copying, key=copying.get)
        report.goal(f"CPU a 1 MB answer, ours / the best of nginx and HAProxy ({name})", GOAL, copying[name])
    if SPLICING in result["ratios"]:
        report.goal("CPU a 1 MB answer, ours / HAProxy that splices in the kernel", GOAL,
                    result["ratios"][SPLICING]["median"])
