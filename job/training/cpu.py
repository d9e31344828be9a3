"""The kind of CPU, as Linux tells it: libraries choose their code by it, and so it decides the last bits."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")

# What TensorFlow, oneDNN, NumPy and OpenBLAS have code of their own for, by Linux's names; and what that implies.
_INSTRUCTION_SETS = {
    "avx": "AVX",
    "avx2": "AVX2",
    "fma": "FMA",
    "avx512f": "AVX-512",
    "avx512_vnni": "VNNI",
    "avx512_bf16": "BF16",
    "avx512_fp16": "FP16",
    "avx_vnni": "AVX-VNNI",
    "amx_tile": "AMX",
    "asimd": "ASIMD",
    "sve": "SVE",
    "sve2": "SVE2",
    "bf16": "BF16",
    "i8mm": "I8MM",
}
_IMPLIED = {"avx2": {"avx"}, "avx512f": {"avx", "avx2", "fma"}, "sve": {"asimd"}, "sve2": {"asimd", "sve"}}


@dataclass(frozen=True)
class Cpu:
    """A CPU's model name, what tells it from others of that name, and its instruction sets but for implied ones."""

    name: str
    generation: str  # such as "family 25 model 1 stepping 1"; empty where the kernel tells none
    instruction_sets: tuple[str, ...]


def read_cpu(cpu_info: Path = _CPU_INFO) -> Cpu:
    """Return the CPU, all cores of which are taken to be alike; its name is the architecture's where it has none."""
    told = _first_processor(cpu_info.read_text())
    flags = set((told.get("flags") or told.get("Features", "")).split())
    implied = {flag for given in flags & set(_IMPLIED) for flag in _IMPLIED[given]}
    names = tuple(name for flag, name in _INSTRUCTION_SETS.items() if flag in flags - implied)
    return Cpu(told.get("model name") or platform.machine(), _generation(told), names)


def _generation(told: Mapping[str, str]) -> str:
    for numbers in (
        {"family": "cpu family", "model": "model", "stepping": "stepping"},
        {"implementer": "CPU implementer", "part": "CPU part", "revision": "CPU revision"},  # on ARM
    ):
        if all(name in told for name in numbers.values()):
            return " ".join(f"{short} {told[name]}" for short, name in numbers.items())
    return ""


def _first_processor(text: str) -> dict[str, str]:
    """Return what the first paragraph says of a processor, by the kernel's names."""
    for paragraph in text.split("\n\n"):
        pairs = (line.partition(":") for line in paragraph.splitlines())
        told = {name.strip(): value.strip() for name, colon, value in pairs if colon}
        if "processor" in told:
            return told
    return {}
