from directory.secrets import Vault
from doorline.adapters.binding_seal import BindingSeal


def test_what_was_sealed_opens_in_its_place_and_nowhere_else() -> None:
    seal = BindingSeal(Vault.generate())
    sealed = seal.seal("token", "bindings.sealed:1001")

    assert b"token" not in sealed
    assert seal.open(sealed, "bindings.sealed:1001") == "token"
    assert seal.open(sealed, "bindings.sealed:1002") is None
    assert BindingSeal(Vault.generate()).open(sealed, "bindings.sealed:1001") is None
