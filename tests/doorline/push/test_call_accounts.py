"""Accounts that travel in a push and end with the visit."""

from dataclasses import replace

import pytest

from doorline.push.call_accounts import GRACE, CallAccounts
from doorline.push.order import CallAccount
from sipcore.b2bua.facts import CallEnded
from sipcore.registrar.hashes import ha1
from sipcore.registrar.visit_accounts import VisitAccounts
from tests.support.entropy import SequenceEntropy
from tests.support.pushes import NOW, order

DOMAIN = "doorline.test"


class Made:
    """Two phones of app a1 and one of app a2, woken for call v1 for half a minute."""

    def __init__(self) -> None:
        self.table = VisitAccounts(DOMAIN)
        self.accounts = CallAccounts(self.table, SequenceEntropy(), DOMAIN)
        self.first = self.open("a1", "one")
        self.second = self.open("a1", "two")
        self.other = self.open("a2", "three")

    def open(self, user: str, device: str) -> CallAccount:
        return self.accounts.open(replace(order(user=user), device=device), 30.0, NOW)

    def lasts(self, account: CallAccount, seconds: float) -> bool:
        return self.table.find(account.name, NOW + seconds) is not None


def test_each_phone_gets_an_account_of_its_own_for_the_apps_number() -> None:
    made = Made()

    assert len({each.name for each in (made.first, made.second, made.other)}) == 3
    found = made.table.find(made.first.name, NOW)
    assert found is not None
    assert (found.user, found.call_id, found.device) == ("a1", "v1", "one")
    assert found.ha1("MD5") == ha1("MD5", made.first.name, DOMAIN, made.first.password.reveal())
    assert made.first.password != made.second.password
    assert made.first.password.reveal() not in repr(made.first)


def test_without_news_it_ends_with_the_stage() -> None:
    made = Made()

    assert made.lasts(made.first, 30 + GRACE - 0.1)
    assert not made.lasts(made.first, 30 + GRACE)


def test_an_app_that_is_rung_no_more_has_a_moment_to_say_goodbye() -> None:
    made = Made()
    made.accounts.let_go("v1", "a1", NOW + 10)

    assert made.lasts(made.first, 10 + GRACE - 0.1)
    assert not made.lasts(made.second, 10 + GRACE)
    assert made.lasts(made.other, 10 + GRACE)


def test_the_phone_that_answered_keeps_its_account_until_the_visit_ends() -> None:
    made = Made()
    made.accounts.let_go("v1", "a1", NOW + 10, made.first.name)
    assert (made.lasts(made.first, 3600), made.lasts(made.second, 10 + GRACE)) == (True, False)

    made.accounts.let_go("v1", "a1", NOW + 20)  # the call rings the app once more: a transfer
    assert made.lasts(made.first, 3600)

    (told,) = made.accounts.by_kind.values()
    told(CallEnded("v1", NOW + 100, "answered", "caller", "hung_up", 200))

    assert made.lasts(made.first, 100 + GRACE - 0.1)
    assert not made.lasts(made.first, 100 + GRACE)


@pytest.mark.parametrize("visit", ["v2", ""])
def test_another_call_ends_nothing(visit: str) -> None:
    made = Made()
    made.accounts.ended(CallEnded(visit, NOW - 100, "missed", "caller", "x", 487))

    assert made.lasts(made.first, 1)


def test_an_account_whose_push_is_not_sent_is_forgotten() -> None:
    made = Made()
    made.accounts.forget(made.first)
    made.accounts.forget(made.first)

    assert not made.lasts(made.first, 0)
    assert len(made.table) == 2


def test_an_account_tells_its_phone() -> None:
    made = Made()

    assert [made.accounts.device(name) for name in (made.second.name, "visit-x", "")] == [
        "two",
        "",
        "",
    ]
