"""The dead man's switch: what is called when, and that nothing about it changes a run."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from job.core.events import Event, Notice, RunEnded, StateLocked
from job.display import ping


@dataclass
class Service:
    """A service that notes which paths it was asked for."""

    status: int = 200
    paths: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator[str]:
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.paths.append(self.path)
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


@dataclass
class Told:
    """What a run has heard from its switch."""

    settled: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def switch(self, url: str) -> ping.Ping:
        return ping.Ping(url, settle=self.settled.append, tell=lambda event, _: self.events.append(event))

    @property
    def warnings(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Notice) and event.level == "warning"]


def run_through(url: str, *, code: int = 0, locked: bool = True) -> Told:
    """A run that may have its lock, and ends with an exit code."""
    told = Told()
    switch = told.switch(url)
    if locked:
        switch(StateLocked(), None)
    switch(RunEnded("over", finished=code == 0, exit_code=code), None)
    return told


def test_the_start_and_the_exit_code_are_called_in_this_order() -> None:
    service = Service()
    with service.serving() as url:
        told = run_through(f"{url}/ping/3f2a")
    assert service.paths == ["/ping/3f2a/start", "/ping/3f2a/0"]
    assert (told.settled, told.warnings) == ([0], [])


@pytest.mark.parametrize("code", [75, 1])
def test_the_exit_code_of_a_run_that_fails_is_called(code: int) -> None:
    service = Service()
    with service.serving() as url:
        told = run_through(url, code=code)
    assert service.paths == ["/start", f"/{code}"]
    assert told.settled == [code]


def test_the_query_of_the_address_stays_at_its_end() -> None:
    service = Service()
    with service.serving() as url:
        run_through(f"{url}/ping/?token=a%20b")
    assert service.paths == ["/ping/start?token=a%20b", "/ping/0?token=a%20b"]


def test_a_run_that_skips_calls_nothing() -> None:
    service = Service()
    with service.serving() as url:
        told = run_through(url, locked=False)
    assert (service.paths, told.settled) == ([], [])


def test_a_run_that_fails_before_it_holds_the_state_calls_its_exit_code() -> None:
    service = Service()
    with service.serving() as url:
        run_through(url, locked=False, code=1)
    assert service.paths == ["/1"]


def test_a_service_that_fails_is_a_warning_and_nothing_more() -> None:
    service = Service(status=500)
    with service.serving() as url:
        told = run_through(url)
    assert [warning.startswith(f"--ping-url: {url}/0: HTTP Error 500") for warning in told.warnings] == [True]


def test_a_service_that_is_not_there_is_a_warning_and_nothing_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = run_through(f"http://127.0.0.1:{port}")
    assert len(told.warnings) == 1


def test_a_service_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping, "PATIENCE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began_at = time.monotonic()
        told = run_through(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - began_at < ping._TIMEOUT_SECONDS
    assert told.warnings == ["--ping-url: no answer within 0.5 s"]
