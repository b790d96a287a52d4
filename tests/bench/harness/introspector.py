"""Answers token introspection (RFC 7662): every token is active and of one of so many consumers.
Arguments: port, number of consumers."""

import json
import sys
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802: the base class wants this name
        form = self.rfile.read(int(self.headers["Content-Length"]))
        number = zlib.crc32(form) % int(sys.argv[2])
        body = json.dumps({"active": True, "client_id": f"c{number}", "sub": f"user-{number}",
                           "exp": int(time.time()) + 7200, "scope": "things:read"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
