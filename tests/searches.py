"""Searches of every kind, what becomes of their trials and what is asked of them, as strategies of Hypothesis."""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from job.core.ending import EndKind
from job.core.journal import Dropped, Enqueued, Retried
from job.core.limits import Limits
from tests.fake_workers import FINITE, MOST_ATTEMPTS, REAL, Fate, search

FATES = st.builds(
    Fate,
    ended=st.sampled_from((EndKind.COMPLETED,) * 3 + (EndKind.DIVERGED, EndKind.RAISED, EndKind.DIED)),
    epochs=st.integers(0, 3),
    batch=st.integers(0, 4),
    batches=st.integers(1, 5),
    score=st.integers(0, 9).map(lambda tenths: tenths / 10),
    seconds=st.integers(0, 9).map(lambda hundreds: hundreds * 100.0),
).map(lambda fate: replace(fate, epochs=max(fate.epochs, fate.ended is EndKind.COMPLETED)))
LIMITS = st.builds(
    Limits,
    trials=st.integers(1, 12),
    max_hours=st.none() | st.integers(1, 40).map(lambda hundreds: hundreds * 100 / 3600),
    patience=st.none() | st.integers(1, 4),
    target=st.none() | st.integers(4, 9).map(lambda tenths: tenths / 10),
    max_failures=st.integers(1, 4),
    max_attempts=st.just(MOST_ATTEMPTS),
    confirm=st.sampled_from(("none", "none", "auto", "2x1", "3x2")),
)
NUMBERS = st.integers(1, 12)
POINTS = st.fixed_dictionaries(
    {"filters": st.integers(8, 10)}, optional={"activation": st.sampled_from(("relu", "tanh"))}
)
REQUESTS = POINTS.map(Enqueued) | NUMBERS.map(Dropped) | NUMBERS.map(Retried)
SEARCHES = st.builds(
    search,
    st.integers(1, 16),
    LIMITS,
    space=st.sampled_from((FINITE, REAL)),
    evidence=st.lists(st.sampled_from((0.1, 0.9)), max_size=2),
    rungs=st.sampled_from(((), (0.3, 1.0), (0.1, 0.5, 2.0))),
)
ALL_FATES = st.lists(FATES, min_size=6, max_size=6)
CHANCES = st.integers(0, 2**32).map(Random)
