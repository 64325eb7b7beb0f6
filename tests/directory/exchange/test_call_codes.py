"""Code tables A and B."""

import pytest

from directory.exchange.call_codes import CODES, Dialect, read_call_code
from directory.exchange.cell_problem import CellError
from directory.kinds import CallType


def read(text: str, dialect: Dialect | None) -> str | tuple[str, str]:
    """The call type's name, or what was expected and how to mend it."""
    try:
        return str(read_call_code(text, dialect))
    except CellError as error:
        return str(error), error.mend


@pytest.mark.parametrize("dialect", [*Dialect, None])
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("0", "app_and_indoor"),
        ("1", "phone_and_indoor"),
        ("5", "indoor_then_app_then_phone"),
    ],
)
def test_codes_that_both_templates_read_alike_need_no_dialect(
    dialect: Dialect | None, code: str, name: str
) -> None:
    assert read(code, dialect) == name


def test_template_b_has_every_call_type_but_the_implicit_one() -> None:
    assert set(CODES[Dialect.B].values()) == set(CallType) - {CallType.INDOOR_ONLY}
    assert len(CODES[Dialect.B]) == 6


def test_a_code_of_the_other_template_is_told_with_its_own_code_here() -> None:
    assert read("2", Dialect.A) == (
        "must be 0, 1, 3, 4 or 5, the codes of template A",
        "template B has it for app_and_indoor_then_phone, which is 3 here: write that, "
        "or import the sheet with dialect B",
    )


@pytest.mark.parametrize("text", ["6", "-1", "03", "3.0", "three", "", "٣"])
@pytest.mark.parametrize("dialect", [*Dialect, None])
def test_anything_else_is_no_code(dialect: Dialect | None, text: str) -> None:
    answer = read(text, dialect)

    assert isinstance(answer, tuple)
    assert answer[0].startswith("must be ")
