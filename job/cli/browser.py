"""The browser of the desktop, if there is one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# On Linux a desktop sets one of the first two; the last names a browser where there is none.
_SIGNS_OF_A_BROWSER = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def open_in_browser(page: Path) -> subprocess.Popen[bytes] | None:
    """Show `page` without waiting for that, and return what opens it; None, and nothing happens, without a browser.

    What the browser, or whatever looks for one, has to say goes nowhere: it says so for as long as it is open.
    """
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None or not (sys.platform == "darwin" or any(map(os.environ.get, _SIGNS_OF_A_BROWSER))):
        return None  # else xdg-open might show the page in the terminal itself
    nowhere = subprocess.DEVNULL
    address = page.absolute().as_uri()
    return subprocess.Popen([opener, address], stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
