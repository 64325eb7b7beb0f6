"""Rows of the feature list that the registrar proves."""

import pytest

from sipcore.registrar.binding import BindingRemoved
from tests.support.registration import Account, RegistrarBench, register


@pytest.mark.feature("F068")
def test_an_app_whose_feature_is_off_neither_registers_nor_is_reached() -> None:
    """With the app feature off the app's account cannot register and has no contact to ring."""
    bench = RegistrarBench()
    bench.register()
    assert bench.location.bindings("1001") != ()

    bench.accounts.by_user["1001"].enabled = False
    bench.location.remove_user("1001", "disabled")

    assert (bench.register(cseq=2).status, bench.location.bindings("1001")) == (403, ())


@pytest.mark.feature("F189")
def test_a_reset_app_is_unregistered_at_once_and_its_old_secret_refused() -> None:
    """A reset removes the app's live binding at once; a REGISTER with the old secret gets 403."""
    bench = RegistrarBench()
    bench.register()
    binding = bench.location.bindings("1001")[0]

    bench.accounts.by_user["1001"] = Account("1001", "new secret")
    bench.location.remove_user("1001", "reset")

    assert bench.facts[-1] == BindingRemoved(binding, "reset")
    old = bench.send(register(cseq=2, extra=[bench.credentials(password="secret")]))
    assert (old.status, bench.location.bindings("1001")) == (403, ())
    new = bench.send(register(cseq=3, extra=[bench.credentials(password="new secret")]))
    assert (new.status, len(bench.location)) == (200, 1)
