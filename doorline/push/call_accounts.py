"""CallAccounts: a push may carry an account that is good for its visit alone.

An app that keeps no password can be rung all the same: it registers with what the push says. Each
phone gets an account of its own at each wake; it ends with the visit, but for a moment in which the
phone may say goodbye. Only the digest's hashes of the password are kept (`VisitAccounts`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from directory.secrets import Secret
from doorline.push.order import CallAccount, PushOrder
from sipcore.b2bua.call import LONGEST_CALL
from sipcore.b2bua.facts import CallEnded, CallFact
from sipcore.kernel.entropy import Entropy
from sipcore.registrar.visit_accounts import NAME, VisitAccount, VisitAccounts

GRACE = 32.0
"""Seconds for which a phone that is rung no more may still end what it began, as it has them for a
transaction (timer B of RFC 3261 §17.1.1.2)."""


def call_accounts(
    accounts: VisitAccounts | None, entropy: Entropy, domain: str
) -> "CallAccounts | None":
    """None where pushes carry none."""
    return None if accounts is None else CallAccounts(accounts, entropy, domain)


class CallAccounts:
    """Makes such accounts and ends them."""

    def __init__(self, accounts: VisitAccounts, entropy: Entropy, domain: str) -> None:
        self._accounts = accounts
        self._entropy = entropy
        self._domain = domain

    @property
    def by_kind(self) -> Mapping[type[CallFact], Callable[[Any], None]]:
        """What it has to hear of calls."""
        return {CallEnded: self.ended}

    def listen(self, came: Callable[[VisitAccount], None]) -> None:
        """Tell that one of every phone that registers with such an account."""
        self._accounts.listen(came)

    def open(self, order: PushOrder, seconds: float, now: float) -> CallAccount:
        """The account for one push to a phone that is rung for so many seconds."""
        name, password = NAME + self._entropy.token(), self._entropy.token()
        ends_at = now + seconds + GRACE
        self._accounts.open(order.visit, order.user, order.device, name, password, now, ends_at)
        return CallAccount(name, Secret(password), self._domain)

    def forget(self, account: CallAccount) -> None:
        """Its push is not sent."""
        found = self._accounts.find(account.name, 0.0)
        if found is not None:
            self._accounts.drop(found)

    def device(self, name: str) -> str:
        """The phone that was given this account; empty for none."""
        found = self._accounts.find(name, 0.0) if name else None
        return "" if found is None else found.device

    def let_go(self, visit: str, user: str, now: float, winner: str = "") -> None:
        """The call rings this app no more; the account that has answered lasts as long as it."""
        for account in self._accounts.of_call(visit):
            if account.name == winner:
                account.talks = True
                account.ends_at = now + LONGEST_CALL + GRACE
            elif account.user == user and not account.talks:
                account.ends_at = min(account.ends_at, now + GRACE)

    def ended(self, fact: CallEnded) -> None:
        """The visit is over."""
        for account in self._accounts.of_call(fact.call_id):
            account.ends_at = min(account.ends_at, fact.at + GRACE)
