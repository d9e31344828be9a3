"""What a model answers to single examples."""

from collections.abc import Iterator

import numpy as np

from job.state.predictions import top_two
from job.training import Answer, ArrayAnswer, ClassAnswer, LabelsAnswer, NumbersAnswer
from job.training.answers import Answers, Classes, Labels, Numbers, Untold, class_probabilities, label_probabilities
from job.training.outputs import Output


def single_answers(output: Output, kind: Answers) -> Iterator[Answer]:
    """Yield what an output says of each example, where others like it were of this kind."""
    match kind:
        case Classes(names):
            found, shares = top_two(class_probabilities(output.given, output.loss))
            for (first, second), (likely, less) in zip(found, shares, strict=True):
                yield ClassAnswer((names[first], names[second]), (float(likely), float(less)))
        case Labels(names):
            for row in label_probabilities(output.given, output.loss):
                yield LabelsAnswer(dict(zip(names, map(float, row), strict=True)))
        case Numbers(names):
            for row in output.given.reshape(len(output.given), -1):
                yield NumbersAnswer(dict(zip(names, map(float, row), strict=True)))
        case Untold():
            for values in output.given:
                yield ArrayAnswer(np.asarray(values))
