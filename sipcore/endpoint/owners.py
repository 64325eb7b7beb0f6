"""Owners of what stands in the switchboard's tables without belonging to a call."""

from abc import abstractmethod

from sipcore.kernel.timed import Timed
from sipcore.message.message import Response


class DeadlineUser(Timed):
    """Owner of a deadline, when `on_deadline` is called; it counts only once scheduled."""

    __slots__ = ()

    @abstractmethod
    def on_deadline(self, now: float) -> None:
        """Do what is due."""


class TransactionUser(DeadlineUser):
    """Owner of client transactions, and of a deadline if it sets one.

    It is told from within `Switchboard.request` as well, when the request cannot be sent.
    """

    __slots__ = ()

    @abstractmethod
    def response(self, response: Response, now: float) -> None:
        """A response to a request of this user arrived."""

    @abstractmethod
    def no_response(self, status: int, now: float) -> None:
        """No final response came in time (408), or the request could not be sent (503)."""

    def on_deadline(self, now: float) -> None:
        """Do what is due; for those that set a deadline."""
