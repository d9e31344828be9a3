"""Where Keras keeps what is downloaded, and what has taken long to make."""

import os
from pathlib import Path


def keras_home() -> Path:
    """Return Keras's folder, which KERAS_HOME names; it need not be there."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
