import subprocess
import sys

import pytest

from job.problems import BUILT_IN, load, module_name


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_default_point_is_in_the_space(name: str) -> None:
    problem = load(module_name(name))
    (default,) = problem.declared.points
    problem.declared.space.check(default)
    for wide in problem.declared.spaces.values():
        assert set(wide.space.names) > set(problem.declared.space.names)
        (point,) = wide.points
        wide.space.check(point)
        assert {**point, **default} == point
    assert list(problem.declared.spaces) == ["wide"]
    assert problem.declared.epochs > 0 and problem.declared.batch_size > 0
    assert (problem.callbacks(default), problem.fit_options(default)) == ([], {})


def test_every_problem_is_read_without_keras() -> None:
    modules = ", ".join(module_name(name) for name in BUILT_IN)
    code = f"import sys, {modules}; sys.exit(bool({{'keras', 'tensorflow', 'sklearn'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
