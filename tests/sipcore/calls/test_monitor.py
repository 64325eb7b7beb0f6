from dataclasses import replace

import pytest

from sipcore.b2bua.plan import RingPlan
from sipcore.calls.monitor import monitor
from tests.support.dial_site import residence, site_with
from tests.support.planning import inquiry, refusal, ringing, rung

SITE = residence()


@pytest.mark.parametrize("caller", ["i1001", "a2001", "g-1"])
def test_a_door_is_called_to_look_through_it(caller: str) -> None:
    answer = rung(monitor, inquiry(SITE, caller, "d-2"))

    assert ringing(answer) == [("door", ["d-2"])]
    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.callee, answer.is_visit) == ("monitor", "D-2", False)


def test_a_door_that_may_not_be_watched_is_forbidden() -> None:
    shy = replace(SITE.accounts["d-2"], monitor_allowed=False)
    site = site_with((SITE.owners["apartment:101"],), doors=(shy,))

    assert refusal(rung(monitor, inquiry(site, "i1001", "d-2"))) == (403, "monitor_not_allowed")


def test_a_door_never_calls_a_door() -> None:
    assert refusal(rung(monitor, inquiry(SITE, "d-1", "d-2"))) == (403, "door_may_not_call_door")


def test_what_is_no_door_is_none_of_its_business() -> None:
    assert [rung(monitor, inquiry(SITE, "i1001", dialled)) for dialled in ("g-1", "1001", "x")] == [
        None,
        None,
        None,
    ]
