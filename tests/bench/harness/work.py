"""What the proxies have to do: routes, hosts, keys; as configurations of each program and as requests."""

import hashlib
import random
from dataclasses import dataclass

ANSWER = ('{"id":8841,"state":"shipped","items":[{"sku":"A1","count":1},{"sku":"B2","count":3}],'
          '"total":{"amount":4900,"currency":"EUR"},"customer":"acme","note":"leave it at the door, thank you"}')
ANSWER += " " * (200 - len(ANSWER))
LARGE_BYTES = 1_000_000


@dataclass(frozen=True)
class Limit:
    """Requests a second and at once, for each consumer."""
    rate: int
    burst: int


GENEROUS = Limit(1_000_000, 1_000_000)  # counts every request and refuses none
TIGHT = Limit(5, 5)                     # for the check that there is a limiter at all


@dataclass(frozen=True)
class Work:
    routes: int = 50
    hosts: int = 10
    keys: int = 10_000
    consumers: int = 10_000

    def host(self, route):
        return f"h{route % self.hosts}.example.com"

    def path(self, route, number):
        return f"/v1/things{route}/{number}"

    @staticmethod
    def key(number):
        return f"gh_bench{number:035d}"

    def consumer(self, key):
        return f"c{key % self.consumers}"

    # Requests

    def request(self, route, key, number):
        return (f"GET {self.path(route, number)} HTTP/1.1\r\nHost: {self.host(route)}\r\n"
                f"X-API-Key: {self.key(key)}\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\n\r\n")

    def rotation(self, routes, keys):
        """Requests that walk through so many routes and keys (spread evenly over all there are)."""
        count = max(routes, keys)
        route_step, key_step = max(1, self.routes // routes), max(1, self.keys // keys)
        return "".join(self.request(n % routes * route_step, n % keys * key_step, n) for n in range(count))

    def scattered(self, count):
        """Requests for random routes with random keys; the same ones each time."""
        chance = random.Random(7)
        return "".join(self.request(chance.randrange(self.routes), chance.randrange(self.keys), n)
                       for n in range(count))

    # Gatehouse. Flow style on single lines: quick to write and quick to read.

    def gatehouse_config(self, port, upstream, limit=GENEROUS, keys=None, changed_route=None, generation=0, tls=None,
                         h2_upstream=False):
        """The configuration; `keys` (a range) picks the keys of this file, all without it. `tls`: the files of a
        certificate and its private key."""
        lines = []
        if tls:
            lines += ["certificates:", f"  - {{name: bench, chain_file: {tls[0]}, key_file: {tls[1]}}}"]
        encrypted = "tls: {certificates: [bench]}, " if tls else ""
        lines += ["listeners:", f"  - {{name: public, address: 127.0.0.1:{port}, {encrypted}"
                  f"limits: {{connections_per_peer: 0}}, timeouts: {{idle: 1h}}}}",
                 "tiers:", f"  - {{name: enterprise, rate: {limit.rate}/second, burst: {limit.burst}}}",
                 "consumers:"]
        of_consumer = [[] for _ in range(self.consumers)]
        for number in keys if keys is not None else range(self.keys):
            digest = hashlib.sha256(self.key(number).encode()).hexdigest()
            of_consumer[number % self.consumers].append(f'{{name: k{number}, hash: "sha256:{digest}"}}')
        for number, own in enumerate(of_consumer):
            some = f", keys: [{', '.join(own)}]" if own else ""
            lines.append(f"  - {{name: c{number}, tier: enterprise{some}}}")
        lines += ["services:",
                  f"  - {{name: backend, protocol: {'http2' if h2_upstream else 'http'}, "
                  f"targets: ['127.0.0.1:{upstream}'], timeouts: {{idle: 1h}}}}",
                  "policies:", "  - {name: key, authenticate: {any_of: [api-key]}}", "routes:"]
        for route in range(self.routes):
            into = f"/api/things{route}/{{id}}" if route != changed_route else f"/api{generation}/things{route}/{{id}}"
            lines.append(
                f'  - {{name: r{route}, match: {{hosts: [{self.host(route)}], path: "/v1/things{route}/{{id}}"}}, '
                f'action: {{service: backend, rewrite: "{into}"}}, policies: [key]}}')
        return "\n".join(lines) + "\n"

    # The peers

    def key_lines(self, form):
        return "".join(form.format(key=self.key(n), consumer=self.consumer(n)) + "\n" for n in range(self.keys))

    def nginx_servers(self, in_server, in_location):
        """A server for each host with a location for each route."""
        lines = []
        for host in range(self.hosts):
            lines += ["    server {", "        listen 127.0.0.1:@port@;", f"        server_name h{host}.example.com;"]
            lines += [f"        {line}" for line in in_server]
            for route in range(host, self.routes, self.hosts):
                lines.append(f"        location /v1/things{route}/ {{")
                lines += [f"            {line}".replace("@route@", f"r{route}") for line in in_location]
                lines += [f"            proxy_pass http://backend/api/things{route}/;", "        }"]
            lines += ["        location / { return 404; }", "    }"]
        return "\n".join(lines)

    def haproxy_rules(self):
        lines = [f"    acl h{host} req.hdr(host) -i h{host}.example.com" for host in range(self.hosts)]
        lines += [f"    use_backend api if h{route % self.hosts} {{ path_beg /v1/things{route}/ }}"
                  for route in range(self.routes)]
        return "\n".join(lines)
