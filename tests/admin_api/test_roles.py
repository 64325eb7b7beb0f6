from admin_api.resources import OPERATIONS
from admin_api.roles import EVERYBODY, ROLE_TABLE, ROOT
from directory.rules import BUILDERS

NOT_FOR_MANAGERS = {
    "get_call_ladder",
    "get_visit_ladder",
    "arm_device",
    "create_account",
    "create_apartment",
    "create_chain",
    "edit_chain",
    "delete_chain",
    "create_site_chain",
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
FOR_ROOT_ALONE = {"create_ban", "get_capture", "lift_ban", "list_bans", "list_trunks"}
"""What concerns every site at once."""


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert sorted(ROLE_TABLE) == sorted(operation.id for operation in OPERATIONS)


def test_every_role_may_do_everything_but_managers_do_not_build() -> None:
    closed = {name for name, roles in ROLE_TABLE.items() if roles != EVERYBODY}

    assert closed == NOT_FOR_MANAGERS | FOR_ROOT_ALONE
    assert all(ROLE_TABLE[name] == BUILDERS for name in NOT_FOR_MANAGERS)
    assert all(ROLE_TABLE[name] == ROOT for name in FOR_ROOT_ALONE)
