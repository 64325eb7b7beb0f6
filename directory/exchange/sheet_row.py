"""Rows of a spreadsheet as texts, whatever file they came from, and the name of a column."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from directory.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as written; blanks round each text are gone, nothing else is checked."""

    number: int
    """Of the row as a spreadsheet program shows it, from 1."""
    cells: tuple[str, ...] = field(repr=False)
    """Short rows lack their last cells."""
    faults: Mapping[int, str] = field(default_factory=dict)
    """Cells that hold no text that could be read, by place from 0: what is there instead."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.faults and not any(self.cells)

    def cell(self, place: int) -> str:
        """The text at that place, from 0; empty beyond the end."""
        return self.cells[place] if place < len(self.cells) else ""


class UnreadableSheetError(Invalid):
    """The file as a whole cannot be read; the text says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__((FieldError("file", message),))
        self.message = message


def column_letter(place: int) -> str:
    """The letters over a column: A for place 0, Z for 25, AA for 26."""
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
