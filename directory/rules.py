"""Rights: one predicate each, pure, asked with the Scope and what the right is about.

Sites outside a scope never get this far: they are not found. The predicates decide only what a role
may do to sites it sees. Installers build sites up, property managers run them (F032, F049, F257).
"""

from collections.abc import Collection

from directory.kinds import Role
from directory.scope import Scope

BUILDERS = frozenset({Role.ROOT, Role.INSTALLER})
"""Roles that build sites up."""

MANAGER_SITE_FIELDS = frozenset({"name", "street", "city", "post_code", "state"})
"""What a property manager may change of a site (F049)."""
MANAGER_APARTMENT_FIELDS = frozenset({"name", "call_type", "call_mode"})
"""What a property manager may change of an apartment (F086, F087)."""
MANAGER_DEVICE_FIELDS = frozenset({"name", "contact_display", "contacts", "monitor_allowed"})
"""What a property manager may change of a device (F111, F257)."""
MANAGER_RELAY_FIELDS = frozenset({"name", "dtmf_code", "in_call"})
"""What a property manager may change of a relay (F257)."""


def may_create_site(scope: Scope) -> bool:
    """Make new sites."""
    return scope.role in BUILDERS


def may_delete_site(scope: Scope) -> bool:
    """Delete a site with all it holds."""
    return scope.role in BUILDERS


def may_edit_site(scope: Scope, fields: Collection[str]) -> bool:
    """Change these settings of a site."""
    return scope.role in BUILDERS or MANAGER_SITE_FIELDS.issuperset(fields)


def may_rename_site(scope: Scope, names: Collection[str], in_settings: Collection[str]) -> bool:
    """Change a site's name; `names` are the old and the new one.

    Trunks, limits and incoming numbers belong to the site whose name the settings give, so that a
    property manager neither takes such a name nor leaves one (and its limits) behind.
    """
    folded = {name.casefold() for name in in_settings}
    return scope.role in BUILDERS or folded.isdisjoint({name.casefold() for name in names})


def may_build(scope: Scope) -> bool:
    """Make and delete buildings, apartments, departments (F032)."""
    return scope.role in BUILDERS


def may_edit_apartment(scope: Scope, fields: Collection[str]) -> bool:
    """Change these fields of an apartment."""
    return scope.role in BUILDERS or MANAGER_APARTMENT_FIELDS.issuperset(fields)


def may_edit_people(scope: Scope) -> bool:
    """Make and change residents and office users (F032): every role."""
    return scope.role in Role


def may_delete_people(scope: Scope, site_permits: bool) -> bool:
    """Delete residents and office users; a property manager needs the site's permission (F172)."""
    return scope.role in BUILDERS or site_permits


def may_edit_quiet_hours(scope: Scope) -> bool:
    """Change quiet hours and do-not-disturb of apartments, people and phones: every role."""
    return scope.role in Role


def may_install_devices(scope: Scope) -> bool:
    """Make, move and delete devices and their relays, arm them for their first fetch."""
    return scope.role in BUILDERS


def may_edit_device(scope: Scope, fields: Collection[str]) -> bool:
    """Change these fields of a device."""
    return scope.role in BUILDERS or MANAGER_DEVICE_FIELDS.issuperset(fields)


def may_edit_relay(scope: Scope, fields: Collection[str]) -> bool:
    """Change these fields of a relay."""
    return scope.role in BUILDERS or MANAGER_RELAY_FIELDS.issuperset(fields)


def may_maintain_devices(scope: Scope) -> bool:
    """Enter autop commands for devices (F241, F246): every role."""
    return scope.role in Role


def may_keep_accounts(scope: Scope) -> bool:
    """Make, switch and delete SIP accounts that no device or person brings along."""
    return scope.role in BUILDERS


def may_reset_passwords(scope: Scope) -> bool:
    """Give accounts new passwords (F168): every role."""
    return scope.role in Role


def may_keep_push_targets(scope: Scope) -> bool:
    """Tell where pushes for an app go, as part of looking after people: every role."""
    return scope.role in Role


def may_keep_macs(scope: Scope) -> bool:
    """Add to and remove from the MAC library (F232-F237)."""
    return scope.role in BUILDERS


def may_keep_operators(scope: Scope, role: Role) -> bool:
    """Make and change operators of this role and their tokens.

    Installers are made by root (F002); property managers by root or an installer (F013).
    """
    if scope.role is Role.INSTALLER:
        return role is Role.PROPERTY_MANAGER
    return scope.role is Role.ROOT


def may_read_audit(scope: Scope) -> bool:
    """Read audit rows."""
    return scope.role in BUILDERS
