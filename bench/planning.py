"""Planning: CPU time to plan a call to one apartment of a big site, from memory alone.

    python -m bench.planning            microseconds for each kind of apartment

The site has 10,000 apartments with a monitor and two apps each, landlines, guards in order, a chain
of its own with a delay, and settings that apartments override; everybody is registered.
"""

import statistics
import time
from collections.abc import Callable

from directory.chain import ChainMember, ChainStage, OwnChain
from directory.queries.dial import DialAccount, DialDirectory, DialOwner, DialSite
from directory.ringing import Ringing
from sipcore.b2bua.plan import CallRequest, RingPlan
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner

APARTMENTS = 10_000
PLANS = 2_000
"""Plans of one slice, each of another apartment."""
SLICES = 7
WANTED = 200.0
"""Microseconds that a plan may take."""

CHAIN = OwnChain(
    "slow_app",
    (
        ChainStage((ChainMember("indoor"), ChainMember("app", 5.0)), 25.0),
        ChainStage((ChainMember("guard"),)),
        ChainStage((ChainMember("landline"),)),
    ),
)


def site(call_type: str) -> DialSite:
    """A site of many apartments that are all called that way."""
    door = DialAccount(1, "door", "door", "Gate", 1)
    guards = tuple([DialAccount(2 + n, f"guard{n}", "guard", "Guard", 1) for n in range(3)])
    accounts = {one.user: one for one in (door, *guards)}
    apartments: dict[tuple[int, str], DialOwner] = {}
    for number in range(APARTMENTS):
        phones = [
            DialAccount(
                10 + 3 * number + place, f"{kind}{number}-{place}", kind, "Phone", 1, 1, number
            )
            for place, kind in enumerate(("indoor", "app", "app"))
        ]
        accounts |= {phone.user: phone for phone in phones}
        apartments[1, str(number)] = DialOwner(
            1,
            1,
            str(number),
            f"Flat {number}",
            call_type,
            True,
            indoor=(phones[0],),
            apps=(phones[1], phones[2]),
            landlines=(f"+44163{number:07}",),
            apartment_id=number,
            ringing=Ringing(times={"guard": 15.0}, rounds=2),
        )
    return DialSite(
        1,
        "Bench",
        "community",
        "UTC",
        "GB",
        landline_enabled=True,
        guards=guards,
        apartments=apartments,
        buildings={"1": 1},
        owners={owner.key: owner for owner in apartments.values()},
        accounts=accounts,
        ringing=Ringing(longest=240.0, delays={"app": 3.0}, early=180),
        chains={CHAIN.name: CHAIN},
        guard_order="in_order",
    )


def measure(call_type: str) -> list[float]:
    """CPU microseconds of a plan, one figure a slice."""
    directory = DialDirectory()
    directory.put_site(site(call_type))
    everybody = set(directory.sites[1].accounts)
    planner = Planner(directory, Reach(everybody.__contains__, lambda _site: "pstn"))
    return [_slice(planner.plan, first) for first in range(SLICES)]


def _slice(plan: Callable[[CallRequest], object], first: int) -> float:
    step = APARTMENTS // PLANS
    requests = [
        CallRequest("door", f"1*{number * step + first % step}", 0.0) for number in range(PLANS)
    ]
    started = time.process_time()
    for request in requests:
        answer = plan(request)
    spent = time.process_time() - started
    assert isinstance(answer, RingPlan)
    return spent / PLANS * 1e6


def main() -> None:
    """Print the median of each kind."""
    for call_type in ("app_and_indoor", "indoor_then_app_then_phone", CHAIN.name):
        figures = measure(call_type)
        print(f"{call_type:28} {statistics.median(figures):6.1f} us ({min(figures):.1f} at best)")


if __name__ == "__main__":
    main()
