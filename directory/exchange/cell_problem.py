"""What is wrong with one cell of a sheet: where it is, what was expected, how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that was not taken; never repeats what stands in it, which may be a secret."""

    row: int
    """As a spreadsheet program counts, from 1."""
    column: str
    """Its letter."""
    title: str
    """What stands over the column."""
    expected: str
    mend: str
    """What the person with the sheet can do."""

    @property
    def place(self) -> tuple[int, int, str]:
        """Orders problems as a reader finds their cells."""
        return self.row, len(self.column), self.column

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column} ({self.title}): {self.expected}; {self.mend}"


class CellError(ValueError):
    """A value that a check refuses, with a way to mend it that the column does not know."""

    def __init__(self, expected: str, mend: str) -> None:
        super().__init__(expected)
        self.mend = mend
