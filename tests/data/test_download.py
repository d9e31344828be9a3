import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from job.core.events import DownloadProgress, Event, Notice
from job.data.download import download
from job.errors import DataMissingError

CONTENT = bytes(range(256)) * 4096  # 1 MiB: more than one chunk


@dataclass(frozen=True)
class Answer:
    """What the server sends; a `length` that is more than the body's makes a broken connection."""

    body: bytes
    status: int = 200
    length: int | None = None


@dataclass
class Served:
    """A server on this machine that gives one answer after another, and the last of them again and again."""

    answers: list[Answer]
    url: str = ""
    n_requests: int = 0
    events: list[Event] = field(default_factory=list)


@contextmanager
def serving(*answers: Answer) -> Iterator[Served]:
    served = Served(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = served.answers[min(served.n_requests, len(served.answers) - 1)]
            served.n_requests += 1
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/data.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetch(served: Served, path: Path, content: bytes = CONTENT) -> None:
    digest = hashlib.sha256(content).hexdigest()
    download(served.url, path, sha256=digest, hint="use --data", tell=served.events.append, pause_seconds=0)


def failure(served: Served, path: Path) -> str:
    """Return what the error says, after checking that it gives the hint and that nothing was left behind."""
    with pytest.raises(DataMissingError) as caught:
        fetch(served, path)
    assert "use --data" in caught.value.hint
    assert not path.parent.is_dir() or not list(path.parent.iterdir())
    return str(caught.value)


def test_a_file_is_downloaded_into_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "keras" / "datasets" / "data.npz"
    with serving(Answer(CONTENT)) as served:
        fetch(served, path)
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["data.npz"]


def test_progress_is_told_up_to_the_last_byte(tmp_path: Path) -> None:
    with serving(Answer(CONTENT)) as served:
        fetch(served, tmp_path / "data.npz")
    progress = [event for event in served.events if isinstance(event, DownloadProgress)]
    assert len(progress) > 1
    assert progress[-1] == DownloadProgress("data.gz", len(CONTENT), len(CONTENT))
    assert [event.done for event in progress] == sorted(event.done for event in progress)


@pytest.mark.parametrize("level", [1, 9])
def test_a_gzipped_file_is_checked_by_what_it_unpacks_to(tmp_path: Path, level: int) -> None:
    packed = gzip.compress(CONTENT, level)
    with serving(Answer(packed)) as served:
        fetch(served, tmp_path / "data.gz")
    assert (tmp_path / "data.gz").read_bytes() == packed


def test_other_content_is_refused_with_both_digests(tmp_path: Path) -> None:
    with serving(Answer(b"other")) as served:
        message = failure(served, tmp_path / "data.npz")
    assert hashlib.sha256(CONTENT).hexdigest() in message
    assert hashlib.sha256(b"other").hexdigest() in message
    assert served.n_requests == 1


def test_a_page_in_the_place_of_a_gzipped_file_is_refused(tmp_path: Path) -> None:
    with serving(Answer(b"<html>sign in</html>")) as served:
        assert "found no gzipped file" in failure(served, tmp_path / "data.gz")


@pytest.mark.parametrize(
    "trouble", [Answer(b"", status=503), Answer(b"", status=429), Answer(CONTENT[:1000], length=len(CONTENT))]
)
def test_a_passing_trouble_is_overcome_and_told(tmp_path: Path, trouble: Answer) -> None:
    with serving(trouble, trouble, Answer(CONTENT)) as served:
        fetch(served, tmp_path / "data.npz")
    assert (tmp_path / "data.npz").read_bytes() == CONTENT
    notices = [event for event in served.events if isinstance(event, Notice)]
    assert [notice.level for notice in notices] == ["warning", "warning"]


def test_a_lasting_trouble_ends_after_four_attempts(tmp_path: Path) -> None:
    with serving(Answer(b"", status=503)) as served:
        assert "503" in failure(served, tmp_path / "data.npz")
    assert served.n_requests == 4


def test_a_file_that_is_not_there_is_asked_for_once(tmp_path: Path) -> None:
    with serving(Answer(b"", status=404)) as served:
        assert "404" in failure(served, tmp_path / "data.npz")
    assert served.n_requests == 1


def test_a_server_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with serving(Answer(CONTENT)) as served:
        pass
    assert failure(served, tmp_path / "data.npz").startswith(served.url)


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with serving(Answer(CONTENT)) as served, pytest.raises(DataMissingError, match="file") as caught:
        fetch(served, tmp_path / "file" / "data.npz")
    assert "KERAS_HOME" in caught.value.hint
