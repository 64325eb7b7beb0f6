"""Digest credentials in memory."""

import hashlib

import pytest

from directory.errors import KeyFileError
from directory.kinds import AccountKind, DeviceType
from directory.queries.credentials import (
    CredentialTable,
    holds_secrets,
    load_credentials,
    refresh_site,
    refresh_user,
)
from directory.secrets import Vault
from directory.service import accounts, apartments, devices, sites
from directory.unit import Directory
from tests.support.directories import ROOT, Estate

REALM = "doorline.local"


async def user_and_password(directory: Directory, account_id: int) -> tuple[str, str]:
    async with directory.reading(ROOT) as unit:
        account = await accounts.get(unit, account_id)
        return account.user, (await accounts.password(unit, account_id)).reveal()


async def table_of(directory: Directory) -> CredentialTable:
    return await load_credentials(directory.database, directory.vault, REALM)


async def test_both_hashes_are_those_of_rfc_7616(directory: Directory, estate: Estate) -> None:
    user, password = await user_and_password(directory, estate.lab_account)
    secret = f"{user}:{REALM}:{password}".encode()

    credential = (await table_of(directory)).find(user)

    assert credential is not None
    assert (credential.user, credential.enabled, credential.site_id) == (user, True, estate.site)
    for _ in range(2):
        md5 = hashlib.md5(secret, usedforsecurity=False)
        assert credential.ha1("MD5") == md5.hexdigest().encode()
        assert credential.ha1("SHA-256") == hashlib.sha256(secret).hexdigest().encode()


async def test_every_account_of_every_site_has_a_credential(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    table = await table_of(directory)

    async with directory.reading(ROOT) as unit:
        users = {account.user for account in (await accounts.list(unit, limit=1000)).items}
    assert {user for user in users if table.find(user)} == users
    assert (len(table), table.find("nobody")) == (len(users), None)


async def test_a_credential_prints_no_secret(directory: Directory, estate: Estate) -> None:
    user, _ = await user_and_password(directory, estate.lab_account)
    credential = (await table_of(directory)).find(user)
    assert credential is not None
    credential.ha1("MD5")

    assert repr(credential) == f"StoredCredential(user='{user}', enabled=True)"


async def test_a_changed_account_is_brought_up_to_date(
    directory: Directory, estate: Estate
) -> None:
    table = await table_of(directory)
    user, _ = await user_and_password(directory, estate.lab_account)
    former = table.find(user)
    assert former is not None
    old = former.ha1("MD5")
    async with directory.unit(ROOT) as unit:
        await accounts.reset_password(unit, estate.lab_account)
        await accounts.update(unit, estate.lab_account, {"enabled": False})

    await refresh_user(directory.database, table, user)

    fresh = table.find(user)
    assert fresh is not None
    assert (fresh.enabled, fresh.ha1("MD5") == old) == (False, False)


async def test_a_deleted_account_is_forgotten(directory: Directory, estate: Estate) -> None:
    table = await table_of(directory)
    user, _ = await user_and_password(directory, estate.lab_account)
    async with directory.unit(ROOT) as unit:
        await accounts.delete(unit, estate.lab_account)

    await refresh_user(directory.database, table, user)

    assert table.find(user) is None


async def test_a_site_is_brought_up_to_date_and_others_are_left_alone(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    table = await table_of(directory)
    app = await _app(directory, estate)
    other = table.find(await _app(directory, foreign))
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"app_enabled": False})
        new = await accounts.create(unit, site_id=estate.site, kind=AccountKind.APP)
        gone = (await accounts.get(unit, estate.lab_account)).user
        await accounts.delete(unit, estate.lab_account)

    await refresh_site(directory.database, table, estate.site)

    switched_off = table.find(app)
    assert switched_off is not None
    assert not switched_off.enabled
    assert table.find(new.user) is not None
    assert table.find(gone) is None
    assert table.find(await _app(directory, foreign)) is other


async def test_a_deleted_site_leaves_no_credential(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    table = await table_of(directory)
    async with directory.unit(ROOT) as unit:
        await sites.delete(unit, estate.site)

    await refresh_site(directory.database, table, estate.site)

    assert len(table) == len(await table_of(directory))


async def test_a_key_file_that_does_not_fit_is_noticed_at_the_start(
    directory: Directory, estate: Estate
) -> None:
    same_id = Vault({b"key1": bytes(32)}, b"key1")
    for vault in (Vault.generate(), same_id):
        with pytest.raises(KeyFileError, match="the key file does not fit the database"):
            await load_credentials(directory.database, vault, REALM)


async def test_an_empty_server_fits_every_key_file(directory: Directory) -> None:
    table = await load_credentials(directory.database, Vault.generate(), REALM)

    assert len(table) == 0


async def test_a_password_moved_to_another_account_does_not_open(
    directory: Directory, estate: Estate
) -> None:
    table = await table_of(directory)
    user, _ = await user_and_password(directory, estate.lab_account)
    moved = table.find(user)
    assert moved is not None
    table.put("other", True, estate.site, moved.sealed)
    other = table.find("other")
    assert other is not None

    stands_in = other.ha1("MD5")

    assert stands_in != moved.ha1("MD5")
    assert stands_in == other.ha1("MD5")
    assert table.damaged == {"other"}


async def _app(directory: Directory, estate: Estate) -> str:
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_person(unit, estate.master)
    assert account is not None
    return account.user


async def test_a_password_or_a_token_is_a_secret(directory: Directory) -> None:
    found = [await holds_secrets(directory.database)]
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name="Court")
    found.append(await holds_secrets(directory.database))
    async with directory.unit(ROOT) as unit:
        await devices.create(unit, site_id=site.id, name="T", type=DeviceType.ACCESS_CONTROL)
    found.append(await holds_secrets(directory.database))
    async with directory.unit(ROOT) as unit:
        await sites.delete(unit, site.id)
        other = await sites.create(unit, name="Square")
        await accounts.create(unit, site_id=other.id, kind=AccountKind.DOOR, user="d1")
    found.append(await holds_secrets(directory.database))

    assert found == [False, False, True, True]
