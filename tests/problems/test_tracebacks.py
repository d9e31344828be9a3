import pytest

from job.problems.tracebacks import gist_of, traceback_of

OF_KERAS = """Exception encountered when calling Dropout.call().

\x1b[1m`x.dtype` must be a floating point tensor\x1b[0m

Arguments received by Dropout.call():
  • training=True"""
OF_TENSORFLOW = """Graph execution error:

Detected at node compile_loss/SparseSoftmax defined at (most recent call last):
  File "/lib/keras/src/trainers/trainer.py", line 419, in _compute_loss

Received a label value of 7 which is outside the valid range of [0, 3).  Labels: 7
\t [[{{node compile_loss/SparseSoftmax}}]] [Op:__inference_538]"""


@pytest.mark.parametrize(
    ("told", "gist"),
    [
        ("expected 3\n\nfound 4", "expected 3"),
        ("\n  expected 3", "expected 3"),
        ("", ""),
        (
            OF_KERAS,
            "Exception encountered when calling Dropout.call(): `x.dtype` must be a floating point tensor",
        ),
        (
            OF_TENSORFLOW,
            "Graph execution error: Received a label value of 7 which is outside the valid range of [0, 3).  Labels: 7",
        ),
        ("Graph execution error:\n\nDetected at node a", "Graph execution error:"),
    ],
)
def test_the_gist_of_an_exception_says_what_was_wrong_in_one_line(told: str, gist: str) -> None:
    assert gist_of(ValueError(told)) == gist


def test_a_traceback_has_no_escape_sequences() -> None:
    assert traceback_of(ValueError(OF_KERAS)).splitlines()[2] == "`x.dtype` must be a floating point tensor"
