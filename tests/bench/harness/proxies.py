"""Gatehouse and its peers: how each is configured and started."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from harness.work import ANSWER, GENEROUS, LARGE_BYTES
from harness.workspace import BenchError

PEERS = Path(__file__).resolve().parent.parent / "peers"
NGINX_MODULES = Path("/usr/lib/nginx/modules")
CONNECTIONS_MAX = 16384


@dataclass
class Running:
    """A proxy (or the upstream) that answers."""
    name: str
    port: int
    process: object


def find_program(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if not found:
        raise BenchError(f"{name} is not installed (see packaging/debian-packages.txt)")
    return found


def fill(template, **values):
    """The file of `peers` with @name@ replaced; a name without a value is a fault of ours."""
    text = template if "\n" in template else (PEERS / template).read_text()
    values = {name: str(value) for name, value in values.items()}
    for _ in range(2):  # values may hold names, too
        text = re.sub(r"@([a-z0-9_]+)@", lambda found: values[found.group(1)], text)
    return text


class Lab:
    """Starts the upstream and the proxies on ports that are free."""

    def __init__(self, workspace, build):
        self.space = workspace
        self.gatehousectl = Path(build).resolve() / "app" / "gatehousectl"
        self.open_loop = Path(build).resolve() / "tests" / "bench" / "open_loop"
        self.publisher = Path(build).resolve() / "tests" / "bench" / "publisher"
        self.handshakes = Path(build).resolve() / "tests" / "bench" / "handshakes"
        self.mint = Path(build).resolve() / "tests" / "bench" / "mint"
        for program in (self.gatehousectl, self.open_loop, self.publisher, self.handshakes, self.mint):
            if not program.exists():
                raise BenchError(f"{program} is not built; `./dev bench` builds it")
        self.next_port = 19100
        self.count = 0
        self.upstreams = {}
        self.rates = {}  # requests a second of each proxy at its limit, once measured

    def free_port(self):
        # Below the ports that the system gives to outgoing connections.
        while self.next_port < 32000:
            self.next_port += 1
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.next_port))
                    return self.next_port
                except OSError:
                    pass
        raise BenchError("no port between 19101 and 32000 is free")

    def stop(self, running):
        self.space.stop(running.process)

    def stop_proxies(self):
        """All but the upstreams, which the next scenario uses as well."""
        for process in list(self.space.processes):
            if not process.name.startswith("upstream-"):
                self.space.stop(process)

    def wait_until_answering(self, name, port, process, limit_s=30, tls=False):
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            process.require_running()
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as plain:
                    # The certificate is the benchmark's own, made for this run.
                    connection = ssl._create_unverified_context().wrap_socket(plain) if tls else plain
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: h0.example.com\r\nConnection: close\r\n\r\n")
                    connection.settimeout(5)
                    if connection.recv(16).startswith(b"HTTP/1."):
                        return
            except OSError:
                time.sleep(0.02)
        raise BenchError(f"{name} does not answer within {limit_s} s: {process.tail()}")

    # nginx

    def start_nginx(self, name, template, on_cores, port, workers=1, tls=False, **values):
        common = dict(folder=self.space.folder, name=name, workers=workers, port=port, here=PEERS,
                      files_max=min(self.space.files_max, 65536), modules=NGINX_MODULES,
                      connections_max=min(CONNECTIONS_MAX, self.space.files_max), **values)
        for part in ("common", "http"):
            self.space.write(f"{name}.{part}.conf", fill(f"nginx_{part}.conf", **common))
        config = self.space.write(f"{name}.conf", fill(template, **common))
        process = self.space.start(name, [find_program("nginx"), "-p", self.space.folder, "-c", config], on_cores)
        self.wait_until_answering(name, port, process, tls=tls)
        return Running(name, port, process)

    def upstream(self, kind="pinned"):
        """(port of the small answers, port of the large ones); `shared` has two workers on all cores. The small ones
        are there by HTTP/2, too: see h2_upstream()."""
        if kind not in self.upstreams:
            self.space.write("large.bin", b"0123456789abcdef" * (LARGE_BYTES // 16))
            small, large, h2 = self.free_port(), self.free_port(), self.free_port()
            shared = kind == "shared"
            where = self.space.proxy_cores | self.space.load_cores if shared else self.space.load_cores
            running = self.start_nginx(f"upstream-{kind}", "upstream.conf", where, small, 2 if shared else 1,
                                       small_port=small, large_port=large, h2_port=h2, json=ANSWER)
            self.wait_until_answering(running.name, large, running.process)
            self.upstreams[kind] = (small, large, h2)
        return self.upstreams[kind][:2]

    def h2_upstream(self, kind="pinned"):
        """The port of the small answers by HTTP/2 with prior knowledge."""
        self.upstream(kind)
        return self.upstreams[kind][2]

    # Gatehouse

    def apply(self, database, text, timeout_s=300, on_cores=None):
        file = self.space.write("apply.yaml", text)
        return self.space.run([self.gatehousectl, "apply", file, "--db", database, "--json"],
                              on_cores or self.space.load_cores, timeout_s)

    def serve(self, name, port, database, workers=1, access_log=False, on_cores=None, limit_s=120, tls=False):
        command = [self.gatehousectl, "serve", "--workers", workers, "--db", database, "--drain", 0]
        if access_log:
            command += ["--access-log", self.space.path(f"{name}.access.json")]
        process = self.space.start(name, command, on_cores or self.space.proxy_cores)
        self.wait_until_answering(name, port, process, limit_s, tls)
        return Running(name, port, process)

    def start_gatehouse(self, name, work, upstream, limit=GENEROUS, access_log=False, workers=1, on_cores=None):
        port = self.free_port()
        database = self.unique(f"{name}.db")
        self.apply(database, work.gatehouse_config(port, upstream, limit))
        return self.serve(name, port, database, workers, access_log, on_cores)

    def unique(self, name):
        self.count += 1
        return self.space.path(f"{self.count}-{name}")

    # The peers

    def start_nginx_plain(self, name, _work, upstream, _limit=GENEROUS, buffers=""):
        return self.start_nginx(name, "nginx_plain.conf", self.space.proxy_cores, self.free_port(),
                                upstream=upstream, buffers=buffers)

    def start_nginx_job(self, name, work, upstream, limit=GENEROUS):
        self.space.write("keys.nginx", work.key_lines('"{key}" {consumer};'))
        servers = work.nginx_servers(
            ['if ($consumer = "") { return 401; }', f"limit_req zone=consumers burst={limit.burst} nodelay;"], [])
        return self.start_nginx(name, "nginx_job.conf", self.space.proxy_cores, self.free_port(),
                                upstream=upstream, rate=limit.rate, servers=servers)

    def start_nginx_lua(self, name, work, upstream, limit=GENEROUS):
        if not (NGINX_MODULES / "ngx_http_lua_module.so").exists():
            raise BenchError("nginx's Lua module is not installed (libnginx-mod-http-lua)")
        self.space.write("keys.lua.txt", work.key_lines("{key} {consumer}"))
        servers = work.nginx_servers(['set $consumer "";'], ['set $route "@route@";'])
        return self.start_nginx(name, "nginx_lua.conf", self.space.proxy_cores, self.free_port(),
                                upstream=upstream, rate=limit.rate, burst=limit.burst, servers=servers)

    def start_haproxy(self, name, template, tls=False, **values):
        port = self.free_port()
        # HAProxy wants two descriptors a connection, whether it ever uses them or not.
        connections = min(CONNECTIONS_MAX, (self.space.files_max - 400) // 2)
        config = self.space.write(f"{name}.cfg", fill(template, folder=self.space.folder, port=port, workers=1,
                                                      connections_max=connections, **values))
        process = self.space.start(name, [find_program("haproxy"), "-db", "-f", config], self.space.proxy_cores)
        self.wait_until_answering(name, port, process, tls=tls)
        return Running(name, port, process)

    def start_haproxy_plain(self, name, _work, upstream, _limit=GENEROUS, buffers="", splice=""):
        return self.start_haproxy(name, "haproxy_plain.cfg", upstream=upstream, buffers=buffers, splice=splice)

    def start_haproxy_job(self, name, work, upstream, limit=GENEROUS):
        self.space.write("keys.haproxy", work.key_lines("{key} {consumer}"))
        return self.start_haproxy(name, "haproxy_job.cfg", upstream=upstream, rate=limit.rate,
                                  rules=work.haproxy_rules())

    def start_caddy_plain(self, name, _work, upstream, _limit=GENEROUS):
        port = self.free_port()
        config = self.space.write(f"{name}.caddyfile", fill("Caddyfile", port=port, upstream=upstream))
        command = [find_program("caddy"), "run", "--adapter", "caddyfile", "--config", config]
        process = self.space.start(name, command, self.space.proxy_cores, {"GOMAXPROCS": "1"})
        self.wait_until_answering(name, port, process)
        return Running(name, port, process)

    # TLS

    def certificate(self):
        """A self-signed certificate (ECDSA P-256, as most are) in tls.pem and tls.key; tls.both.pem has both."""
        if not self.space.path("tls.pem").exists():
            self.space.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                            "-nodes", "-days", "2", "-subj", "/CN=h0.example.com",
                            "-addext", "subjectAltName=DNS:h0.example.com,DNS:localhost,IP:127.0.0.1",
                            "-keyout", self.space.path("tls.key"), "-out", self.space.path("tls.pem")],
                           self.space.load_cores, 30)
            self.space.write("tls.both.pem",
                             self.space.path("tls.pem").read_text() + self.space.path("tls.key").read_text())

    def start_gatehouse_tls(self, name, work, upstream, h2):
        self.certificate()
        port = self.free_port()
        database = self.unique(f"{name}.db")
        self.apply(database, work.gatehouse_config(port, upstream, tls=("tls.pem", "tls.key"), h2_upstream=h2))
        return self.serve(name, port, database, tls=True)

    def start_nginx_tls(self, name, upstream, h2):
        self.certificate()
        # nginx asks by HTTP/2 with its gRPC module alone.
        passing = ("grpc_pass grpc://backend;" if h2 else
                   'proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; '
                   "proxy_set_header Host $host;")
        return self.start_nginx(name, "nginx_tls.conf", self.space.proxy_cores, self.free_port(), tls=True,
                                upstream=upstream, **{"pass": passing})

    def start_haproxy_tls(self, name, upstream, h2):
        self.certificate()
        return self.start_haproxy(name, "haproxy_tls.cfg", tls=True, upstream=upstream,
                                  protocol="proto h2" if h2 else "")

    def start_gatehouse_log(self, name, work, upstream, limit=GENEROUS):
        return self.start_gatehouse(name, work, upstream, limit, access_log=True)

    def starters(self):
        return {"gatehouse": self.start_gatehouse, "gatehouse-log": self.start_gatehouse_log,
                "nginx-plain": self.start_nginx_plain, "nginx-job": self.start_nginx_job,
                "nginx-lua": self.start_nginx_lua, "haproxy-plain": self.start_haproxy_plain,
                "haproxy-job": self.start_haproxy_job, "caddy-plain": self.start_caddy_plain}


def does_the_job(name):
    return not name.endswith("-plain")


def versions(lab):
    def first_line(command):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
            return (done.stdout + done.stderr).strip().splitlines()[0]
        except (OSError, IndexError, subprocess.TimeoutExpired):
            return "not there"

    found = {"gatehouse": first_line([lab.gatehousectl, "--version"])}
    for name, option in (("nginx", "-v"), ("haproxy", "-v"), ("caddy", "version"), ("wrk", "-v"),
                         ("h2load", "--version")):
        try:
            found[name] = first_line([find_program(name), option])
        except BenchError:
            found[name] = "not installed"
    return found
