"""Answers of 1 MB: what a request and a megabyte cost. The peers get buffers as large as they make use of."""

from harness.load import measure
from harness.work import LARGE_BYTES, Work
from harness.workspace import BenchError
from scenarios.rounds import contents, interleave, ratios_to, show

CONNECTIONS = 16
NGINX_BUFFERS = ("proxy_buffer_size 64k; proxy_buffers 16 128k; proxy_busy_buffers_size 256k; "
                 "proxy_max_temp_file_size 0;")
HAPROXY_BUFFERS = "tune.bufsize 131072"
COLUMNS = [("CPU us/req", "cpu_ns", 0.001, 1), ("CPU us/MB", "cpu_ns_mb", 0.001, 1), ("req/s", "rps", 1, 0),
           ("core busy %", "busy", 100, 0), ("p50 ms", "p50_ms", 1, 2), ("p99 ms", "p99_ms", 1, 2)]
FIELDS = [field for _, field, _, _ in COLUMNS]
SPLICING = "haproxy-splice"
GOAL = 0.85


def estimate(options):
    return 4 * (options.rounds * (options.seconds + 0.2) + 2) + 5


def run(lab, options, report):
    work = Work()
    _, upstream = lab.upstream()
    requests = lab.space.write("large.requests", work.rotation(work.routes, 1_000))
    proxies = [lab.start_gatehouse("gatehouse", work, upstream)]
    for name, start in (
            ("nginx-plain", lambda name: lab.start_nginx_plain(name, work, upstream, buffers=NGINX_BUFFERS)),
            ("haproxy-plain", lambda name: lab.start_haproxy_plain(name, work, upstream, buffers=HAPROXY_BUFFERS)),
            (SPLICING, lambda name: lab.start_haproxy_plain(name, work, upstream,
                                                                    buffers="maxpipes 64",
                                                                    splice="option splice-response"))):
        try:
            proxies.append(start(name))
        except BenchError as error:
            report.note(f"left out: {name}: {error}")

    def one(proxy, seconds=options.seconds):
        sample = measure(lab, proxy, requests, seconds, CONNECTIONS)
        return {**sample, "cpu_ns_mb": sample["cpu_ns"] / (LARGE_BYTES / 1e6)}

    samples = interleave(proxies, options.rounds, one, warm_up=lambda proxy: one(proxy, 1))
    report.title(f"large bodies: {LARGE_BYTES:,} bytes from a file, {CONNECTIONS} connections")
    show(samples, COLUMNS)
    ratios = ratios_to(samples)
    report.note("large: gatehouse does the whole job, the peers only proxy; nginx with 16 buffers of 128 KiB, haproxy "
                "with buffers of 128 KiB, haproxy-splice with 16 KiB and splice()")
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
