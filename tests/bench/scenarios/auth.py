"""What it costs to know who calls: API keys, tokens that were seen before, tokens that were not, introspection.
One gateway with one route a way; each way in turn, so that only the credential differs."""

import secrets
from pathlib import Path
from types import SimpleNamespace

from harness.load import measure
from harness.proxies import find_program
from harness.work import Work
from harness.workspace import BenchError
from scenarios.rounds import contents, interleave, note_disturbance, ratios_to, show

COLUMNS = [("CPU us/req", "cpu_ns", 0.001, 2), ("req/s", "rps", 1, 0), ("core busy %", "busy", 100, 0),
           ("p50 ms", "p50_ms", 1, 2), ("p99 ms", "p99_ms", 1, 2)]
FIELDS = [field for _, field, _, _ in COLUMNS]
WARM = 1_000    # tokens that fit a worker's cache
COLD = 40_000   # that do not: by the time one comes again it is long forgotten
WAYS = {"api-key": ("key", 0), "jwt-cached": ("rs256", WARM), "jwt-es256-cached": ("es256", WARM),
        "jwt-rs256": ("rs256", COLD), "jwt-es256": ("es256", COLD), "introspection-cached": ("opaque", WARM)}
GOAL = 1.1
INTROSPECTOR = Path(__file__).resolve().parent.parent / "harness" / "introspector.py"


def estimate(options):
    return len(WAYS) * (options.rounds * (options.seconds + 0.2) + 3) + 60


def config(port, upstream, introspector):
    providers = [f"  - {{name: {name}, issuer: 'https://{name}.bench.example', audience: [bench], "
                 f"algorithms: [{name.upper()}], jwks_file: {name}.jwks, consumer: {{claim: client_id}}}}"
                 for name in ("rs256", "es256")]
    providers.append("  - {name: opaque, issuer: 'https://opaque.bench.example', "
                     f"introspection: {{endpoint: 'http://127.0.0.1:{introspector}/introspect', client_id: gateway, "
                     "client_secret: '${secret:opaque}', cache: 1h}, consumer: {claim: client_id}}")
    work = Work()
    text = work.gatehouse_config(port, upstream)
    policies = "".join(f"  - {{name: by-{name}, authenticate: {{any_of: [{{{kind}: {name}}}]}}}}\n"
                       for name, kind in (("rs256", "jwt"), ("es256", "jwt"), ("opaque", "introspection")))
    routes = "".join(f'  - {{name: {name}, match: {{path: "/{name}/{{id}}"}}, action: {{service: backend, '
                     f'rewrite: "/api/things0/{{id}}"}}, policies: [{policy}]}}\n'
                     for name, policy in (("key", "key"), ("rs256", "by-rs256"), ("es256", "by-es256"),
                                          ("opaque", "by-opaque")))
    text = text.replace("services:\n", "identity_providers:\n" + "\n".join(providers) + "\nservices:\n", 1)
    return text.replace("routes:\n", policies + "routes:\n" + routes, 1)


def request(path, number, credential):
    return (f"GET /{path}/{number} HTTP/1.1\r\nHost: h0.example.com\r\n{credential}\r\n"
            "User-Agent: bench/1.0\r\nAccept: application/json\r\n\r\n")


def requests(lab, work, tokens):
    files = {}
    for name, (path, count) in WAYS.items():
        if path == "key":
            lines = [f"X-API-Key: {work.key(n)}" for n in range(WARM)]
        else:
            lines = [f"Authorization: Bearer {token}" for token in tokens[path][:count]]
        files[name] = lab.space.write(f"auth.{name}.requests",
                                      "".join(request(path, n, line) for n, line in enumerate(lines)))
    return files


def make_tokens(lab):
    tokens = {"opaque": [secrets.token_urlsafe(24) for _ in range(WARM)]}
    for name in ("rs256", "es256"):
        out = lab.space.run([lab.mint, "--algorithm", name.upper(), "--issuer", f"https://{name}.bench.example",
                             "--jwks", lab.space.path(f"{name}.jwks"), "--count", COLD, "--consumers", 10_000],
                            lab.space.load_cores, 300)
        tokens[name] = out.split()
    return tokens


def start(lab, work, upstream):
    introspector = lab.free_port()
    lab.space.start("introspector", [find_program("python3"), INTROSPECTOR, introspector, work.consumers],
                    lab.space.load_cores)
    port, database = lab.free_port(), lab.unique("auth.db")
    secret = lab.space.write("auth.secret", secrets.token_urlsafe(24))
    lab.space.run(["sh", "-c", f"'{lab.gatehousectl}' secret set opaque --db '{database}' < '{secret}'"],
                  lab.space.load_cores, 60)
    lab.apply(database, config(port, upstream, introspector))
    return lab.serve("gatehouse", port, database)


def run(lab, options, report):
    work = Work()
    upstream, _ = lab.upstream()
    files = requests(lab, work, make_tokens(lab))
    gateway = start(lab, work, upstream)
    ways = [SimpleNamespace(name=name, port=gateway.port, process=gateway.process) for name in WAYS]

    def one(way, seconds=options.seconds):
        sample = measure(lab, way, files[way.name], seconds, options.connections)
        if sample["bad"]:
            raise BenchError(f"{way.name}: {sample['bad']} of {sample['requests']} requests were refused")
        return sample

    samples = interleave(ways, options.rounds, one, warm_up=lambda way: one(way, 1))
    report.title(f"who calls: one gateway, a route for each kind of credential, {options.connections} connections")
    show(samples, COLUMNS)
    ratios = {name: ratio for name in WAYS if name != "api-key"
              for ratio in [ratios_to({"api-key": samples["api-key"], name: samples[name]}, name,
                                      title=f"CPU a request, {name} / API key")["api-key"]]}
    note_disturbance(report, samples, "auth")
    return contents(samples, ratios, FIELDS)


def goals(result, report):
    for name in ("jwt-cached", "jwt-es256-cached"):
        report.goal(f"CPU a request, {name} / API key", GOAL, result["ratios"][name]["median"])
