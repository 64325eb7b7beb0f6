"""The ports an account store fulfils."""

from sipcore.registrar.credential import Credential, CredentialStore
from tests.support.registration import Account, Accounts


def test_a_plain_class_fulfils_the_ports() -> None:
    store: CredentialStore = Accounts(Account("1001", "secret", enabled=False))

    credential: Credential | None = store.find("1001")

    assert credential is not None
    assert (credential.user, credential.enabled, store.find("1002")) == ("1001", False, None)
