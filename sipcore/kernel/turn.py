"""Turn: what stands around each turn that the engine gets in the event loop.

A turn handles what has come or what is due, from beginning to end. Whoever looks after the process
as a whole may do something before and after it.
"""

from collections.abc import Callable

Turn = Callable[[Callable[[], None]], None]
"""Calls what it is given, once and at once."""


def at_once(work: Callable[[], None]) -> None:
    """Nothing before it, nothing after it."""
    work()
