"""What the numbers were measured on."""

from __future__ import annotations

import os
import pathlib
import platform


def describe() -> dict[str, str]:
    """Processor, cores, memory, system: no names of machines or people."""
    cpu = next((line.split(":", 1)[1].strip() for line in read("/proc/cpuinfo") if line.startswith("model name")), "?")
    flags = next((line for line in read("/proc/cpuinfo") if line.startswith("flags")), "")
    widest = next(
        (name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags.split()), "no AVX2"
    )
    memory = next((int(line.split()[1]) // 2**20 for line in read("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "processor": f"{cpu}, {os.cpu_count()} cores, {widest}",
        "memory": f"{memory} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
    }


def read(path: str) -> list[str]:
    file = pathlib.Path(path)
    return file.read_text().splitlines() if file.exists() else []
