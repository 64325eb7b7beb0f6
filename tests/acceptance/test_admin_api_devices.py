"""Devices, relays and the MAC library over HTTP (features sections E, F, L and M)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin_api.api import WholeApi, whole_api
from tests.admin_api.records import registration_row

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[WholeApi]:
    """The real application with the server's own record of calls and memory of the estates."""
    async with whole_api(tmp_path) as running:
        yield running


# E. Devices --------------------------------------------------------------------------------------


@pytest.mark.feature("F106")
async def test_one_list_of_devices_serves_site_department_and_public_area(api: WholeApi) -> None:
    """The scope filter selects the level; search and sort by name and time work within it."""
    site = f"/sites/{api.home.office}/devices"
    place = {"department_id": api.home.department, "person_id": api.home.employee}
    ids = {}
    for name, body in {
        "Lobby": {},
        "Atrium": {},
        "Sales door": {"department_id": place["department_id"]},
        "Bob's desk": {"person_id": place["person_id"]},
    }.items():
        device_type = "indoor_monitor" if "person_id" in body else "single_tenant_door"
        answer = await api.ask("POST", site, body={"name": name, "type": device_type, **body})
        ids[name] = answer.json["id"]

    found = {
        query: (await api.ask("GET", f"/devices?site_id={api.home.office}&{query}")).ids
        for query in ("scope=site&sort=name", "scope=site&sort=-created_at", "scope=department", "")
    }

    assert found == {
        "scope=site&sort=name": [ids["Atrium"], ids["Lobby"]],
        "scope=site&sort=-created_at": [ids["Atrium"], ids["Lobby"]],
        "scope=department": [ids["Sales door"]],
        "": [ids["Atrium"], ids["Bob's desk"], ids["Lobby"], ids["Sales door"]],
    }


@pytest.mark.feature("F108")
async def test_a_device_shows_mac_place_type_and_whether_it_is_online(api: WholeApi) -> None:
    """Online follows the live registration, with the time it was last refreshed."""
    path = f"/devices/{api.home.monitor}"
    offline = (await api.ask("GET", path, by="property_manager")).json
    api.live.rows = [registration_row(api.home.monitor_user, updated_at=1_800_000_000.0)]
    online = (await api.ask("GET", path, by="property_manager")).json

    facts = ("mac", "building", "apartment", "type", "type_code")
    assert [online[name] for name in facts] == ["0C110500A002", "1", "1001", "indoor_monitor", 2]
    assert offline["presence"] == {"online": False, "contacts": 0, "seen_at": None}
    assert online["presence"] == {
        "online": True,
        "contacts": 1,
        "seen_at": "2027-01-15T08:00:00.000Z",
    }


# F, M. Relays and what a manager may set ---------------------------------------------------------


@pytest.mark.feature("F257")
async def test_a_manager_sets_exactly_what_residents_meet_at_a_device(api: WholeApi) -> None:
    """Contact display, name, monitoring; relay name, DTMF code, in-call opening: and no more."""
    device: dict[str, object] = {
        "name": "North gate",
        "contact_display": "endpoints",
        "monitor_allowed": False,
    }
    relay: dict[str, object] = {"name": "Gate", "dtmf_code": "77", "in_call": False}
    cases: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        f"/devices/{api.home.gate}": (
            device,
            {
                "mac": None,
                "vendor": "fanvil",
                "model": "R20A",
                "transport": "tcp",
                "call_number": "0",
                "scope": "building",
                "building_id": api.home.building,
            },
        ),
        f"/relays/{api.home.relay}": (relay, {"hold_seconds": 9}),
    }

    for path, (allowed, refused) in cases.items():
        changed = await api.ask("PATCH", path, by="property_manager", body=allowed)
        assert {name: changed.json[name] for name in allowed} == allowed
        for field, value in refused.items():
            answer = await api.ask("PATCH", path, by="property_manager", body={field: value})
            assert answer.status == 403, field


# L. MAC library ----------------------------------------------------------------------------------


@pytest.mark.feature("F234")
async def test_a_mac_is_added_by_hand_once(api: WholeApi) -> None:
    """A second time is 409, with the holding site where the asker sees it."""
    path, body = f"/sites/{api.home.site}/macs", {"mac": "0C:11:05:00:F0:01"}
    added = await api.ask("POST", path, by="installer", body=body)
    again = await api.ask("POST", path, by="installer", body=body)
    foreign = await api.ask("POST", path, by="installer", body={"mac": "0C110500B003"})

    assert (added.status, added.json["mac"]) == (201, "0C110500F001")
    assert (again.status, again.errors) == (
        409,
        [("mac", "the library of site Linden Court has this MAC")],
    )
    assert (foreign.status, foreign.errors) == (
        409,
        [("mac", "a library of this server has this MAC")],
    )


@pytest.mark.feature("F231", "F235")
async def test_a_file_of_macs_is_imported_line_by_line(api: WholeApi) -> None:
    """One MAC a line: a bad line is reported with its number, good lines are kept."""
    raw = b"0C110500F001\n0C-11-05-00-F0-02\nnot a mac\n\n0C110500A001\n0c110500f003\n"
    answer = await api.ask(
        "POST", f"/sites/{api.home.site}/macs/import", by="installer", raw=raw, headers=TEXT
    )

    assert [item["mac"] for item in answer.json["added"]] == [
        "0C110500F001",
        "0C110500F002",
        "0C110500F003",
    ]
    assert [bad["line"] for bad in answer.json["bad_lines"]] == [3, 5]
    assert len((await api.ask("GET", "/macs?mac=0C110500F0")).ids) == 3


@pytest.mark.feature("F236")
async def test_the_library_is_searched_by_mac_and_by_use(api: WholeApi) -> None:
    """Part of a MAC in any spelling finds entries; `bound` tells those in use from free ones."""
    path = f"/sites/{api.home.site}/macs"
    found = {
        query: [item["mac"] for item in (await api.ask("GET", f"{path}?{query}")).json["items"]]
        for query in ("bound=true", "bound=false", "mac=a0:02", "mac=A0&bound=false")
    }

    assert found == {
        "bound=true": ["0C110500A001", "0C110500A002"],
        "bound=false": ["0C110500A003"],
        "mac=a0:02": ["0C110500A002"],
        "mac=A0&bound=false": ["0C110500A003"],
    }


@pytest.mark.feature("F237")
async def test_a_mac_in_use_stays_in_the_library(api: WholeApi) -> None:
    """DELETE of a bound MAC is 409; of a free one 204."""
    bound = await api.ask("DELETE", f"/macs/{api.home.bound_mac}", by="installer")
    free = await api.ask("DELETE", f"/macs/{api.home.free_mac}", by="installer")

    assert (bound.status, free.status) == (409, 204)
