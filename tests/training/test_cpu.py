"""What Linux says of a CPU, and what is made of it."""

import platform
from pathlib import Path

import pytest

from job.training.cpu import Cpu, read_cpu

INTEL = """processor	: 0
vendor_id	: GenuineIntel
cpu family	: 6
model		: 143
model name	: Intel(R) Xeon(R) Processor
stepping	: 8
flags		: fpu sse4_2 avx fma avx2 avx512f avx512bw avx512_vnni avx512_bf16 amx_tile

processor	: 1
cpu family	: 7
"""
AMD = """processor	: 0
cpu family	: 25
model		: 1
model name	: AMD EPYC
stepping	: 1
flags		: fpu avx fma avx2
"""
ARM = """Hardware	: a board

processor	: 0
BogoMIPS	: 243.75
Features	: fp asimd sve i8mm bf16
CPU implementer	: 0x41
CPU part	: 0xd40
CPU revision	: 1
"""


@pytest.mark.parametrize(
    ("text", "cpu"),
    [
        (
            INTEL,
            Cpu("Intel(R) Xeon(R) Processor", "family 6 model 143 stepping 8", ("AVX-512", "VNNI", "BF16", "AMX")),
        ),
        (AMD, Cpu("AMD EPYC", "family 25 model 1 stepping 1", ("AVX2", "FMA"))),
        (ARM, Cpu(platform.machine(), "implementer 0x41 part 0xd40 revision 1", ("SVE", "BF16", "I8MM"))),
        ("processor\t: 0\n", Cpu(platform.machine(), "", ())),
        ("", Cpu(platform.machine(), "", ())),
    ],
    ids=["Intel", "AMD", "ARM", "unknown", "empty"],
)
def test_a_cpu_is_told_from_others_of_its_name(text: str, cpu: Cpu, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert read_cpu(tmp_path / "cpuinfo") == cpu


def test_this_cpu_is_told_with_its_instruction_sets() -> None:
    assert read_cpu().instruction_sets
