"""Values of a dimension as people write them in an option."""

from collections.abc import Iterable

from job.core.space.dimensions import Categorical, Dimension, Integer
from job.core.space.summary import describe
from job.core.values import Value


def value_of(dimension: Dimension, text: str) -> Value | None:
    """Return the value that a text is in a dimension, which may be outside its bounds; None where it is none."""
    if isinstance(dimension, Categorical):
        return _category_of(dimension.categories, text)
    try:
        number = float(text)
    except ValueError:
        return None
    if isinstance(dimension, Integer):
        return int(number) if number.is_integer() else None
    return number


def allowed_values(dimension: Dimension) -> str:
    """Return what an option expects as value of a dimension, such as `a whole number, 1 … 5`."""
    return f"a whole number, {describe(dimension)}" if isinstance(dimension, Integer) else describe(dimension)


def _category_of(categories: Iterable[Value], text: str) -> Value | None:
    """Return the category that is written so, or is a number that can be: 1e-3 is 0.001."""
    for category in categories:
        if str(category) == text:
            return category
    try:
        number = float(text)
    except ValueError:
        return next((each for each in categories if isinstance(each, bool) and str(each).lower() == text.lower()), None)
    return next((each for each in categories if type(each) in (int, float) and each == number), None)
