from job.run.stopwatch import Stopwatch
from tests.fakes import Clock


def test_each_part_has_its_time_and_what_lies_within_another_counts_for_the_inner_one_alone() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    clock.now = 5  # before anything has begun
    with watch.running("trials"):
        clock.now = 7
        with watch.running("saving"):
            clock.now = 10
        clock.now = 14
    clock.now = 20
    with watch.running("saving"):
        clock.now = 21
    assert watch.seconds == {"trials": 2 + 4, "saving": 3 + 1}


def test_what_lies_beside_a_part_takes_nothing_from_it() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    with watch.running("trials"):
        clock.now = 2
        with watch.beside("report"):
            clock.now = 5
        clock.now = 9
    assert watch.seconds == {"trials": 9, "report": 3}


def test_the_part_that_is_running_counts_until_now() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    with watch.running("trials"):
        clock.now = 3
        assert watch.seconds == {"trials": 3}
        clock.now = 4
    assert watch.seconds == {"trials": 4}
