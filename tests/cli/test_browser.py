"""Opening a page in a browser, where there is one and where there is none."""

from pathlib import Path

import pytest

from job.cli.browser import open_in_browser

PAGE = Path("/a folder/report.html")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return what an xdg-open that has much to say notes the address in; without a desktop, unless a test sets one."""
    note, opener = tmp_path / "opened", tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "no method available" >&2; echo "$1" >{note}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{opener.parent}:/usr/bin:/bin")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    return note


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"])
def test_a_browser_is_given_the_page_and_is_not_heard(
    name: str, opened: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, ":0")
    opening = open_in_browser(PAGE)

    assert opening is not None and opening.wait(timeout=10) == 0
    assert opened.read_text() == "file:///a%20folder/report.html\n"
    assert capfd.readouterr() == ("", "")


def test_without_a_desktop_nothing_is_opened_that_would_take_the_terminal(opened: Path) -> None:
    assert open_in_browser(PAGE) is None
    assert not opened.exists()


def test_where_nothing_opens_pages_nothing_happens(
    opened: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("DISPLAY", ":0")
    assert open_in_browser(PAGE) is None
    assert capfd.readouterr() == ("", "")
