"""A small site to plan calls in and to open doors of: two buildings, an office person, a gate.

Users say what they are: `d` door, `i` indoor monitor, `a` app, `g` guard phone.

    building 1 (id 10)   apartment 1001 (id 101): i1001, a1001, two landlines; apartment 1002
    building 2 (id 20)   apartment 1001 (id 201): i2001, a2001; apartment 2002 (id 202)
    doors                d-gate (whole site), d-1 (building 1), d-2 (building 2),
                         d-1001 (private to apartment 1001 of building 1)
    guards               g-1, g-2
    person               EMP-7 (id 7): i7, a7, one landline

Site 2 is a foreign one that has a 1001 and a 9999 of its own.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from directory.queries.dial import DialAccount, DialDirectory, DialOwner, DialRelay, DialSite

_IDS = {
    name: number
    for number, name in enumerate(
        [
            "d-gate",
            "d-1",
            "d-2",
            "d-1001",
            "g-1",
            "g-2",
            "i1001",
            "a1001",
            "i1002",
            "a1002",
            "i2001",
            "a2001",
            "i2002",
            "i7",
            "a7",
        ],
        1,
    )
}


def account(user: str, **values: Any) -> DialAccount:
    """An account of site 1 whose kind is told by the first letter of its user."""
    kind = {"d": "door", "i": "indoor", "a": "app", "g": "guard"}[user[0]]
    number = _IDS.get(user, 900)
    device = None if kind == "app" else 50 + number
    made = DialAccount(
        account_id=number,
        user=user,
        kind=kind,
        display=user.upper(),
        site_id=1,
        device_id=device,
    )
    return replace(made, **values)


def apartment(
    key: int, building_id: int, number: str, users: Iterable[str] = (), **values: Any
) -> DialOwner:
    """An apartment of site 1 with those monitors and apps, and the plainest call type."""
    members = [account(user, building_id=building_id, apartment_id=key) for user in users]
    made = DialOwner(
        site_id=1,
        building_id=building_id,
        number=number,
        name=f"Flat {number}",
        call_type="app_and_indoor",
        app_enabled=True,
        indoor=tuple(member for member in members if member.kind == "indoor"),
        apps=tuple(member for member in members if member.kind == "app"),
        apartment_id=key,
    )
    return replace(made, **values)


def person() -> DialOwner:
    """The office person EMP-7."""
    return DialOwner(
        site_id=1,
        building_id=None,
        number="EMP-7",
        name="Ann Smith",
        call_type="app_and_indoor",
        app_enabled=True,
        indoor=(account("i7", person_id=7),),
        apps=(account("a7", person_id=7),),
        landlines=("+441632960007",),
        person_id=7,
    )


DOORS = (
    account("d-gate"),
    account("d-1", building_id=10),
    account("d-2", building_id=20),
    account("d-1001", building_id=10, apartment_id=101),
)
GUARDS = (account("g-1"), account("g-2"))


def site_with(
    owners: Iterable[DialOwner],
    *,
    doors: Iterable[DialAccount] = DOORS,
    guards: Iterable[DialAccount] = GUARDS,
    **values: Any,
) -> DialSite:
    """A site of these owners, doors and guards, every index filled."""
    owners, guards = tuple(owners), tuple(guards)
    members = [member for owner in owners for member in (*owner.indoor, *owner.apps)]
    made = DialSite(
        site_id=1,
        name="Riverside",
        kind="community",
        timezone="Europe/London",
        country="GB",
        landline_enabled=True,
        guards=guards,
        apartments={
            (owner.building_id, owner.number): owner
            for owner in owners
            if owner.person_id is None and owner.building_id is not None
        },
        buildings={"1": 10, "Tower B": 20},
        people={owner.number: owner for owner in owners if owner.person_id is not None},
        owners={owner.key: owner for owner in owners},
        accounts={member.user: member for member in (*doors, *guards, *members)},
    )
    return replace(made, **values)


def residence(call_type: str = "app_and_indoor", **values: Any) -> DialSite:
    """The site of the module's heading; `call_type` is that of apartment 1001 in building 1."""
    flat = apartment(
        101,
        10,
        "1001",
        ("i1001", "a1001"),
        call_type=call_type,
        landlines=("+441632960001", "+441632960002"),
    )
    return site_with(
        (
            flat,
            apartment(102, 10, "1002", ("i1002", "a1002")),
            apartment(201, 20, "1001", ("i2001", "a2001")),
            apartment(202, 20, "2002", ("i2002",)),
            person(),
        ),
        **values,
    )


def foreign_site() -> DialSite:
    """Site 2, full of things that must not leak into site 1."""
    stranger = DialAccount(800, "9999999999", "indoor", "Foreign", 2, apartment_id=801)
    owner = DialOwner(
        site_id=2,
        building_id=80,
        number="8001",
        name="Foreign flat",
        call_type="app_and_indoor",
        app_enabled=True,
        indoor=(stranger,),
        apartment_id=801,
    )
    guard = DialAccount(802, "g-foreign", "guard", "Foreign guard", 2, device_id=802)
    worker = replace(owner, number="EMP-8", building_id=None, apartment_id=None, person_id=808)
    return DialSite(
        site_id=2,
        name="Elsewhere",
        kind="community",
        timezone="Europe/Paris",
        country="FR",
        guards=(guard,),
        emergency_number="999",
        apartments={(80, "8001"): owner},
        buildings={"80": 80},
        people={"EMP-8": worker},
        owners={owner.key: owner, worker.key: worker},
        accounts={stranger.user: stranger, guard.user: guard},
    )


def directory_of(*sites: DialSite) -> DialDirectory:
    """A directory of these sites."""
    directory = DialDirectory()
    for site in sites:
        directory.put_site(site)
    return directory


def relay(relay_id: int, code: str, *, door: str = "d-1", **values: Any) -> DialRelay:
    """A relay of one of the doors."""
    device_id = account(door).device_id
    assert device_id is not None
    made = DialRelay(
        relay_id=relay_id,
        device_id=device_id,
        index=1,
        name=f"Relay {relay_id}",
        dtmf_code=code,
    )
    return replace(made, **values)


def with_relays(site: DialSite, *relays: DialRelay) -> DialSite:
    """The site with these relays on their doors."""
    by_device: dict[int, tuple[DialRelay, ...]] = {}
    for one in relays:
        by_device[one.device_id] = (*by_device.get(one.device_id, ()), one)
    return replace(site, relays=by_device)
