"""What scikit-optimize's model expects of a point."""

from job.core.expectation import Expectation, normal_expectation
from job.core.known import Known
from job.core.space import Params
from job.proposals.scikit_optimize.flat import flattened
from job.proposals.scikit_optimize.optimizer import fitted, quietly


def model_expectation(study: Known, params: Params) -> Expectation | None:
    """Return what the model that ranks proposals predicts of a point; None without a model, or where all it was told
    is one loss, of which it cannot know how far others are from it.
    """
    with quietly():
        optimizer = fitted(study, with_lies=True)
        if not optimizer.models or min(optimizer.yi) == max(optimizer.yi):
            return None
        model, encoder = optimizer.models[-1], optimizer.space.transform
        believed = model.predict(encoder(optimizer.Xi))
        mean, deviation = model.predict(encoder([flattened(study.fingerprint.space, params)]), return_std=True)
    return normal_expectation(
        loss=float(mean[0]),
        deviation=float(deviation[0]),
        best=float(min(believed)),
        objective=study.fingerprint.objective,
    )
