"""Tally: figures that every message raises."""

from collections import Counter
from typing import Any, ClassVar


class Tally(Counter[str]):
    """A Counter that sets a figure as fast as a dict does.

    `Counter.__delitem__` forgives names that are missing. Because it is written in Python, every
    assignment to a Counter takes the slow way through Python's attribute lookup as well.
    """

    __setitem__: ClassVar[Any] = dict.__setitem__
    __delitem__: ClassVar[Any] = dict.__delitem__
