"""Load: wrk as fast as it goes, or requests at a constant rate; with what the proxy used meanwhile."""

import json
import re
from pathlib import Path

from harness.proxies import find_program
from harness.workspace import BenchError

LOAD_SCRIPT = Path(__file__).resolve().parent.parent / "load.lua"


def wrk(lab, port, requests_file, seconds, connections=64, threads=1, on_cores=None, scheme="http"):
    out = lab.space.run(
        [find_program("wrk"), f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency",
         "-s", LOAD_SCRIPT, f"{scheme}://127.0.0.1:{port}"],
        on_cores or lab.space.load_cores, seconds + 60, {"BENCH_REQUESTS": str(requests_file)})
    found = re.search(r"^RESULT (\{.*\})$", out, re.MULTILINE)
    if not found:
        raise BenchError(f"wrk said nothing that can be read: {out[-300:]}")
    result = json.loads(found.group(1))
    if result["requests"] == 0:
        raise BenchError("wrk got no answer at all")
    return result


def h2load(lab, port, work, count, connections, streams, on_cores=None):
    """So many requests over TLS and HTTP/2: one key, and paths of one host."""
    paths = [f"https://127.0.0.1:{port}{work.path(route, number)}" for number, route in
             enumerate(range(0, work.routes, work.hosts))]
    uris = lab.space.write("tls.uris", "\n".join(paths) + "\n")
    out = lab.space.run(
        [find_program("h2load"), "-n", count, "-c", connections, "-m", streams, "--header",
         f"X-API-Key: {work.key(1)}", "--header", ":authority: h0.example.com", "-i", uris],
        on_cores or lab.space.load_cores, 120)
    codes = re.search(r"status codes: (\d+) 2xx", out)
    took = re.search(r"finished in ([\d.]+)(m?s),", out)
    if not codes or not took or int(codes.group(1)) == 0:
        raise BenchError(f"h2load got no good answer: {out[-400:]}")
    return {"requests": int(codes.group(1)), "bad": count - int(codes.group(1)),
            "seconds": float(took.group(1)) * (0.001 if took.group(2) == "ms" else 1)}


def measure_h2load(lab, running, work, count, connections, streams):
    """One round against one proxy."""
    before = running.process.cpu_ns()
    result = h2load(lab, running.port, work, count, connections, streams)
    used = running.process.cpu_ns() - before
    return {"cpu_ns": used / result["requests"], "rps": result["requests"] / result["seconds"],
            "busy": used / 1e9 / result["seconds"], "bad": result["bad"], "requests": result["requests"]}


def measure(lab, running, requests_file, seconds, connections=64, threads=1, on_cores=None, scheme="http"):
    """One round against one proxy."""
    before = running.process.cpu_ns()
    result = wrk(lab, running.port, requests_file, seconds, connections, threads, on_cores, scheme)
    used = running.process.cpu_ns() - before
    return {"cpu_ns": used / result["requests"], "rps": result["requests"] / result["seconds"],
            "busy": used / 1e9 / result["seconds"], "p50_ms": result["p50_ms"], "p99_ms": result["p99_ms"],
            "bad": result["bad"] + result["broken"], "requests": result["requests"]}


def open_loop_command(lab, port, requests_file, rate, seconds, connections=64):
    return [lab.open_loop, "--port", port, "--requests", requests_file, "--rate", int(rate), "--seconds", seconds,
            "--connections", connections]


def measure_open_loop(lab, running, requests_file, rate, seconds, connections=64, on_cores=None):
    """One round at a constant rate; latencies count from when a request was due."""
    before = running.process.cpu_ns()
    out = lab.space.run(open_loop_command(lab, running.port, requests_file, rate, seconds, connections),
                        on_cores or lab.space.load_cores, seconds + 60)
    used = running.process.cpu_ns() - before
    result = json.loads(out)
    if result["requests"] == 0:
        raise BenchError("the open loop got no answer at all")
    return {**result, "cpu_ns": used / result["requests"]}
