"""A message with its two ends in the order of its way."""

import pytest

from sipcore.capture.captured import Addresses, Captured, addresses
from sipcore.kernel.flow import Flow

PHONE = Flow("TLS", 1, "192.0.2.7", 40001, 9)
LOCAL = ("198.51.100.1", 5061)


@pytest.mark.parametrize(
    ("was_received", "way"),
    [
        (True, Addresses("TLS", "192.0.2.7", 40001, "198.51.100.1", 5061)),
        (False, Addresses("TLS", "198.51.100.1", 5061, "192.0.2.7", 40001)),
    ],
)
def test_what_was_received_came_from_the_phone_and_what_was_sent_went_to_it(
    was_received: bool, way: Addresses
) -> None:
    assert addresses(Captured(1.0, was_received, PHONE, b""), LOCAL) == way
