"""Requests for every operation in an order in which each finds what it is about."""

from dataclasses import replace

from directory.kinds import Role
from tests.admin_api.api import Api
from tests.admin_api.records import call_row
from tests.admin_api.samples import Sample, parameters_of, samples

CHILDREN_FIRST = (
    "clear_autop_commands",
    "clear_account_push",
    "delete_relay",
    "delete_account",
    "delete_mac",
    "delete_person",
    "delete_device",
    "delete_apartment",
    "delete_building",
    "delete_chain",
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


async def playable(api: Api, role: Role) -> list[Sample]:
    """The home estate with something for each operation to find, and the requests in order."""
    home = api.home
    api.records.calls = [api.visit(call_row(f"visit-{home.site}", site_id=home.site))]
    api.records.pictures = {f"visit-{home.site}": (b"full", b"small")}
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
