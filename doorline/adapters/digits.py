"""The relays' digit recogniser as the B2BUA's DigitSink."""

from relay.digits import carries_digits, parse_digits
from relay.in_call import InCallDigits
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import DigitVerdict
from sipcore.kernel.clock import Clock


class DoorDigits:
    """Brings a message with digits to `relay`, and its outcome back as a verdict."""

    def __init__(self, digits: InCallDigits, clock: Clock) -> None:
        self._digits = digits
        self._clock = clock

    def digits(
        self, call_id: str, sender: Party, receiver: Party, content_type: bytes, body: bytes
    ) -> DigitVerdict:
        """Forward or withhold; the door log is written on the way."""
        outcome = self._digits.digits(
            call_id,
            sender.user,
            receiver.user,
            content_type.decode("ascii", "replace"),
            body,
            self._clock.utc(),
        )
        if not outcome.forward:
            return DigitVerdict.WITHHOLD
        return DigitVerdict.FORWARD if outcome.opened is None else DigitVerdict.OPEN

    def keys(self, content_type: bytes, body: bytes) -> str | None:
        """The keys in the spelling of any device; empty when nobody can tell which they are."""
        named = content_type.decode("ascii", "replace")
        return (parse_digits(named, body) or "") if carries_digits(named) else None

    def call_ended(self, call_id: str) -> None:
        """Forget what was kept for this call."""
        self._digits.call_ended(call_id)
