"""Code tables of the column Call Type: the two office templates give numbers different meanings.

Template A is that of "Add User to Office" (F078), template B that of "Add Devices to Department"
(F079). In B the text of code 3 is cut off; it is the one combination that is left (X01). What is
stored is the name of the call type, never the number.
"""

from collections.abc import Mapping
from enum import StrEnum

from directory.exchange.cell_problem import CellError
from directory.kinds import CallType


class Dialect(StrEnum):
    """Which template a sheet was made from."""

    A = "A"
    """"Add User to Office": identities staff and personnel."""
    B = "B"
    """"Add Devices to Department": identities advanced and basic user."""


CODES: Mapping[Dialect, Mapping[str, CallType]] = {
    Dialect.A: {
        "0": CallType.APP_AND_INDOOR,
        "1": CallType.PHONE_AND_INDOOR,
        "3": CallType.APP_AND_INDOOR_THEN_PHONE,
        "4": CallType.INDOOR_THEN_APP,
        "5": CallType.INDOOR_THEN_APP_THEN_PHONE,
    },
    Dialect.B: {
        "0": CallType.APP_AND_INDOOR,
        "1": CallType.PHONE_AND_INDOOR,
        "2": CallType.APP_AND_INDOOR_THEN_PHONE,
        "3": CallType.INDOOR_THEN_APP,
        "4": CallType.INDOOR_THEN_PHONE,
        "5": CallType.INDOOR_THEN_APP_THEN_PHONE,
    },
}
WHICH = "say which template the sheet was made from: dialect A (Add User to Office) or dialect B"
"""How to mend a code that has two readings."""


def read_call_code(text: str, dialect: Dialect | None) -> CallType:
    """The call type that a code means in this dialect.

    Without a dialect only codes pass that mean the same in both (F080, X01). CellError shows both
    readings of the others, and the codes there are.
    """
    if dialect is not None:
        found = CODES[dialect].get(text)
        if found is None:
            raise CellError(*_unknown_in(text, dialect))
        return found
    in_a, in_b = (CODES[one].get(text) for one in Dialect)
    if in_a is None and in_b is None:
        raise CellError("must be a code of 0 to 5", "enter one of the template's codes")
    if in_a is None or in_b is None or in_a is not in_b:
        raise CellError(f"means {_told(in_a)} in template A, {_told(in_b)} in template B", WHICH)
    return in_a


def _unknown_in(text: str, dialect: Dialect) -> tuple[str, str]:
    """What was expected, and how to mend it."""
    expected = f"must be {_listed(list(CODES[dialect]))}, the codes of template {dialect}"
    other = Dialect.B if dialect is Dialect.A else Dialect.A
    meant = CODES[other].get(text)
    if meant is None:
        return expected, "enter one of these codes"
    here = next(code for code, one in CODES[dialect].items() if one is meant)
    return expected, (
        f"template {other} has it for {meant}, which is {here} here: write that, "
        f"or import the sheet with dialect {other}"
    )


def _told(call_type: CallType | None) -> str:
    return "nothing" if call_type is None else str(call_type)


def _listed(codes: list[str]) -> str:
    return f"{', '.join(codes[:-1])} or {codes[-1]}"
