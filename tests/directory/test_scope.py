"""What a scope sees."""

from directory.kinds import Role
from directory.scope import Scope


def test_the_program_itself_sees_every_site_as_root() -> None:
    scope = Scope.system("doorline generate")

    assert scope == Scope("doorline generate", Role.ROOT, None, None)
    assert scope.sees(1)


def test_a_scope_sees_its_sites_only() -> None:
    scope = Scope("pm", Role.PROPERTY_MANAGER, frozenset({1}))

    assert (scope.sees(1), scope.sees(2)) == (True, False)


def test_an_operator_without_sites_sees_none() -> None:
    assert not Scope("pm", Role.PROPERTY_MANAGER, frozenset()).sees(1)
