"""What the kernel tells about processes: CPU time, memory, and how fast this machine is."""

import hashlib
import os
import time
from pathlib import Path

CALIBRATION_ROUNDS = 200_000


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads, seconds."""
    # clock_getcpuclockid(3): the CPU clock of another process, in nanoseconds.
    return time.clock_gettime(((~pid) << 3) | 2)


def memory_bytes(pid: int) -> int:
    """Proportional set size of a process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def calibrate() -> float:
    """CPU microseconds of one round of a fixed loop: MD5 of a REGISTER-sized message.

    Figures of different machines can be compared as multiples of it.
    """
    message = b"x" * 668
    digest = hashlib.md5
    started = time.process_time()
    for _ in range(CALIBRATION_ROUNDS):
        digest(message, usedforsecurity=False).hexdigest()
    return (time.process_time() - started) / CALIBRATION_ROUNDS * 1e6


def cores() -> tuple[int, int]:
    """One core for the server, one for the load; the same one when there is no second."""
    free = sorted(os.sched_getaffinity(0))
    return free[0], free[-1]
