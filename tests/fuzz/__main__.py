"""`python -m tests.fuzz`: every target under atheris, then a storm on a running server.

`FUZZ_SECONDS` is how long each target runs (60; 0 leaves them out), `FUZZ_INPUTS` how many messages
the server gets (1,000,000; 0 leaves it out). `FUZZ_SEED` repeats a run (1).
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from tests.fuzz.coverage_run import explore
from tests.fuzz.server_run import StormError, storm
from tests.fuzz.targets import TARGETS

MOST_SECONDS = 3600.0
"""Longest storm, whatever FUZZ_INPUTS says."""


def _say(line: object, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def main(environment: dict[str, str]) -> int:
    """Run everything; 0 when no promise was broken."""
    seconds = int(environment.get("FUZZ_SECONDS", "60"))
    inputs = int(environment.get("FUZZ_INPUTS", "1000000"))
    seed = int(environment.get("FUZZ_SEED", "1"))
    done = failures = 0
    for target in TARGETS if seconds else ():
        explored = explore(target, seconds, seed)
        done += explored.inputs
        _say(f"{target}: {explored.inputs} inputs, {explored.coverage} edges")
        if explored.failure:
            failures += 1
            _say(explored.failure, sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        try:
            if inputs:
                report = storm(Path(folder), inputs, MOST_SECONDS, seed)
                _say(f"server: {report}")
                done += report.inputs
        except StormError as failure:
            failures += 1
            _say(f"server: {failure}", sys.stderr)
    _say(f"{done} inputs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(dict(os.environ)))
