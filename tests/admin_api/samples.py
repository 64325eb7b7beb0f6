"""One right request for every operation, on the things of one estate."""

from dataclasses import dataclass
from typing import Any

from admin_api.operation import AnyOperation
from admin_api.resources import OPERATIONS
from directory.exchange.office_sheet import OFFICE
from tests.admin_api.estate import Estate
from tests.support.sheets import csv_file, employee

UNKNOWN_ID = 987_654_321
"""An id that nothing has."""
OFFICE_ONLY = frozenset({"create_site_department", "create_site_person", "import_sheet"})
"""Operations whose samples are about the office, not the community."""

OF_APPS = frozenset({"get_account_push", "set_account_push", "clear_account_push"})
"""Operations whose samples are about the account of an app."""


@dataclass(frozen=True)
class Sample:
    """A request that succeeds for whoever may use the operation."""

    operation: AnyOperation
    path: str
    query: str = ""
    body: Any = None
    raw: bytes | None = None

    @property
    def url(self) -> str:
        """Path and query under the prefix."""
        return self.path + (f"?{self.query}" if self.query else "")

    @property
    def headers(self) -> dict[str, str]:
        """What a body that is not JSON needs."""
        if self.raw is None:
            return {}
        return {"Content-Type": "text/csv" if self.operation.takes_file else "text/plain"}


CHAIN = [{"members": [{"kind": "indoor"}, {"kind": "app", "delay": 5}]}]


def parameters_of(estate: Estate) -> dict[str, object]:
    """Path parameters by name for the things of an estate."""
    return {
        "site_id": estate.site,
        "office_id": estate.office,
        "building_id": estate.building,
        "department_id": estate.department,
        "apartment_id": estate.apartment,
        "person_id": estate.person,
        "device_id": estate.gate,
        "relay_id": estate.relay,
        "account_id": estate.lab_account,
        "app_id": estate.app_account,
        "mac_id": estate.free_mac,
        "chain_id": estate.chain,
        "call_id": f"visit-{estate.site}",
        "address": "192.0.2.66",
    }


def unknown_parameters() -> dict[str, object]:
    """Path parameters that name nothing."""
    names = ("site", "office", "building", "department", "apartment", "person", "device", "relay")
    ids: dict[str, object] = dict.fromkeys([f"{name}_id" for name in names], UNKNOWN_ID)
    more = ("account_id", "app_id", "mac_id", "chain_id", "user_id", "token_id")
    others = dict.fromkeys(more, UNKNOWN_ID)
    return {**ids, **others, "call_id": "visit-unknown", "address": "192.0.2.99"}


def samples(estate: Estate, parameters: dict[str, object] | None = None) -> list[Sample]:
    """Every operation once; the estate fills the bodies, `parameters` the paths."""
    values = parameters if parameters is not None else parameters_of(estate)
    bodies = _bodies(estate)
    in_office = {**values, "site_id": values["office_id"]}
    of_app = {**values, "account_id": values["app_id"]}
    queries = {
        "list_tokens": "user_id=2",
        "get_call_plan": "apartment=1001",
        "get_capture": "aor=1001",
        "stream_events": "seconds=0",
    }
    found = []
    for operation in OPERATIONS:
        if any(name not in values for name in operation.parameters):
            continue
        found.append(
            Sample(
                operation,
                operation.path.format_map(
                    in_office
                    if operation.id in OFFICE_ONLY
                    else of_app
                    if operation.id in OF_APPS
                    else values
                ),
                queries.get(operation.id, ""),
                bodies.get(operation.id),
                _raw(operation),
            )
        )
    return found


def _raw(operation: AnyOperation) -> bytes | None:
    """A right body that is not JSON."""
    if operation.takes_file:
        return csv_file(OFFICE, employee(First_Name="Zoe"))
    return b"0C110500C001\n" if operation.takes_text else None


def _bodies(estate: Estate) -> dict[str, Any]:
    """Right bodies by operation."""
    office_site, community = {"site_id": estate.office}, {"site_id": estate.site}
    terminal = {"name": "Side door", "type": "access_control"}
    return {
        "create_site": {"name": "New Court", "kind": "community"},
        "edit_site": {"name": "Linden Gardens"},
        "create_building": {**community, "name": "2"},
        "edit_building": {"name": "1a"},
        "create_site_building": {"name": "3"},
        "create_chain": {**community, "name": "day", "stages": CHAIN},
        "edit_chain": {"guards": "listed"},
        "create_site_chain": {"name": "noon", "stages": CHAIN},
        "create_department": {**office_site, "name": "Lab"},
        "edit_department": {"floors": ["2"]},
        "create_site_department": {"name": "Hall"},
        "create_apartment": {"building_id": estate.building, "number": "1002"},
        "edit_apartment": {"call_type": "indoor_then_app"},
        "create_building_apartment": {"number": "1003"},
        "create_person": {**office_site, "department_id": estate.department, "first_name": "Eve"},
        "edit_person": {"remark": "tenant"},
        "create_site_person": {"department_id": estate.department, "first_name": "Kim"},
        "create_device": {**community, **terminal},
        "edit_device": {"name": "North gate"},
        "create_site_device": terminal,
        "arm_device": {"duration": 600},
        "submit_autop_commands": {"lines": ["Config.Settings.A = 1"]},
        "create_relay": {"device_id": estate.gate, "name": "Gate", "dtmf_code": "56"},
        "edit_relay": {"name": "Front door"},
        "create_device_relay": {"name": "Lift", "dtmf_code": "78"},
        "create_account": {**community, "kind": "guard"},
        "edit_account": {"display": "Night desk"},
        "create_site_account": {"kind": "guard"},
        "edit_apartment_quiet_hours": {"do_not_disturb": True},
        "edit_person_quiet_hours": {"action": "guard"},
        "edit_account_quiet_hours": {"windows": []},
        "set_account_push": {"provider": "fcm", "token": "fcm-token-of-a-telephone-5aFe"},
        "create_mac": {**community, "mac": "0C-11-05-00-D0-01"},
        "create_site_mac": {"mac": "0C110500D002"},
        "create_ban": {"address": "192.0.2.66"},
        "create_user": {"name": "new.manager", "role": "property_manager"},
        "edit_user": {"active": False},
        "create_token": {"label": "laptop"},
    }
