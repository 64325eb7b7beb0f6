"""Owners of deadlines and transactions that belong to no call."""

import math

import pytest

from sipcore.endpoint.owners import DeadlineUser, TransactionUser
from sipcore.message.message import Response

pytestmark = pytest.mark.interpreted


class Silent(TransactionUser):
    """Wants nothing but answers."""

    def response(self, response: Response, now: float) -> None:
        """Nothing to keep."""

    def no_response(self, status: int, now: float) -> None:
        """Nothing to keep."""


def test_a_user_of_transactions_is_never_due_unless_it_says_so() -> None:
    user = Silent()

    assert user.deadline == math.inf
    user.on_deadline(1.0)


def test_a_deadline_is_what_it_was_given() -> None:
    class Due(DeadlineUser):
        def on_deadline(self, now: float) -> None:
            self.deadline = math.inf

    due = Due(3.0)
    assert due.deadline == 3.0
    due.on_deadline(3.0)
    assert due.deadline == math.inf
