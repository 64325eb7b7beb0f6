"""The device cell of the people sheets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.exchange.device_cell import DeviceCell, parse_device_cell
from directory.kinds import DeviceType


def refusal(text: str) -> str | None:
    try:
        parse_device_cell(text)
    except ValueError as error:
        return str(error)
    return None


def test_one_device_is_name_type_and_mac() -> None:
    assert parse_device_cell("Gate2,0,0C11050B9814") == (
        DeviceCell("Gate2", DeviceType.MULTI_TENANT_DOOR, "0C11050B9814"),
    )


@pytest.mark.parametrize("text", ["", "  ", ";", " ; ; "])
def test_an_empty_cell_has_no_device(text: str) -> None:
    assert parse_device_cell(text) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Gate", "device 1: must be name,type,MAC"),
        ("Gate,0", "device 1: must be name,type,MAC"),
        ("Gate,0,0C11050B9814,more", "device 1: must be name,type,MAC"),
        (",0,0C11050B9814", "device 1: must not be empty"),
        ("Gate,door,0C11050B9814", "device 1: the type must be 0, 1, 2, 3 or 50"),
        ("Gate,4,0C11050B9814", "device 1: unknown device type code 4; known: 0, 1, 2, 3, 50"),
        (
            "Gate,0,0C11050B9814;Hall,2,0C11",
            "device 2: must be a MAC address of 12 hexadecimal digits",
        ),
    ],
)
def test_a_wrong_device_is_named_by_its_number(text: str, message: str) -> None:
    assert refusal(text) == message


@given(st.text())
def test_any_text_is_devices_or_refused(text: str) -> None:
    assert refusal(text) is None or ": " in str(refusal(text))
