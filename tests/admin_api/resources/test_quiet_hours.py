from typing import Any

import pytest

from tests.admin_api.api import Api

NIGHT = {"days": ["mon", "sun"], "start": "22:00", "end": "07:00"}
NOTHING = {"windows": [], "action": "skip", "do_not_disturb": False, "do_not_disturb_until": None}


def paths(api: Api) -> list[str]:
    return [
        f"/apartments/{api.home.apartment}/quiet-hours",
        f"/people/{api.home.person}/quiet-hours",
        f"/accounts/{api.home.lab_account}/quiet-hours",
    ]


async def test_managers_set_quiet_hours_of_apartments_people_and_phones(api: Api) -> None:
    user = api.home.monitor_user
    (monitor,) = (await api.ask("GET", f"/accounts?user={user}")).json["items"]
    for path in (*paths(api)[:2], f"/accounts/{monitor['id']}/quiet-hours"):
        before = await api.ask("GET", path, by="property_manager")
        body = {"windows": [NIGHT], "do_not_disturb": True}
        after = await api.ask("PATCH", path, by="property_manager", body=body)

        assert before.json == {"site_id": before.json["site_id"], **NOTHING}
        assert after.json == before.json | body
        assert (await api.ask("GET", path)).json == after.json


async def test_do_not_disturb_may_end_by_itself(api: Api) -> None:
    path = paths(api)[0]
    body = {"do_not_disturb": True, "do_not_disturb_until": "2027-01-15T10:00:00+01:00"}
    answer = await api.ask("PATCH", path, body=body)

    assert answer.json["do_not_disturb_until"] == "2027-01-15T09:00:00.000Z"
    off = await api.ask("PATCH", path, body={"do_not_disturb": False})
    assert off.json["do_not_disturb_until"] is None


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"windows": [NIGHT | {"days": []}]}, "windows", "window 1: is empty: name at least"),
        ({"windows": [NIGHT, NIGHT | {"end": "22:00"}]}, "windows", "window 2: is empty: end"),
        ({"windows": [NIGHT | {"days": ["someday"]}]}, "windows", "window 1: days must be of mon"),
        ({"windows": [NIGHT] * 21}, "windows", "at most 20 windows"),
        ({"windows": [{"start": "22:00", "end": "07:00"}]}, "windows.1.days", "required"),
        ({"action": "ring"}, "action", "input should be 'skip' or 'guard'"),
        (
            {"do_not_disturb": True, "do_not_disturb_until": "2020-01-01T00:00:00Z"},
            "do_not_disturb_until",
            "must be in the future",
        ),
        ({"do_not_disturb": "yes"}, "do_not_disturb", "input should be a valid boolean"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(
    api: Api, body: dict[str, Any], field: str, message: str
) -> None:
    answer = await api.ask("PATCH", paths(api)[0], body=body)

    assert answer.status == 422
    ((wrong, why),) = answer.errors
    assert wrong == field
    assert why.startswith(message)


async def test_a_door_has_no_quiet_hours(api: Api) -> None:
    accounts = (await api.ask("GET", f"/sites/{api.home.site}/accounts?kind=door")).json["items"]
    path = f"/accounts/{accounts[0]['id']}/quiet-hours"

    answer = await api.ask("PATCH", path, body={"do_not_disturb": True})

    assert (answer.status, answer.errors[0][0]) == (409, "kind")


async def test_an_edit_of_an_older_state_is_refused(api: Api) -> None:
    path = paths(api)[0]
    tag = (await api.ask("GET", path)).headers["ETag"]
    first = await api.ask("PATCH", path, body={"action": "guard"}, headers={"If-Match": tag})
    second = await api.ask("PATCH", path, body={"action": "skip"}, headers={"If-Match": tag})

    assert (first.status, second.status) == (200, 412)


async def test_what_is_out_of_reach_is_not_found(api: Api) -> None:
    path = f"/apartments/{api.foreign.apartment}/quiet-hours"

    for method, body in (("GET", None), ("PATCH", {"action": "guard"})):
        assert (await api.ask(method, path, by="property_manager", body=body)).status == 404
