"""The seeds of what is drawn at random: those of trials as every release has had them, and those of replicates."""

import itertools

import pytest

from job.core.randomness import Purpose, Seeds, seed_for

SEED, EPOCHS, BATCHES = 5, range(3), range(20)
OF_EPOCHS = [purpose for purpose in Purpose if purpose is not Purpose.BATCH]


def seeds_at_all(seeds: Seeds) -> list[int]:
    """Return every seed of a few epochs, and of batches in them."""
    of_epochs = [seeds.at(epoch, purpose) for epoch, purpose in itertools.product(EPOCHS, OF_EPOCHS)]
    return [*of_epochs, *(seeds.at(epoch, Purpose.BATCH, batch) for epoch, batch in itertools.product(EPOCHS, BATCHES))]


@pytest.mark.parametrize(
    ("seeds", "epoch", "purpose", "batch", "expected"),
    [
        (Seeds(5, 1), 0, Purpose.INITIAL_WEIGHTS, None, 1636922857),
        (Seeds(5, 7), 2, Purpose.ORDER_OF_IMAGES, None, 2470642352),
        (Seeds(5, 7), 2, Purpose.BATCH, 0, 1028806360),
        (Seeds(5, 7), 2, Purpose.BATCH, 3, 3782066816),
        (Seeds(2**40, 7), 2, Purpose.BATCH, 3, 4172510599),
        (Seeds(5, 7, 2), 2, Purpose.ORDER_OF_IMAGES, None, 3660103502),
        (Seeds(5, 7, 2), 2, Purpose.BATCH, 3, 2332660291),
    ],
)
def test_a_saved_search_goes_on_with_the_seeds_that_it_began_with(
    seeds: Seeds, epoch: int, purpose: Purpose, batch: int | None, expected: int
) -> None:
    assert seeds.at(epoch, purpose, batch) == expected


def test_a_replicate_has_the_same_seeds_whatever_trial_it_is_of() -> None:
    assert seeds_at_all(Seeds(SEED, 1, 2)) == seeds_at_all(Seeds(SEED, 40, 2)) == seeds_at_all(Seeds(SEED, -3, 2))
    assert seeds_at_all(Seeds(SEED, 1)) != seeds_at_all(Seeds(SEED, 40))


def test_no_seed_of_a_replicate_is_one_of_a_trial_of_another_replicate_or_of_what_all_share() -> None:
    trials = [each for trial in range(1, 20) for each in seeds_at_all(Seeds(SEED, trial))]
    replicates = [each for replicate in range(1, 20) for each in seeds_at_all(Seeds(SEED, 1, replicate))]
    shared = [seed_for(SEED, 0, epoch, purpose) for epoch, purpose in itertools.product(EPOCHS, OF_EPOCHS)]
    shared += [seed_for(SEED, 0, 0, Purpose.BATCH, batch) for batch in BATCHES]
    everything = [*trials, *replicates, *shared]
    assert len(set(everything)) == len(everything)
