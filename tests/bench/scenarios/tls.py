"""TLS 1.3 in front: what a request costs over HTTP/1.1 and HTTP/2, and what a handshake does, ours and theirs."""

import json

from harness.load import measure, measure_h2load
from harness.work import Work
from harness.workspace import BenchError
from scenarios.rounds import contents, interleave, ratios_to, show

# name: (client speaks HTTP/1.1, upstream speaks HTTP/2, streams a connection)
WAYS = {"h1-h1": (True, False, 1), "h2-h1": (False, False, 10), "h2-h2": (False, True, 10)}
COLUMNS = [("CPU us/req", "cpu_ns", 0.001, 2), ("req/s", "rps", 1, 0), ("core busy %", "busy", 100, 0)]
HANDSHAKE_COLUMNS = [("CPU us/handshake", "cpu_ns", 0.001, 1), ("handshakes/s", "rate", 1, 0),
                     ("core busy %", "busy", 100, 0)]
GOAL = 0.85
REQUESTS_A_SECOND = 25_000  # h2load counts requests, so that a round of HTTP/2 takes about as long as the others


def estimate(options):
    return (len(WAYS) * 3 + 6) * options.rounds * (options.seconds + 0.3) + 30


def start(lab, report, work, upstream, h2):
    running = []
    for name, starter in (("gatehouse", lambda: lab.start_gatehouse_tls("gatehouse", work, upstream, h2)),
                          ("nginx", lambda: lab.start_nginx_tls("nginx", upstream, h2)),
                          ("haproxy", lambda: lab.start_haproxy_tls("haproxy", upstream, h2))):
        try:
            running.append(starter())
        except BenchError as error:
            if name == "gatehouse":
                raise
            report.note(f"left out: {name}: {error}")
    return running


def requests(lab, options, report, work):
    results = {}
    small, _ = lab.upstream()
    wanted = lab.space.write("tls.requests", work.rotation(work.routes, 1_000))
    for name, (h1, h2_upstream, streams) in WAYS.items():
        proxies = start(lab, report, work, lab.h2_upstream() if h2_upstream else small, h2_upstream)

        def one(proxy, seconds=options.seconds, way=(h1, streams)):
            if way[0]:
                return measure(lab, proxy, wanted, seconds, 32, scheme="https")
            return measure_h2load(lab, proxy, work, seconds * REQUESTS_A_SECOND, 32, way[1])

        samples = interleave(proxies, options.rounds, one, warm_up=lambda proxy: one(proxy, 1))
        report.title(f"TLS 1.3, client {name.split('-')[0]} and upstream {name.split('-')[1]}: 32 connections, "
                     f"{streams} requests at a time on each; ours with keys, limits and metrics")
        show(samples, COLUMNS)
        results[name] = contents(samples, ratios_to(samples), [field for _, field, *_ in COLUMNS])
        lab.stop_proxies()
    return results


def handshakes(lab, options, report, work):
    proxies = start(lab, report, work, lab.upstream()[0], False)
    results = {}
    for kind in ("full", "resumed"):

        def one(proxy, seconds=options.seconds, resumed=kind == "resumed"):
            before = proxy.process.cpu_ns()
            out = lab.space.run([lab.handshakes, "--port", proxy.port, "--seconds", seconds] +
                                (["--resumed"] if resumed else []), lab.space.load_cores, seconds + 30)
            used = proxy.process.cpu_ns() - before
            done = json.loads(out)
            if resumed and done["resumed"] < done["handshakes"] - 1:
                raise BenchError(f"{proxy.name} resumed {done['resumed']} of {done['handshakes']} sessions")
            return {"cpu_ns": used / done["handshakes"], "rate": done["handshakes"] / done["seconds"],
                    "busy": used / 1e9 / done["seconds"], "bad": 0}

        samples = interleave(proxies, options.rounds, one)
        report.title(f"handshakes, {kind}: TLS 1.3, ECDSA P-256, one client")
        show(samples, HANDSHAKE_COLUMNS)
        results[kind] = contents(samples, ratios_to(samples, title="CPU a handshake, ours / peer"),
                                 [field for _, field, *_ in HANDSHAKE_COLUMNS])
    lab.stop_proxies()
    return results


def run(lab, options, report):
    work = Work()
    lab.certificate()
    return {"requests": requests(lab, options, report, work), "handshakes": handshakes(lab, options, report, work)}


def goals(result, report):
    for way, own in result["requests"].items():
        if own["ratios"]:
            worst = max(ratio["median"] for ratio in own["ratios"].values())
            report.goal(f"CPU a request, {way}, ours / the better of nginx and HAProxy", GOAL, worst)
