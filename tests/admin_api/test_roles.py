from dataclasses import replace

import pytest

from admin_api.resources import OPERATIONS
from admin_api.roles import BUILDERS, EVERYBODY, ROLE_TABLE
from directory.kinds import Role
from tests.admin_api.api import Api
from tests.admin_api.records import call_row
from tests.admin_api.samples import Sample, parameters_of, samples

NOT_FOR_MANAGERS = {
    "arm_device",
    "create_account",
    "create_apartment",
    "create_building",
    "create_building_apartment",
    "create_department",
    "create_device",
    "create_device_relay",
    "create_mac",
    "create_relay",
    "create_site",
    "create_site_account",
    "create_site_building",
    "create_site_department",
    "create_site_device",
    "create_site_mac",
    "create_token",
    "create_user",
    "delete_account",
    "delete_apartment",
    "delete_building",
    "delete_department",
    "delete_device",
    "delete_mac",
    "delete_relay",
    "delete_site",
    "delete_user",
    "edit_account",
    "edit_building",
    "edit_department",
    "edit_user",
    "get_device_autop",
    "get_token",
    "get_user",
    "import_macs",
    "list_audit",
    "list_tokens",
    "list_user_tokens",
    "list_users",
    "revoke_token",
    "rotate_device_token",
}
"""What only those who build sites up may do; property managers run them."""

CHILDREN_FIRST = (
    "clear_autop_commands",
    "delete_relay",
    "delete_account",
    "delete_mac",
    "delete_person",
    "delete_device",
    "delete_apartment",
    "delete_building",
    "delete_department",
    "delete_site",
    "revoke_token",
    "delete_user",
)
"""Deletions in an order in which each still finds what it deletes."""


def in_playing_order(found: list[Sample]) -> list[Sample]:
    """Everything else first, deletions last and children before parents."""
    order = {name: place for place, name in enumerate(CHILDREN_FIRST, start=1)}
    return sorted(found, key=lambda sample: order.get(sample.operation.id, 0))


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert sorted(ROLE_TABLE) == sorted(operation.id for operation in OPERATIONS)


def test_every_role_may_do_everything_but_managers_do_not_build() -> None:
    assert {name for name, roles in ROLE_TABLE.items() if roles != EVERYBODY} == NOT_FOR_MANAGERS
    assert all(ROLE_TABLE[name] == BUILDERS for name in NOT_FOR_MANAGERS)


async def prepared(api: Api, role: Role) -> list[Sample]:
    """The home estate with something for each operation to find, and the requests in order."""
    home = api.home
    api.records.calls = [api.visit(call_row(f"visit-{home.site}", site_id=home.site))]
    for path in (f"/sites/{home.site}", f"/sites/{home.office}"):
        await api.ask("PATCH", path, body={"people_deletable": True})
    maker = "root" if role is Role.PROPERTY_MANAGER else role.value
    body = {"name": "pm.victim", "role": "property_manager"}
    user = (await api.ask("POST", "/users", body=body, by=maker)).json["id"]
    token = (await api.ask("POST", f"/users/{user}/tokens", body={}, by=maker)).json["id"]
    found = samples(home, {**parameters_of(home), "user_id": user, "token_id": token})
    department = await api.ask("POST", "/departments", body={"site_id": home.office, "name": "Old"})
    queries = {"list_tokens": f"user_id={user}"}
    # The department to delete must be empty, unlike the one that the other requests are about.
    paths = {"delete_department": f"/departments/{department.json['id']}"}
    return in_playing_order(
        [
            replace(
                sample,
                query=queries.get(sample.operation.id, sample.query),
                path=paths.get(sample.operation.id, sample.path),
            )
            for sample in found
        ]
    )


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_each_operation_or_403_as_the_table_says(api: Api, role: Role) -> None:
    got, wanted = {}, {}
    for sample in await prepared(api, role):
        operation = sample.operation
        answer = await api.ask(
            operation.method,
            sample.url,
            by=role.value,
            body=sample.body,
            raw=sample.raw,
            headers=sample.headers,
        )
        got[operation.id] = answer.status
        wanted[operation.id] = operation.status if role in ROLE_TABLE[operation.id] else 403

    assert got == wanted
    assert len(got) == len(OPERATIONS)
