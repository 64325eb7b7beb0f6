"""Account status: one word out of what is stored, and back."""

from typing import Any

import pytest

from directory.account_status import first_status, settle_status, status_of
from directory.errors import Invalid
from directory.kinds import AccountStatus

NOW = 1000.0


@pytest.mark.parametrize(
    ("active", "blocked", "expires_at", "status"),
    [
        (True, False, None, "normal"),
        (True, False, NOW + 1, "normal"),
        (False, False, NOW + 1, "inactivated"),
        (True, False, NOW, "expired"),
        (False, False, NOW - 1, "expired"),
        (True, True, NOW - 1, "blocked"),
        (False, True, None, "blocked"),
    ],
)
def test_the_first_reason_that_fits_is_the_status(
    active: bool, blocked: bool, expires_at: float | None, status: str
) -> None:
    assert status_of(active, blocked, expires_at, NOW) == status


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ({}, {}),
        ({"active": False}, {"active": False}),
        ({"status": "normal"}, {"active": True, "blocked": False}),
        ({"status": "normal", "active": True}, {"active": True, "blocked": False}),
        ({"status": "inactivated"}, {"active": False, "blocked": False}),
        ({"status": "blocked"}, {"blocked": True}),
        ({"status": "blocked", "active": False}, {"blocked": True, "active": False}),
        ({"status": "expired"}, {"blocked": False, "expires_at": NOW}),
        ({"status": "expired", "expires_at": 5.0}, {"blocked": False, "expires_at": 5.0}),
    ],
)
def test_a_status_is_stored_in_columns(asked: dict[str, Any], stored: dict[str, Any]) -> None:
    values = _checked(asked)
    settle_status(values, None, NOW)

    assert values == stored


@pytest.mark.parametrize("status", list(AccountStatus))
def test_a_status_that_was_asked_for_is_the_one_that_is_shown(status: AccountStatus) -> None:
    values: dict[str, Any] = {"status": status}
    settle_status(values, None, NOW)
    row = {"active": True, "blocked": False, "expires_at": None} | values

    assert status_of(row["active"], row["blocked"], row["expires_at"], NOW) is status


@pytest.mark.parametrize(
    ("asked", "expires_at", "field"),
    [
        ({"status": "normal", "active": False}, None, "active"),
        ({"status": "inactivated", "active": True}, None, "active"),
        ({"status": "expired", "expires_at": NOW + 1}, None, "expires_at"),
        ({"status": "expired", "expires_at": None}, None, "expires_at"),
        ({"status": "normal"}, NOW, "status"),
        ({"status": "inactivated", "expires_at": NOW - 1}, None, "status"),
    ],
)
def test_a_status_that_something_else_contradicts_is_refused(
    asked: dict[str, Any], expires_at: float | None, field: str
) -> None:
    with pytest.raises(Invalid) as found:
        settle_status(_checked(asked), expires_at, NOW)

    assert [error.field for error in found.value.errors] == [field]


def test_what_has_expired_becomes_normal_with_a_later_end() -> None:
    values: dict[str, Any] = {"status": AccountStatus.NORMAL, "expires_at": NOW + 1}
    settle_status(values, NOW - 1, NOW)

    assert values == {"active": True, "blocked": False, "expires_at": NOW + 1}


def test_what_has_expired_may_be_blocked() -> None:
    values: dict[str, Any] = {"status": AccountStatus.BLOCKED}
    settle_status(values, NOW - 1, NOW)

    assert values == {"blocked": True}


def test_a_new_row_may_be_made_with_either_word() -> None:
    assert first_status(False, None, None) == {"active": False, "expires_at": None}
    assert first_status(True, AccountStatus.BLOCKED, None) == {"status": "blocked"}
    assert first_status(False, AccountStatus.NORMAL, 5.0) == {
        "status": "normal",
        "active": False,
        "expires_at": 5.0,
    }


def _checked(asked: dict[str, Any]) -> dict[str, Any]:
    if "status" in asked:
        return asked | {"status": AccountStatus(asked["status"])}
    return dict(asked)
