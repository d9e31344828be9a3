"""What trials are called, and where they have their files."""

from job.core.trial import trial_directory, trial_log, trial_title


def test_a_replicate_is_called_by_the_trial_that_is_trained_again_and_its_seed() -> None:
    assert trial_title(7) == "trial 7"
    assert trial_title(-3, of=7, replicate=2) == "trial 7 again on seed 2"


def test_a_replicate_has_its_files_beside_the_trials_by_its_number_without_the_sign() -> None:
    assert [trial_directory(number) for number in (7, -7, -12345)] == [
        "trials/0007",
        "replicates/0007",
        "replicates/12345",
    ]
    assert trial_log(-7) == "replicates/0007/log.txt"
