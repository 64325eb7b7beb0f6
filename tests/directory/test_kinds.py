"""The closed sets of words."""

import pytest

from directory.kinds import AccountKind, CallType, DeviceType


def test_device_types_have_the_codes_of_the_sheets() -> None:
    assert {kind.value: kind.code for kind in DeviceType} == {
        "multi_tenant_door": 0,
        "single_tenant_door": 1,
        "indoor_monitor": 2,
        "guard_phone": 3,
        "access_control": 50,
    }


def test_a_device_type_is_found_by_its_code() -> None:
    assert [DeviceType.from_code(kind.code) for kind in DeviceType] == list(DeviceType)


@pytest.mark.parametrize("code", [-1, 4, 49, 51])
def test_another_code_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="unknown device type code"):
        DeviceType.from_code(code)


def test_every_type_but_the_access_terminal_speaks_with_an_account() -> None:
    assert {kind: kind.account_kind for kind in DeviceType} == {
        DeviceType.MULTI_TENANT_DOOR: AccountKind.DOOR,
        DeviceType.SINGLE_TENANT_DOOR: AccountKind.DOOR,
        DeviceType.INDOOR_MONITOR: AccountKind.INDOOR,
        DeviceType.GUARD_PHONE: AccountKind.GUARD,
        DeviceType.ACCESS_CONTROL: None,
    }


def test_call_types_are_six_and_the_one_that_is_left_without_the_app() -> None:
    assert [str(kind) for kind in CallType] == [
        "app_and_indoor",
        "phone_and_indoor",
        "app_and_indoor_then_phone",
        "indoor_then_app",
        "indoor_then_phone",
        "indoor_then_app_then_phone",
        "indoor_only",
    ]
