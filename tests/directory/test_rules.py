"""Every right for every role."""

from collections.abc import Callable

import pytest

from directory import rules
from directory.kinds import Role
from directory.scope import Scope

ROOT, INSTALLER, MANAGER = (
    Scope("someone", role, None if role is Role.ROOT else frozenset({1}))
    for role in (Role.ROOT, Role.INSTALLER, Role.PROPERTY_MANAGER)
)


@pytest.mark.parametrize(
    ("right", "granted"),
    [
        (rules.may_create_site, (True, True, False)),
        (rules.may_delete_site, (True, True, False)),
        (rules.may_build, (True, True, False)),
        (rules.may_edit_people, (True, True, True)),
        (rules.may_install_devices, (True, True, False)),
        (rules.may_maintain_devices, (True, True, True)),
        (rules.may_keep_accounts, (True, True, False)),
        (rules.may_reset_passwords, (True, True, True)),
        (rules.may_keep_push_targets, (True, True, True)),
        (rules.may_keep_macs, (True, True, False)),
        (rules.may_read_audit, (True, True, False)),
    ],
)
def test_rights_by_role(right: Callable[[Scope], bool], granted: tuple[bool, ...]) -> None:
    assert (right(ROOT), right(INSTALLER), right(MANAGER)) == granted


@pytest.mark.parametrize(
    ("right", "fields"),
    [
        (rules.may_edit_site, {"name", "street", "city", "post_code", "state"}),
        (rules.may_edit_apartment, {"name", "call_type", "call_mode"}),
        (rules.may_edit_device, {"name", "contact_display", "monitor_allowed"}),
        (rules.may_edit_relay, {"name", "dtmf_code", "in_call"}),
    ],
)
def test_a_property_manager_changes_certain_fields_only(
    right: Callable[[Scope, set[str]], bool], fields: set[str]
) -> None:
    assert right(MANAGER, fields)
    assert not right(MANAGER, {*fields, "timezone"})
    assert right(INSTALLER, {*fields, "timezone"})
    assert right(ROOT, {*fields, "timezone"})


def test_a_property_manager_deletes_people_where_the_site_permits_it() -> None:
    assert not rules.may_delete_people(MANAGER, site_permits=False)
    assert rules.may_delete_people(MANAGER, site_permits=True)
    assert rules.may_delete_people(INSTALLER, site_permits=False)


def test_installers_keep_property_managers_and_root_keeps_everybody() -> None:
    kept = {
        scope.role: [role for role in Role if rules.may_keep_operators(scope, role)]
        for scope in (ROOT, INSTALLER, MANAGER)
    }

    assert kept == {
        Role.ROOT: list(Role),
        Role.INSTALLER: [Role.PROPERTY_MANAGER],
        Role.PROPERTY_MANAGER: [],
    }


@pytest.mark.parametrize(
    ("role", "names", "allowed"),
    [
        (Role.PROPERTY_MANAGER, {"Court", "Mill"}, True),
        (Role.PROPERTY_MANAGER, {"Court", "north TOWER"}, False),
        (Role.INSTALLER, {"Court", "North Tower"}, True),
    ],
)
def test_names_of_the_settings_are_for_those_who_build_sites(
    role: Role, names: set[str], allowed: bool
) -> None:
    scope = Scope("somebody", role, frozenset({1}))

    assert rules.may_rename_site(scope, names, {"North Tower"}) is allowed
