"""What trials are called, and where they have their files."""

from job.core.trial import trial_directory, trial_log, trial_title


def test_a_replicate_goes_by_its_number_without_the_sign_and_has_its_files_beside_the_trials() -> None:
    assert [trial_title(number) for number in (7, -7)] == ["trial 7", "replicate 7"]
    assert [trial_directory(number) for number in (7, -7, -12345)] == [
        "trials/0007",
        "replicates/0007",
        "replicates/12345",
    ]
    assert trial_log(-7) == "replicates/0007/log.txt"
