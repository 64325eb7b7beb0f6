"""What a wrong cell is told."""

from directory.exchange.cell_problem import CellError, CellProblem


def problem(row: int, column: str) -> CellProblem:
    return CellProblem(row, column, "Phone", "must be a telephone number", "write digits")


def test_a_problem_says_where_what_and_how_to_mend_it() -> None:
    assert str(problem(7, "K")) == (
        "row 7, column K (Phone): must be a telephone number; write digits"
    )


def test_problems_are_ordered_as_their_cells_are() -> None:
    found = [problem(10, "A"), problem(9, "AA"), problem(9, "B"), problem(9, "Z")]

    assert [(one.row, one.column) for one in sorted(found, key=lambda one: one.place)] == [
        (9, "B"),
        (9, "Z"),
        (9, "AA"),
        (10, "A"),
    ]


def test_an_error_may_know_how_to_mend_itself() -> None:
    error = CellError("must be 1", "write 1")

    assert (str(error), error.mend) == ("must be 1", "write 1")
