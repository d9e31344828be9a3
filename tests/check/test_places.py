"""Where a dimension stands in the source of a problem."""

from job.check.places import place_of_dimension
from job.core.problem import Sources

TEXT = """NAMES = ["units"]
SPACE = [
    Real("rate", 1e-4, 1e-1),
    Integer(name="units", low=1, high=3),
]
"""


def place(text: str, name: str) -> str:
    return place_of_dimension(Sources(folder="/p", main="churn.py", texts={"churn.py": text}), name)


def test_a_dimension_is_found_in_the_space_and_not_where_its_name_stands_before() -> None:
    assert place(TEXT, "units") == "churn.py, line 4"
    assert place(TEXT, "rate") == "churn.py, line 3"


def test_one_that_is_defined_elsewhere_is_found_there_or_nowhere() -> None:
    assert place('UNITS = Integer("units", 1, 3)\nSPACE = [UNITS]', "units") == "churn.py, line 1"
    assert place("from shared import SPACE", "units") == ""
