"""The template of a sheet to be filled: a workbook with the header, and what each column takes."""

import io

from directory.exchange.sheet_row import column_letter
from directory.exchange.template import Template

_AS_TEXT = "@"
"""The cell format that keeps a leading zero, and makes no date of `1-2`."""
_WIDTH = 24.0


def blank_workbook(template: Template) -> bytes:
    """An `.xlsx` file: the sheet to fill, with cells for texts, and a sheet that explains it."""
    from openpyxl import Workbook  # takes a tenth of a second, which few commands need
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = template.name
    sheet.append([column.title for column in template.columns])
    for place in range(len(template.columns)):
        letter = column_letter(place)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].number_format = _AS_TEXT
        sheet.column_dimensions[letter].width = _WIDTH
    sheet.freeze_panes = "A2"
    words = book.create_sheet("columns")
    for column in template.columns:
        words.append([column.title, column.mend])
    words.column_dimensions["A"].width = _WIDTH
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
