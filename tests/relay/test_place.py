from relay.place import apartment_number, building_name
from tests.support.dial_site import residence

SITE = residence()


def test_a_building_is_shown_by_its_name() -> None:
    assert [building_name(SITE, key) for key in (20, None, 77)] == ["Tower B", "", ""]


def test_an_apartment_is_shown_by_its_number() -> None:
    assert [apartment_number(SITE, key) for key in (202, None, 77)] == ["2002", "", ""]
