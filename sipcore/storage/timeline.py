"""How the parts of a call's timeline are written in `call_events`."""

from typing import Final

MICROSECONDS: Final = 1e6
"""In a second. A time in a timeline is a whole number of them: to write out a fraction would cost
more than all the rest of an event."""
