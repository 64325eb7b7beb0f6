"""Digest credentials in memory: found by user without waiting, opened when first needed.

Fulfils the registrar's CredentialStore by shape. Passwords stay sealed until somebody
authenticates; then the HA1 value is kept and the password is dropped.
"""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from directory.database import Database
from directory.errors import KeyFileError, SealError
from directory.model import Account, Device, password_context
from directory.queries.batches import batches
from directory.queries.enabled import accounts_with_owner, usable
from directory.secrets import Vault


class StoredCredential:
    """One account's credential; HA1 values are computed at the first use (RFC 7616 §3.4.2)."""

    __slots__ = ("_md5", "_sha256", "_table", "enabled", "sealed", "site_id", "user")

    def __init__(
        self, user: str, enabled: bool, site_id: int, sealed: bytes, table: "CredentialTable"
    ) -> None:
        self.user = user
        self.enabled = enabled
        """False for an account that may not register: switched off, or its app feature is."""
        self.site_id = site_id
        self.sealed = sealed
        """The password as the database holds it."""
        self._table = table
        self._md5 = b""
        self._sha256 = b""

    def __repr__(self) -> str:
        return f"StoredCredential(user={self.user!r}, enabled={self.enabled})"

    def ha1(self, algorithm: str) -> bytes:
        """Hex digest of `user:realm:password` for `MD5` or `SHA-256`.

        A damaged password matches nothing: whoever asks must not fail for it, and nobody can
        guess what stands in for it.
        """
        return (self._md5 if algorithm == "MD5" else self._sha256) or self._compute(algorithm)

    def _compute(self, algorithm: str) -> bytes:
        """The value for one algorithm, kept: a device uses one, and there are many devices."""
        is_md5 = algorithm == "MD5"
        try:
            ha1 = self._table.digest(self.user, self.sealed, algorithm)
        except SealError:
            self._table.damaged.add(self.user)
            ha1 = secrets.token_hex(16 if is_md5 else 32).encode()
        if is_md5:
            self._md5 = ha1
        else:
            self._sha256 = ha1
        return ha1


class CredentialTable:
    """All credentials of the server by user."""

    def __init__(self, vault: Vault, realm: str) -> None:
        self._vault = vault
        self._realm = realm
        self._credentials: dict[str, StoredCredential] = {}
        self.damaged: set[str] = set()
        """Users whose sealed password could not be opened; they need a new one."""

    def __len__(self) -> int:
        return len(self._credentials)

    def find(self, user: str) -> StoredCredential | None:
        """The credential of that user, disabled ones too."""
        return self._credentials.get(user)

    def is_enabled(self, user: str) -> bool:
        """Whether that user exists and may register."""
        found = self._credentials.get(user)
        return found is not None and found.enabled

    def put(self, user: str, enabled: bool, site_id: int, sealed: bytes) -> None:
        """Add a credential or replace it."""
        self._credentials[user] = StoredCredential(user, enabled, site_id, sealed, self)

    def drop(self, user: str) -> None:
        """Forget a credential; unknown users are ignored."""
        self._credentials.pop(user, None)

    def drop_site(self, site_id: int, *, keep: Collection[str] = ()) -> None:
        """Forget the credentials of a site, except those of the users named."""
        gone = [
            user
            for user, found in self._credentials.items()
            if found.site_id == site_id and user not in keep
        ]
        for user in gone:
            del self._credentials[user]

    def check_keys(self) -> None:
        """Open one password of each key that sealed any; KeyFileError when that fails."""
        samples = {self._vault.key_id(found.sealed): found for found in self._credentials.values()}
        for found in samples.values():
            try:
                self.digest(found.user, found.sealed, "MD5")
            except SealError as error:
                raise KeyFileError(
                    f"the key file does not fit the database: the password of {found.user} does "
                    "not open; restore the key file that belongs to it"
                ) from error

    def digest(self, user: str, sealed: bytes, algorithm: str) -> bytes:
        """HA1 with `MD5` or `SHA-256`."""
        password = self._vault.open(sealed, password_context(user))
        secret = f"{user}:{self._realm}:{password}".encode()
        # RFC 7616 §3.2: MD5 is what most devices speak; it protects nothing but this exchange.
        if algorithm == "MD5":
            return hashlib.md5(secret, usedforsecurity=False).hexdigest().encode()
        return hashlib.sha256(secret).hexdigest().encode()


async def load_credentials(database: Database, vault: Vault, realm: str) -> CredentialTable:
    """The credentials of every account.

    KeyFileError when the vault cannot open them: a server that starts with the wrong key file
    would refuse every device.
    """
    table = CredentialTable(vault, realm)
    await _put_all(database, table, _query())
    table.check_keys()
    return table


async def holds_secrets(database: Database) -> bool:
    """Whether a password or a device's token is stored, which only the right key file opens."""
    async with database.connect() as connection:
        for row_id in (Account.id, Device.id):
            if await connection.scalar(select(row_id).limit(1)) is not None:
                return True
    return False


async def refresh_user(database: Database, table: CredentialTable, user: str) -> None:
    """Bring one account's credential up to date; a deleted account is forgotten."""
    if not await _put_all(database, table, _query().where(Account.user == user)):
        table.drop(user)


async def refresh_site(database: Database, table: CredentialTable, site_id: int) -> None:
    """Bring a site's credentials up to date, after an import or the site's deletion.

    At no moment is an account that exists missing from the table.
    """
    present = await _put_all(database, table, _query().where(Account.site_id == site_id))
    table.drop_site(site_id, keep=present)


def _query() -> Select[*tuple[Any, ...]]:
    columns = (Account.user, usable, Account.site_id, Account.password)
    return select(*columns).select_from(accounts_with_owner)


async def _put_all(
    database: Database, table: CredentialTable, query: Select[*tuple[Any, ...]]
) -> set[str]:
    """Put what the query finds into the table; returns the users."""
    users: set[str] = set()
    async with database.connect() as connection:
        async for rows in batches(connection, query):
            for user, enabled, site_id, sealed in rows:
                table.put(user, bool(enabled), site_id, sealed)
                users.add(user)
    return users
