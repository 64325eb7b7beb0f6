"""BindingSeal: the key file seals the push tokens that registrations carry."""

from directory.errors import SealError
from directory.secrets import Vault


class BindingSeal:
    """Seal port of the stored bindings."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, text: str, context: str) -> bytes:
        """The text, sealed with the newest key."""
        return self._vault.seal(text, context)

    def open(self, sealed: bytes, context: str) -> str | None:
        """The text; None when it does not open."""
        try:
            return self._vault.open(sealed, context)
        except SealError:
            return None
