"""A server of HTTP in a thread, which answers by itself, or asks another one: late, in vain, or losing its answer."""

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "keep-alive"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


# None closes the connection without an answer.
Respond = Callable[[Request], Answer | None]


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """Answer whatever comes by `respond`, each request in a thread; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = respond(Request(self.command, self.path, dict(self.headers), body))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def forward(target: str, request: Request) -> Answer:
    """Return what the server at `target`, "http://HOST:PORT", answers."""
    connection = http.client.HTTPConnection(target.removeprefix("http://"), timeout=60)
    try:
        connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in HOP_BY_HOP - {"content-length"}:
                connection.putheader(name, value)
        connection.endheaders(request.body)
        response = connection.getresponse()
        headers = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
        return Answer(response.status, headers, response.read())
    finally:
        connection.close()


@dataclass
class Troubled:
    """A way to `target` on which a share of requests has trouble: a third each is refused, late, or its answer lost."""

    target: str
    share: float
    late_seconds: float = 0.2
    seed: int = 3  # with which answers are lost early, and several in a row
    seen: list[tuple[str, int]] = field(default_factory=list)
    troubles: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def __call__(self, request: Request) -> Answer | None:
        trouble = self._random.choice(("refused", "late", "lost")) if self._random.random() < self.share else ""
        self.troubles += bool(trouble)
        if trouble == "refused":
            self.seen.append((request.method, 503))
            return Answer(503)
        answer = forward(self.target, request)
        self.seen.append((request.method, answer.status))
        if trouble == "late":
            time.sleep(self.late_seconds)
        return None if trouble == "lost" else answer
