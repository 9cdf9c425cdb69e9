"""The precision a decoder runs fastest in on this processor, and the free memory."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

__all__ = ["fastest_precision", "free_memory"]

_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}
"""Names in /proc/cpuinfo of units that multiply bfloat16: of x86-64, and of ARM."""


@cache
def fastest_precision() -> str:
    """Return `bfloat16` where the processor multiplies it in hardware, else `float32`.

    Prompt processing is bound by multiplications and token generation by reading the weights; bfloat16 hardware halves
    both. Without it bfloat16 is emulated and several times slower.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return "float32"
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    arm = platform.machine().lower() in ("aarch64", "arm64")
    wanted = {"bf16"} if arm else _BF16_FLAGS - {"bf16"}
    return "bfloat16" if wanted & set(flags.partition(":")[2].split()) else "float32"


def free_memory() -> int | None:
    """Return the available memory in bytes, or None where the system does not report it (not Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None
