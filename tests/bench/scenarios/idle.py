"""Idle keep-alive connections: the bytes of memory that one costs the proxy's process."""

import gc
import socket
import time

from harness.figures import summarise
from harness.load import wrk
from harness.report import table
from harness.work import Work
from harness.workspace import BenchError

NAMES = ["gatehouse", "nginx-plain", "nginx-job", "haproxy-plain", "haproxy-job", "caddy-plain"]
REPEATS = 3
SOURCES = 12  # addresses the connections come from, so that each stays below 1,000 of one peer
GOAL = 600


def estimate(options):
    return len(NAMES) * min(options.rounds, REPEATS) * (options.idle_connections / 2500 + 6)


def open_connections(port, request, count, limit_s=60):
    """So many connections, each after one answered request."""
    opened = []
    end = time.monotonic() + limit_s
    try:
        for number in range(count):
            if time.monotonic() > end:
                raise BenchError(f"only {number} connections within {limit_s} s")
            connection = socket.socket()
            opened.append(connection)
            connection.settimeout(5)
            connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: ports are shared
            connection.bind((f"127.0.0.{2 + number % SOURCES}", 0))
            connection.connect(("127.0.0.1", port))
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < 200:
                piece = connection.recv(65536)
                if not piece:
                    raise BenchError(f"connection {number} was closed by the proxy: {answer[:100]!r}")
                answer += piece
            if not answer.startswith(b"HTTP/1.1 200"):
                raise BenchError(f"connection {number} got {answer[:100]!r}")
    except OSError as error:
        reached = len(opened)
        close_connections(opened)
        raise BenchError(f"connection {reached}: {error}") from None
    except BenchError:
        close_connections(opened)
        raise
    return opened


def close_connections(opened):
    for connection in opened:
        connection.close()
    opened.clear()


def measure_once(lab, name, work, upstream, requests, count):
    """A fresh process, warmed up; memory before and after the connections came and fell silent."""
    running = lab.starters()[name](name, work, upstream)
    try:
        wrk(lab, running.port, requests, 1)
        before = running.process.settled_pss_bytes()
        opened = open_connections(running.port, work.request(0, 0, 1).encode(), count)
        try:
            after = running.process.settled_pss_bytes()
        finally:
            close_connections(opened)
            gc.collect()
        return {"bytes": (after - before) / count, "before": before, "after": after}
    finally:
        lab.stop(running)


def run(lab, options, report):
    work = Work()
    upstream, _ = lab.upstream()
    requests = lab.space.write("idle.requests", work.rotation(work.routes, 1_000))
    # Some descriptors are for everything else.
    count = min(options.idle_connections, lab.space.files_max - 500)
    samples = {}
    for _ in range(min(options.rounds, REPEATS)):
        for name in NAMES:
            try:
                samples.setdefault(name, []).append(measure_once(lab, name, work, upstream, requests, count))
            except BenchError as error:
                if name == "gatehouse":
                    raise
                report.note(f"idle: left out: {name}: {error}")
    report.title(f"idle: {count:,} keep-alive connections after one request each")
    summary = {name: summarise(own, ["bytes", "before", "after"]) for name, own in samples.items() if own}
    table([[name, f"{own['bytes']['median']:,.0f}", f"{min(s['bytes'] for s in samples[name]):,.0f}",
            f"{max(s['bytes'] for s in samples[name]):,.0f}", f"{own['before']['median'] / 2**20:,.1f}"]
           for name, own in summary.items()],
          ["proxy", "bytes a connection", "least", "most", "MiB before"])
    report.note("idle: Pss of the proxy's processes; the kernel's sockets are not in it, nor what nginx and HAProxy "
                "set aside for all connections at their start")
    return {"connections": count, "proxies": {name: {**own, "rounds": samples[name]} for name, own in summary.items()}}


def goals(result, report):
    report.goal("memory an idle keep-alive connection", GOAL, result["proxies"]["gatehouse"]["bytes"]["median"],
                "bytes")
