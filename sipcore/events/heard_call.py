"""HeardCall: what is kept of a call as long as nobody watches an account that takes part in it."""

from typing import Final, final

from sipcore.b2bua.facts import (
    CallFact,
    CallStarted,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
    TransferEnded,
    TransferStarted,
)

MOST: Final = 100
"""Facts that are kept of a call; with more of them its dialogs are made and followed instead."""


@final
class Formed:
    """A leg has the dialog with this Call-ID and our tag, or that dialog is over."""

    __slots__ = ("is_caller", "is_initiator", "is_over", "key", "leg", "remote_tag")

    def __init__(
        self,
        leg: int,
        key: tuple[bytes, bytes],
        remote_tag: bytes,
        *,
        is_caller: bool,
        is_initiator: bool,
        is_over: bool,
    ) -> None:
        self.leg = leg
        self.key = key
        self.remote_tag = remote_tag
        """The phone's tag."""
        self.is_caller = is_caller
        """Whether the leg is the caller's; what follows then counts for nothing."""
        self.is_initiator = is_initiator
        """Whether the phone called us."""
        self.is_over = is_over


@final
class HeardCall:
    """The facts of a call in the order in which they were heard, and whom they name."""

    __slots__ = ("heard", "is_full", "users")

    def __init__(self, started: CallStarted) -> None:
        self.heard: list[CallFact | Formed] = [started]
        self.users: list[str] = [started.plan.caller.user]
        """Accounts and telephone numbers that take part, or did."""
        self.is_full = False
        """Whether no more may be kept."""

    def keep(self, what: CallFact | Formed) -> None:
        """Keep one more, if dialogs depend on it; nothing is kept of a leg that rang in vain."""
        if isinstance(what, (LegFailed, LegReleased)) and not self._stays(what.leg):
            self.heard = [
                one for one in self.heard if not (isinstance(one, _OF_LEGS) and one.leg == what.leg)
            ]
        elif type(what) in _TELLING:
            self.heard.append(what)
            if isinstance(what, LegStarted):
                self.users.append(what.party.user)
            self.is_full = len(self.heard) >= MOST

    def _stays(self, leg: int) -> bool:
        """Whether its dialog does not end with its ringing: the caller's, and one answered."""
        return not leg or any(isinstance(one, LegAnswered) and one.leg == leg for one in self.heard)


_OF_LEGS: Final = (LegStarted, LegRang, LegAnswered, Formed)
_TELLING: Final = frozenset({*_OF_LEGS, LegFailed, LegReleased, TransferStarted, TransferEnded})
