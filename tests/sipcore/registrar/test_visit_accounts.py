"""Accounts that are good for one visit."""

from dataclasses import dataclass

import pytest

from sipcore.registrar.hashes import ha1
from sipcore.registrar.visit_accounts import VisitAccount, VisitAccounts
from tests.support.registration import DOMAIN, NOW, binding

ENDS = NOW + 60


def opened(
    accounts: VisitAccounts, name: str = "visit-1", call: str = "v1", *, now: float = NOW
) -> VisitAccount:
    """An account of the app 1001 for one call, good for a minute."""
    return accounts.open(call, "1001", "phone", name, "its-password", now, now + 60)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_the_digest_is_that_of_its_own_name_and_password(algorithm: str) -> None:
    account = opened(VisitAccounts(DOMAIN))

    assert account.ha1(algorithm) == ha1(algorithm, "visit-1", DOMAIN, "its-password")
    assert (account.user, account.enabled) == ("1001", True)


def test_the_password_is_not_kept() -> None:
    account = opened(VisitAccounts(DOMAIN))

    names = [name for name in dir(account) if not name.startswith("__")]
    held = [getattr(account, name) for name in names]
    assert "_md5" in names
    assert "its-password" not in repr(held) + repr(account)


def test_it_is_found_until_its_time_is_over() -> None:
    accounts = VisitAccounts(DOMAIN)
    account = opened(accounts)

    assert accounts.find("visit-1", ENDS - 0.1) is account
    assert accounts.find("visit-1", ENDS) is None
    assert accounts.find("visit-2", NOW) is None


def test_a_phone_that_comes_is_told_of_and_so_is_one_that_goes() -> None:
    accounts, came, left = VisitAccounts(DOMAIN), list[VisitAccount](), list[tuple[str, ...]]()
    accounts.listen(came.append, lambda _account, contacts: left.append(contacts))
    account = opened(accounts)
    contact = binding(expires_at=NOW + 30)

    accounts.registered(account, (), NOW, is_there=False)
    assert (came, left) == ([], [])
    accounts.registered(account, (contact,), NOW, is_there=True)
    assert (came, left, account.live(NOW)) == ([account], [], (contact,))
    accounts.registered(account, (contact,), NOW, is_there=False)  # it has asked what there is
    assert (came, left) == ([account], [])
    accounts.registered(account, (), NOW, is_there=False)
    assert (came, left, account.live(NOW)) == ([account], [(contact.contact,)], ())


def test_a_contact_whose_time_was_over_has_not_left() -> None:
    accounts, left = VisitAccounts(DOMAIN), list[tuple[str, ...]]()
    accounts.listen(lambda _account: None, lambda _account, contacts: left.append(contacts))
    account = opened(accounts)
    over = binding("sip:1001@192.0.2.1", expires_at=NOW + 10)
    gone = binding("sip:1001@192.0.2.2", expires_at=NOW + 30)
    accounts.registered(account, (over, gone), NOW, is_there=True)

    accounts.registered(account, (gone,), NOW + 20, is_there=False)  # it has asked what there is
    assert left == []
    accounts.registered(account, (), NOW + 20, is_there=False)
    assert left == [(gone.contact,)]


@dataclass
class Case:
    """When one looks, and whether the contact may be rung then."""

    now: float
    rings: bool


@pytest.mark.parametrize(
    "case", [Case(NOW + 29, True), Case(NOW + 30, False), Case(ENDS + 1, False)]
)
def test_a_contact_rings_no_longer_than_itself_and_its_account(case: Case) -> None:
    accounts = VisitAccounts(DOMAIN)
    account = opened(accounts)
    accounts.registered(account, (binding(expires_at=NOW + 30),), NOW, is_there=True)

    assert bool(account.live(case.now)) is case.rings


def test_each_call_has_its_own() -> None:
    accounts = VisitAccounts(DOMAIN)
    first, second = opened(accounts, "visit-1", "v1"), opened(accounts, "visit-2", "v2")

    assert (accounts.of_call("v1"), accounts.of_call("v2")) == ((first,), (second,))
    accounts.drop(first)
    accounts.drop(first)
    assert (accounts.of_call("v1"), accounts.find("visit-1", NOW)) == ((), None)


def test_those_of_an_account_that_is_deleted_go_with_it_and_their_phones_have_left() -> None:
    accounts, left = VisitAccounts(DOMAIN), list[tuple[str, ...]]()
    accounts.listen(lambda _account: None, lambda _account, contacts: left.append(contacts))
    account, contact = opened(accounts), binding(expires_at=NOW + 30)
    opened(accounts, "visit-2", "v2")
    other = accounts.open("v1", "1002", "phone", "visit-3", "its-password", NOW, ENDS)
    accounts.registered(account, (contact,), NOW, is_there=True)

    accounts.drop_user("1001", NOW)
    accounts.drop_user("1001", NOW)

    assert (len(accounts), accounts.of_call("v1"), accounts.of_call("v2")) == (1, (other,), ())
    assert (left, account.live(NOW)) == ([(contact.contact,)], ())


def test_the_table_is_bounded() -> None:
    accounts = VisitAccounts(DOMAIN, max_accounts=3)
    for number in range(5):
        opened(accounts, f"visit-{number}", f"v{number}")

    assert len(accounts) == 3
    assert [bool(accounts.find(f"visit-{n}", NOW)) for n in range(5)] == [False, False, True] + [
        True
    ] * 2
    assert accounts.of_call("v0") == ()


def test_what_has_ended_makes_room_by_itself() -> None:
    accounts = VisitAccounts(DOMAIN)
    for number in range(1000):
        opened(accounts, f"visit-{number}", f"v{number}", now=NOW + number * 60)

    assert len(accounts) <= 65
