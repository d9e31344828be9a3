"""`hpo-job retrain`."""

import sys
from dataclasses import replace
from typing import Annotated

import typer

from job.cli.options import takes
from job.cli.search import carry_out, prints_ending
from job.cli.status import read_study
from job.core.effort import NO_CONFIRMATION
from job.report.summary import summarize
from job.run.retraining import begin_retraining, trial_to_retrain
from job.settings import Settings
from job.state.places import state_at

EpochsOption = Annotated[
    int, typer.Option("--epochs", help="Epochs in all, which are more than in the search.", metavar="N", min=1)
]
TrialOption = Annotated[
    int | None, typer.Option("--trial", help="The trial to train; without it, the best one.", metavar="N", min=1)
]


@takes(
    "state",
    "data",
    "download",
    "strict",
    "run_for",
    "require_gpu",
    "in_process",
    "checkpoint_seconds",
    "grace_seconds",
    "if_locked",
    "trial_timeout",
    "log_format",
    "tensorboard",
    "quiet",
    "ping_url",
)
def retrain(context: typer.Context, settings: Settings, to_epochs: EpochsOption, number: TrialOption = None) -> None:
    """Train the best trial of a search again for more epochs, and tell what that has brought.

    The best one is the confirmed one, where a confirmation is over, or else that of the best score.
    It begins with the same weights and sees the same batches as in the search. It can be killed as a search can: run
    the same command again, and it goes on. Its state, with report and best.keras, is a directory in that of the search.
    """
    from job.training.best_model import data_of

    settings.check()
    store = state_at(settings.state)
    study = read_study(store)
    trial = trial_to_retrain(study, number)
    place = begin_retraining(store, study, trial, to_epochs)
    given = frozenset({"trials", "confirm", *(settings.given or ())})
    data = settings.data or data_of(study)
    settings = replace(settings, state=place.place, trials=1, confirm=NO_CONFIRMATION, data=data, given=given)
    retrained = carry_out(context, settings)
    if retrained is not None and prints_ending(settings):
        from job.report.text.retraining import render_retraining

        text = render_retraining(
            summarize(study),
            trial.number,
            summarize(retrained),
            hits=(trial.hits, retrained.trial(1).hits),
            model_path=place.told(place.best_model),
        )
        sys.stdout.write(text)
