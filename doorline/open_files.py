"""Open files: every connection is one, so the process takes as many as it may have."""

import resource


def allow_open_files() -> int:
    """Raise the soft limit of open files to the hard one; returns what holds now.

    The usual soft limit is 1024, which half-open connections of one stranger would use up.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft  # some systems tell a hard limit that they do not grant
    return hard
