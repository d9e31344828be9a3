"""The best model of any kind of problem on its test set, and on examples in files."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.core.events import Notice
from job.data import DataSource
from job.state import predictions
from job.training import (
    Answer,
    Answered,
    ArrayAnswer,
    ClassAnswer,
    Evaluation,
    LabelsAnswer,
    NumbersAnswer,
    Refused,
    Seen,
    Setup,
    evaluate,
    predict,
)
from tests.fake_problems import kinds
from tests.training.control import FakeControl
from tests.training.test_fit import SETUP

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Subject:
    """A model as it comes from its initializers, with what it takes to use it."""

    setup: Setup
    model: keras.Model
    file: Path
    x: Any  # the test set
    y: Any

    def evaluate(self) -> Evaluation:
        return evaluate(self.setup, 1, kinds.DEFAULT, self.file, FakeControl())

    def predict(self, name: str, content: Any) -> tuple[Seen, ...]:
        """Ask it about examples in a file: text as it is, or one array as .npy."""
        file = self.file.with_name(name)
        if isinstance(content, str):
            file.write_text(content)
        else:
            np.save(file, content)
        return predict(self.setup, kinds.DEFAULT, self.file, (file,), FakeControl())


def subject(kind: str, directory: Path) -> Subject:
    data = kinds.load_data(Path(kind))
    model = kinds.build_model(kinds.DEFAULT, data)
    model.optimizer.build(model.trainable_variables)
    model.save(directory / "best.keras")
    setup = replace(SETUP, module="tests.fake_problems.kinds", data=DataSource(Path(kind)))
    return Subject(setup, model, directory / "best.keras", *data.test)


def answers(seen: tuple[Seen, ...]) -> list[Answer]:
    """Return what an only output says of each example."""
    return [each.answers[""] for each in seen if isinstance(each, Answered)]


def test_numbers_are_told_with_intervals_of_the_metrics_and_predicted_from_a_table_and_an_array(tmp_path: Path) -> None:
    of = subject("numbers", tmp_path)
    found, expected = of.evaluate(), of.model.predict(of.x, verbose=0)[:, 0]
    (number,) = found.test.numbers
    assert number.mae.value == pytest.approx(found.test.metrics["mae"]) == pytest.approx(abs(of.y - expected).mean())
    assert set(found.test.intervals) == {"loss", "mae"} and found.test.uncounted
    kept = predictions.load(found.predictions)
    assert isinstance(kept, predictions.NumberPredictions)
    np.testing.assert_allclose(kept.predicted[:, 0], expected, rtol=1e-5)
    rows = "".join(f"{','.join(map(str, row))}\n" for row in of.x[:3])
    for seen in (of.predict("a.csv", f"a,b,c\n{rows}"), of.predict("a.npy", of.x[:3])):
        assert [each.index for each in seen] == [0, 1, 2]
        values = [each.values["1"] for each in answers(seen) if isinstance(each, NumbersAnswer)]
        assert values == pytest.approx(expected[:3].tolist(), rel=1e-5)
    (one,) = of.predict("one.npy", of.x[0])
    assert one.index is None


def test_what_the_model_makes_of_a_missing_value_is_no_answer(tmp_path: Path) -> None:
    of, control = subject("numbers", tmp_path), FakeControl()
    (tmp_path / "a.csv").write_text("a,b,c\n1,,3\n1,2,3\n")
    first, second = predict(of.setup, kinds.DEFAULT, of.file, (tmp_path / "a.csv",), control)
    assert isinstance(first, Refused) and "not a finite number" in first.reason and first.index == 0
    assert isinstance(second, Answered)
    (told,) = [event.message for event in control.events if isinstance(event, Notice)]
    assert told.endswith("a.csv: values are missing in column 2, as in none of the validation examples")


def test_one_logit_is_told_as_two_classes(tmp_path: Path) -> None:
    of = subject("binary", tmp_path)
    found = of.evaluate()
    confusion = np.array(found.test.confusion)
    assert np.trace(confusion) / confusion.sum() == pytest.approx(found.test.metrics["accuracy"])
    assert (found.test.class_names, found.class_names, found.image_shape) == ((), ("no", "yes"), ())
    kept = predictions.load(found.predictions)
    assert isinstance(kept, predictions.Predictions) and not len(kept.first_images)
    seen = answers(of.predict("a.npy", of.x))
    named = [each.classes[0] for each in seen if isinstance(each, ClassAnswer)]
    assert [named.count("no"), named.count("yes")] == confusion.sum(axis=0).tolist()


def test_labels_are_counted_one_by_one(tmp_path: Path) -> None:
    of = subject("labels", tmp_path)
    found, given = of.evaluate(), of.model.predict(of.x, verbose=0)
    assert [each.name for each in found.test.labels] == ["0", "1", "2"]
    for place, each in enumerate(found.test.labels):
        assert each.right == ((given[:, place] > 0.5) & (of.y[:, place] == 1)).sum()
        assert each.right + each.missed == of.y[:, place].sum()
    (answer,) = answers(of.predict("a.npy", of.x[0]))
    assert isinstance(answer, LabelsAnswer)
    assert list(answer.probabilities.values()) == pytest.approx(list(map(float, given[0])), rel=1e-5)


def test_sequences_are_not_told_and_come_as_they_are(tmp_path: Path) -> None:
    of = subject("sequence", tmp_path)
    found = of.evaluate()
    assert found.test.untold == "the model gives an array of shape (3, 2) for each example"
    assert (found.predictions, found.test.uncounted) == (b"", True)
    (answer,) = answers(of.predict("a.npy", of.x[0]))
    assert isinstance(answer, ArrayAnswer) and answer.values.shape == (3, 2)


def test_of_several_inputs_and_outputs_a_table_has_the_columns_and_each_output_answers(tmp_path: Path) -> None:
    of = subject("two", tmp_path)
    assert of.evaluate().test.untold == "the model has 2 outputs"
    (seen,) = of.predict("a.csv", f"sold,town,age\n,{of.x['town'][0]},{of.x['age'][0, 0]}\n")
    assert isinstance(seen, Answered)
    price, sold = seen.answers["price"], seen.answers["sold"]
    expected = of.model.predict_on_batch({"age": of.x["age"][:1], "town": tf.constant(of.x["town"][:1])})
    assert isinstance(price, NumbersAnswer) and isinstance(sold, ClassAnswer)
    assert list(price.values.values()) == pytest.approx(expected["price"][0].tolist(), rel=1e-5)
    assert dict(zip(sold.classes, sold.probabilities, strict=True))["1"] == pytest.approx(expected["sold"][0, 0])


def test_texts_are_read_from_a_column(tmp_path: Path) -> None:
    of = subject("texts", tmp_path)
    found = of.evaluate()
    assert found.test.confusion is not None and found.test.class_names == ("0", "1")
    good, bad, again = answers(of.predict("a.csv", "text\nso good\nso bad\nso good\n"))
    assert good == again != bad and isinstance(good, ClassAnswer)


def test_pictures_in_bytes_come_to_the_model_as_its_problem_gives_them(tmp_path: Path) -> None:
    of = subject("images", tmp_path)
    found = of.evaluate()
    kept = predictions.load(found.predictions)
    assert isinstance(kept, predictions.Predictions) and found.image_shape == (8, 8, 3)
    np.testing.assert_array_equal(kept.first_images, of.x[:9])
    seen = of.predict("a.npy", of.x)
    shares = [each.probabilities for each in answers(seen) if isinstance(each, ClassAnswer)]
    assert shares == [tuple(map(float, row)) for row in kept.top_probabilities]
    assert all(isinstance(each, Answered) and each.image is not None for each in seen)
