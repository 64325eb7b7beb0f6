"""Which telephone numbers an owner has, and until when each of them counts (F072, F169).

A number that several residents share ends with the last of them.
"""

from collections.abc import Iterable, Mapping

Carried = tuple[str, float | None]
"""A number, and the moment from which whoever has it is expired; None for never."""


def landline_ends(carried: Iterable[Carried]) -> tuple[tuple[str, ...], Mapping[str, float]]:
    """Each number once, in order, and the ends of those that have one."""
    ends: dict[str, float | None] = {}
    for number, end in carried:
        known = ends.get(number, end)
        ends[number] = None if known is None or end is None else max(known, end)
    return tuple(ends), {number: end for number, end in ends.items() if end is not None}
