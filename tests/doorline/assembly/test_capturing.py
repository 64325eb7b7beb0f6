"""What there is to see messages with."""

import pytest

from doorline.assembly.capturing import capturing
from doorline.settings import CaptureSettings
from sipcore.registrar.location import Location
from tests.support.clock import ManualClock


@pytest.mark.parametrize(
    ("settings", "tap", "homer", "capture"),
    [
        (CaptureSettings(keep=0), False, False, False),
        (CaptureSettings(keep=10), True, False, True),
        (CaptureSettings(keep=0, hep="127.0.0.1:9060"), True, True, False),
        (CaptureSettings(keep=10, hep="127.0.0.1:9060"), True, True, True),
    ],
)
def test_only_what_the_settings_want_is_there(
    settings: CaptureSettings, tap: bool, homer: bool, capture: bool
) -> None:
    made = capturing(settings, Location(), ManualClock())

    assert (
        made.tap is not None,
        made.homer is not None,
        made.capture is not None,
        made.ladder is not None,
    ) == (tap, homer, capture, capture)
