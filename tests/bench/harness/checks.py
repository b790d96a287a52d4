"""Before anything is measured: does each proxy do what it is measured for?"""

import http.client

from harness.proxies import does_the_job
from harness.work import TIGHT
from harness.workspace import BenchError


def ask(port, host, path, key=None):
    """(status, fields, body) of one request; the upstream tells what it saw."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        fields = {"Host": host, "X-Bench-Check": "1"}
        if key:
            fields["X-API-Key"] = key
        connection.request("GET", path, headers=fields)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"asking port {port} for {path} failed: {error}") from None
    finally:
        connection.close()


def what_arrived(body):
    return dict(part.split("=", 1) for part in body.split("|") if "=" in part)


def expect(name, what, wanted, got):
    if wanted != got:
        raise BenchError(f"{name} does not do its job: {what} should be {wanted!r} and is {got!r}")


def check_good_answer(name, work, port, job):
    for number in (0, 7, work.keys - 1):
        route = number % work.routes
        path = work.path(route, number)
        status, fields, body = ask(port, work.host(route), path, work.key(number))
        seen = what_arrived(body)
        expect(name, "the status with a good key", 200, status)
        expect(name, "the path upstream", "/api" + path[len("/v1"):] if job else path, seen.get("uri"))
        if not job:
            continue
        expect(name, "X-Client-ID upstream", work.consumer(number), seen.get("client"))
        expect(name, "the key upstream", "", seen.get("key"))
        expect(name, "X-Forwarded-For upstream", "127.0.0.1", seen.get("for"))
        expect(name, "X-Forwarded-Proto upstream", "http", seen.get("proto"))
        expect(name, "X-Forwarded-Host upstream", work.host(route), seen.get("host"))
        expect(name, "Forwarded upstream has the client", True, "for=127.0.0.1" in seen.get("forwarded", ""))
        expect(name, "X-Request-ID upstream is there", True, bool(seen.get("id")))
        expect(name, "X-Request-ID of the answer", seen.get("id"), fields.get("X-Request-ID"))


def check_proxy(running, work):
    """A good answer arrives, and a proxy that does the job refuses what it should."""
    job = does_the_job(running.name)
    check_good_answer(running.name, work, running.port, job)
    if job:
        path = work.path(0, 1)
        expect(running.name, "the status without a key", 401, ask(running.port, work.host(0), path)[0])
        expect(running.name, "the status with a wrong key", 401,
               ask(running.port, work.host(0), path, work.key(work.keys + 5))[0])
        expect(running.name, "the status of a path that no route has", 404,
               ask(running.port, work.host(0), "/v1/other/1", work.key(1))[0])


def check_limiter(lab, name, starter, work, upstream):
    """A second instance with a tight limit, only for this, refuses what is over it, consumer by consumer."""
    running = starter(f"{name}-tight", work, upstream, TIGHT)
    try:
        statuses = [ask(running.port, work.host(0), work.path(0, 1), work.key(1))[0] for _ in range(30)]
        expect(name, "statuses at a tight limit", {200, 429}, set(statuses))
        expect(name, "the first status at a tight limit", 200, statuses[0])
        expect(name, "another consumer's status meanwhile", 200,
               ask(running.port, work.host(0), work.path(0, 1), work.key(2))[0])
    finally:
        lab.stop(running)
