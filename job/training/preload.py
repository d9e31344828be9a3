"""What a process that trains needs, imported once: `import job.training.preload` is all there is to it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors, but not which CPU features are used

import job.training.fit  # noqa: F401
