"""What models can do."""

import pytest

from directory.capabilities import relay_limit
from directory.kinds import DeviceType

DOOR = DeviceType.MULTI_TENANT_DOOR


@pytest.mark.parametrize(
    ("model", "limit"),
    [("R29", 3), ("r29c", 3), ("R20A", 2), ("X915 V2", 3), ("E16", 1), ("X916", 4), ("A095", 4)],
)
def test_the_model_limits_the_relays(model: str, limit: int) -> None:
    assert relay_limit(DOOR, model) == limit


def test_an_unknown_model_has_what_its_type_may_have() -> None:
    assert {kind: relay_limit(kind, "") for kind in DeviceType} == {
        DeviceType.MULTI_TENANT_DOOR: 4,
        DeviceType.SINGLE_TENANT_DOOR: 4,
        DeviceType.INDOOR_MONITOR: 2,
        DeviceType.GUARD_PHONE: 0,
        DeviceType.ACCESS_CONTROL: 4,
    }
