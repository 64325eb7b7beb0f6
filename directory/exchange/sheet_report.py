"""The report of an import: what was made or would be, and every cell that was not taken."""

from dataclasses import dataclass

from directory.exchange.cell_problem import CellProblem

MOST_PROBLEMS = 1000
"""Problems that a report tells one by one."""


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What an import did. A sheet is taken as a whole: one problem, and nothing is written."""

    template: str
    """`office` or `community`."""
    rows: int
    """Rows below the header that hold anything."""
    users: int
    """People of the rows that can be taken (F076)."""
    devices: int
    """Devices of the rows that can be taken (F076)."""
    problems: tuple[CellProblem, ...]
    """In the order of the rows, MOST_PROBLEMS at most."""
    more_problems: int
    """How many there are beyond these."""
    notes: tuple[str, ...]
    """What was left out although nothing is wrong with it."""
    written: bool
    """Whether users and devices are in the directory now."""
