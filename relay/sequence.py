"""DigitSequence: what the door of one call has heard so far, digit by digit.

Two views of the same digits:

- `heard` is everything the door may still remember, whatever the time between digits. Deciding
  whether to withhold a digit uses it: how long a door remembers is not known, and a party that
  waits must not get a code past us.
- `fresh` is what was pressed in one go, since the last opening, with no long pause. Recording an
  opening uses it.

Some devices send each digit by two ways, in INFO and in media or in two sorts of INFO; the second
copy within 0.3 s is an echo. The same digit by the same way is a second press,
however fast. Pure: moments arrive as parameters, seconds on any one scale.
"""

from dataclasses import dataclass, field

ECHO_WINDOW = 0.3
"""Seconds within which the same digit by another way is the same press."""
INTER_DIGIT = 10.0
"""Seconds between two digits of one code."""
LONGEST_CODE = 4
"""Digits of the longest code (F126)."""


@dataclass(slots=True)
class _Press:
    digit: str = field(repr=False)
    at: float
    ways: set[str]


@dataclass(frozen=True, slots=True)
class Trail:
    """The last digits a door has heard; a value, so that a digit can be tried before it counts."""

    heard: str = field(default="", repr=False)
    """At most `LONGEST_CODE` digits."""
    fresh: int = 0
    """How many of them, from the end, were pressed in one go since the last opening."""
    last_at: float = 0.0

    def press(self, digit: str, at: float) -> "Trail":
        """The trail with one more digit."""
        in_one_go = abs(at - self.last_at) <= INTER_DIGIT
        fresh = min(self.fresh + 1, LONGEST_CODE) if in_one_go else 1
        return Trail((self.heard + digit)[-LONGEST_CODE:], fresh, at)

    def opened(self) -> "Trail":
        """The trail after these digits opened a door: the next code starts anew."""
        return Trail(self.heard, 0, self.last_at)

    def may_complete(self, code: str) -> bool:
        """Whether the door may take the last digits for this code."""
        return code != "" and self.heard.endswith(code)

    def completes(self, code: str) -> bool:
        """Whether the last digits are this code, pressed in one go."""
        return self.may_complete(code) and len(code) <= self.fresh


class DigitSequence:
    """Digits of one call on their way to one door."""

    __slots__ = ("_presses", "trail")

    def __init__(self) -> None:
        self._presses: list[_Press] = []
        self.trail = Trail()
        """What the door has heard; the owner replaces it when digits are passed on."""

    def without_echoes(self, digits: str, way: str, at: float) -> str:
        """The digits that are presses of their own; `way` names how they came."""
        self._presses = [press for press in self._presses if abs(at - press.at) <= ECHO_WINDOW]
        return "".join(digit for digit in digits if not self._is_echo(digit, way, at))

    def _is_echo(self, digit: str, way: str, at: float) -> bool:
        """Whether an earlier press by another way is the same one; remembers the digit."""
        for press in self._presses:
            if press.digit == digit and way not in press.ways:
                press.ways.add(way)
                return True
        self._presses.append(_Press(digit, at, {way}))
        return False
