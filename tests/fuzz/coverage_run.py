"""One target under atheris: inputs that reach new code are kept and changed further.

atheris never returns, so each target runs in a process of its own (`python -m
tests.fuzz.coverage_run TARGET SECONDS`).
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.seeds import seeds

LONGEST = 2048
"""Octets of an input; what only length does is the matter of tests/fuzz/test_growth.py."""


class Explored(NamedTuple):
    """What one target went through."""

    inputs: int
    coverage: int
    """Edges of the code that were reached."""
    failure: str
    """What libFuzzer printed when an input broke a promise, else empty."""


def explore(target: str, seconds: int, seed: int) -> Explored:
    """Fuzz one target for so long; leaves a failing input in the directory it was started in."""
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds(target)):
            (Path(folder) / f"{number:03}").write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-m", __name__, target, str(seconds), str(seed), folder],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    ran = re.findall(r"^#(\d+)\s+\w+\s+cov: (\d+)", done.stderr, re.MULTILINE)
    runs = re.search(r"Done (\d+) runs", done.stderr)
    inputs = int(runs[1]) if runs else int(ran[-1][0]) if ran else 0
    failed = done.returncode != 0 or not inputs
    return Explored(inputs, int(ran[-1][1]) if ran else 0, done.stderr[-4000:] if failed else "")


def _run(target: str, seconds: str, seed: str, folder: str) -> None:
    import atheris

    with atheris.instrument_imports(include=["sipcore"]):
        from tests.fuzz.targets import TARGETS

    options = [
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-seed={seed}"),
        *("-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=0", folder),
    ]
    atheris.Setup([sys.argv[0], *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    _run(*sys.argv[1:5])
