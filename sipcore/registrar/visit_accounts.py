"""VisitAccounts: accounts that are good for one visit, for the phone that was woken for it (G03).

A push may carry name and password of such an account. Whoever has them may register for the AOR of
the account that was woken, and nothing else: the contact is rung by that call alone, stands in no
list of registrations, and is gone with the visit. The password is not kept, only what a digest
needs of it (RFC 7616 §3.4.2). All times are UTC seconds, handed in.
"""

from collections.abc import Callable, Iterator
from typing import Final, final

from sipcore.registrar.binding import Binding
from sipcore.registrar.hashes import ha1

MAX_ACCOUNTS: Final = 10_000
"""Accounts at the same time; the oldest is forgotten for a new one."""
NAME: Final = "visit-"
"""What the name of every such account begins with."""
_FIRST_SWEEP: Final = 64


@final
class VisitAccount:
    """A Credential of the registrar's, for one call and one phone."""

    __slots__ = (
        "_md5",
        "_sha256",
        "bindings",
        "call_id",
        "device",
        "ends_at",
        "name",
        "talks",
        "user",
    )

    def __init__(
        self,
        name: str,
        user: str,
        call_id: str,
        device: str,
        hashes: tuple[bytes, bytes],
        ends_at: float,
    ) -> None:
        self.name = name
        """What the digest calls the user."""
        self.user = user
        """User part of the AOR it registers for."""
        self.call_id = call_id
        self.device = device
        """The phone whose push carried it."""
        self._md5, self._sha256 = hashes
        self.ends_at = ends_at
        self.talks = False
        """Whether its phone has answered the call."""
        self.bindings: tuple[Binding, ...] = ()
        """Contacts that were registered with it."""

    def __repr__(self) -> str:
        return f"VisitAccount(user={self.user!r})"

    @property
    def enabled(self) -> bool:
        """As long as it is found at all."""
        return True

    def ha1(self, algorithm: str) -> bytes:
        """H(A1) for `MD5` or `SHA-256`."""
        return self._md5 if algorithm == "MD5" else self._sha256

    def live(self, now: float) -> tuple[Binding, ...]:
        """Its contacts that may be rung."""
        if self.ends_at <= now:
            return ()
        return tuple([binding for binding in self.bindings if binding.expires_at > now])


Listener = Callable[[VisitAccount], None]
"""Told when a phone has registered with its account; must not wait and must not raise."""
Leaving = Callable[[VisitAccount, tuple[str, ...]], None]
"""Told which contacts of an account have gone; must not wait and must not raise."""


@final
class VisitAccounts:
    """All of the server, by name and by call."""

    def __init__(self, realm: str, *, max_accounts: int = MAX_ACCOUNTS) -> None:
        self._realm = realm
        self._max = max_accounts
        self._by_name: dict[str, VisitAccount] = {}
        self._by_call: dict[str, list[VisitAccount]] = {}
        self._by_user: dict[str, list[VisitAccount]] = {}
        self._sweep_at = _FIRST_SWEEP
        self._came: tuple[Listener, ...] = ()
        self._left: tuple[Leaving, ...] = ()

    def __len__(self) -> int:
        return len(self._by_name)

    def listen(self, came: Listener, left: Leaving | None = None) -> None:
        """Tell of every phone that registers from now on, and of those that unregister."""
        self._came += (came,)
        if left is not None:
            self._left += (left,)

    def open(
        self,
        call_id: str,
        user: str,
        device: str,
        name: str,
        password: str,
        now: float,
        ends_at: float,
    ) -> VisitAccount:
        """Make an account; `name` begins with `NAME`, and nobody can guess it."""
        self._make_room(now)
        hashes = (
            ha1("MD5", name, self._realm, password),
            ha1("SHA-256", name, self._realm, password),
        )
        account = VisitAccount(name, user, call_id, device, hashes, ends_at)
        self._by_name[name] = account
        self._by_call.setdefault(call_id, []).append(account)
        self._by_user.setdefault(user, []).append(account)
        return account

    def find(self, name: str, now: float) -> VisitAccount | None:
        """The account of this name, while its time lasts."""
        account = self._by_name.get(name)
        return None if account is None or account.ends_at <= now else account

    def hosts(self, now: float) -> Iterator[str]:
        """Where phones spoke from that are registered with any of them; one may be named twice."""
        return (
            binding.flow.host for account in self._by_name.values() for binding in account.live(now)
        )

    def of_call(self, call_id: str) -> tuple[VisitAccount, ...]:
        """The accounts of a call, in the order in which they were made."""
        return tuple(self._by_call.get(call_id, ()))

    def registered(
        self, account: VisitAccount, after: tuple[Binding, ...], now: float, *, is_there: bool
    ) -> None:
        """The contacts of an account are these from now on; `is_there` says that it named one.

        Whose time was over before has not left: its phone may have forgotten a refresh.
        """
        before = account.live(now)
        account.bindings = after
        if is_there:
            for came in self._came:
                came(account)
            return
        kept = [binding.contact for binding in after]
        gone = tuple([binding.contact for binding in before if binding.contact not in kept])
        if gone:
            for left in self._left:
                left(account, gone)

    def drop(self, account: VisitAccount) -> None:
        """Forget an account."""
        if self._by_name.pop(account.name, None) is None:
            return
        _take_out(self._by_call, account.call_id, account)
        _take_out(self._by_user, account.user, account)

    def drop_user(self, user: str, now: float) -> None:
        """Forget every account that stands for this one, which may not be reached any more."""
        for account in self._by_user.get(user, [])[:]:
            gone = tuple([binding.contact for binding in account.live(now)])
            self.drop(account)
            account.bindings = ()
            if gone:
                for left in self._left:
                    left(account, gone)

    def _make_room(self, now: float) -> None:
        """Forget what has ended, now and then, and the oldest when there are too many."""
        if len(self._by_name) >= self._sweep_at:
            for account in list(self._by_name.values()):
                if account.ends_at <= now:
                    self.drop(account)
            self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._by_name))
        while len(self._by_name) >= self._max:
            self.drop(next(iter(self._by_name.values())))


def _take_out(table: dict[str, list[VisitAccount]], key: str, account: VisitAccount) -> None:
    others = table[key]
    others.remove(account)
    if not others:
        del table[key]
