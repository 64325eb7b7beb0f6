"""HeardCall: what is kept of a call as long as nobody watches an account that takes part in it."""

from typing import Final, final

from sipcore.b2bua.facts import CallFact, CallStarted, LegStarted

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
        """Keep one more."""
        self.heard.append(what)
        if isinstance(what, LegStarted):
            self.users.append(what.party.user)
        self.is_full = len(self.heard) >= MOST
