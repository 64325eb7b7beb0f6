"""Seeing what goes over the wire; nothing of it is there when nobody wants it."""

from dataclasses import dataclass

from doorline.adapters.capture import AccountCapture, homer_exporter
from doorline.adapters.homer import HomerExporter
from doorline.adapters.ladder import CallLadder
from doorline.settings import CaptureSettings
from sipcore.capture.tap import CaptureTap
from sipcore.kernel.clock import Clock
from sipcore.registrar.location import Location


@dataclass(frozen=True, slots=True)
class Capturing:
    """The tap and what is behind it; each is None when the settings do not want it."""

    tap: CaptureTap | None = None
    homer: HomerExporter | None = None
    capture: AccountCapture | None = None
    ladder: CallLadder | None = None


def capturing(settings: CaptureSettings, location: Location, clock: Clock) -> Capturing:
    """A tap if somebody may look, and a collector if one is named."""
    keep = settings.keep
    if not keep and not settings.hep:
        return Capturing()
    tap = CaptureTap(clock, keep)
    homer = homer_exporter(tap, settings)
    if not keep:
        return Capturing(tap, homer)
    return Capturing(tap, homer, AccountCapture(tap, location), CallLadder(tap, keep))
