"""Who may be called at this moment."""

from dataclasses import replace
from typing import Any

import pytest

from directory.account_status import has_expired
from directory.queries.dial import DialSite
from sipcore.b2bua.plan import CallRequest
from sipcore.calls.inquiry import Answer
from sipcore.calls.standing import closed
from tests.support.dial_site import residence
from tests.support.planning import left_out, planner, refusal, ringing

NOW = 1_800_000_000.0
SITE = residence("indoor_then_app", emergency_number="999")
FLAT = SITE.owners["apartment:101"]


def with_flat(**values: Any) -> DialSite:
    flat = replace(FLAT, **values)
    return replace(
        SITE,
        apartments={**SITE.apartments, (10, "1001"): flat},
        owners={**SITE.owners, flat.key: flat},
    )


def with_account(user: str, **values: Any) -> DialSite:
    """The account is changed wherever the site holds it."""
    account = replace(SITE.accounts[user], **values)
    apps = (account,) if account.kind == "app" else FLAT.apps
    site = with_flat(apps=apps)
    return replace(site, accounts={**site.accounts, user: account})


def dials(site: DialSite, caller: str, number: str) -> Answer:
    return planner(site).plan(CallRequest(caller, number, NOW))


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({}, None),
        ({"expires_at": NOW + 1}, None),
        ({"active": False}, (480, "inactive")),
        ({"expires_at": NOW}, (480, "account_expired")),
        ({"active": False, "expires_at": NOW}, (480, "account_expired")),
        ({"blocked": True}, (403, "blocked")),
        ({"blocked": True, "active": False, "expires_at": NOW}, (403, "blocked")),
    ],
)
def test_each_status_has_a_response_and_a_reason_of_its_own(
    values: dict[str, Any], answer: tuple[int, str] | None
) -> None:
    assert closed(replace(FLAT, **values), NOW) == answer


@pytest.mark.parametrize("number", ["1001", "1*1001", "**1001", "i1001", "a1001"])
def test_what_is_blocked_is_reached_by_no_number(number: str) -> None:
    assert refusal(dials(with_flat(blocked=True), "d-1", number)) == (403, "blocked")


def test_an_expired_phone_is_left_out_and_the_others_ring() -> None:
    answer = dials(with_account("a1001", expires_at=NOW), "d-1", "1001")

    assert ringing(answer)[0] == ("indoor", ["i1001"])
    assert ("app", "a1001", "account_expired") in left_out(answer)


def test_an_expired_caller_reaches_help_and_nobody_else() -> None:
    site = with_account("a1001", expires_at=NOW)

    assert refusal(dials(site, "a1001", "1002")) == (403, "caller_expired")
    for number in ("0", "999"):
        assert ringing(dials(site, "a1001", number))[0][1] == ["g-1", "g-2"]
    assert refusal(dials(site, "a1001", "77")) == (404, "unknown_number")


def test_an_end_has_come_from_its_very_moment() -> None:
    ends = (None, NOW - 1, NOW, NOW + 1)

    assert [has_expired(end, NOW) for end in ends] == [False, True, True, False]
