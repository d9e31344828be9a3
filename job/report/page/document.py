"""A page as one file: its template filled in, with its style, its scripts, and the policy that allows nothing else."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from job.core.space import value_in
from job.report import expectations, rungs, selection, sentences, settings
from job.report.confirmation import sentences as confirming
from job.report.confirmation import tables
from job.report.contender import contender_sentence
from job.report.evaluation import format_interval
from job.report.outlook import outlook_sentence
from job.report.page import progress
from job.report.page.svg import sparkline
from job.words import count, format_duration, format_score, format_share, format_value


def render_document(template: str, *, scripts: Sequence[str], **content: object) -> str:
    """Return the page that `template` makes of its content; each of the scripts uses those before it alone."""
    style, script = _source("style.css"), "\n".join(_source(f"script/{name}") for name in scripts)
    policy = _policy(style=style, script=script)
    return _environment().get_template(template).render(policy=policy, style=style, script=script, **content)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("job.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": lambda value, metric: format_score(metric, value),
        "value": format_value,
        "value_in": value_in,
        "share": format_share,
        "interval": format_interval,
        "duration": format_duration,
        "count": count,
        "sentence": lambda clause: f"{clause[0].upper()}{clause[1:]}.",
        "minute": sentences.minute,
        "attempt_rows": sentences.attempt_rows,
        "status_label": sentences.status_label,
        "trial_label": sentences.trial_label,
        "score_there": rungs.score_there,
        "trained_epochs": rungs.trained_epochs,
    }
    environment.globals |= {
        "sentences": sentences,
        "settings": settings,
        "expectations": expectations,
        "contender_sentence": contender_sentence,
        "outlook_sentence": outlook_sentence,
        "progress": progress,
        "selection": selection,
        "rungs": rungs,
        "confirming": confirming,
        "confirmation_tables": tables,
        "sparkline": sparkline,
    }
    return environment


def _policy(*, style: str, script: str) -> str:
    """Return the content security policy under which the page runs its own style and script, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _source(name: str) -> str:
    return resources.files("job.report.page").joinpath(name).read_text(encoding="utf-8")
