"""The limit of open files is raised as far as it may be."""

import subprocess
import sys

SCRIPT = """\
import resource
from doorline.open_files import allow_open_files
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
print(allow_open_files() == hard == resource.getrlimit(resource.RLIMIT_NOFILE)[0])
print(allow_open_files() == hard)
"""


def test_a_low_limit_is_raised_to_the_highest_that_is_granted() -> None:
    # In a process of its own, because the limit belongs to the process.
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )

    assert done.stdout == "True\nTrue\n"
