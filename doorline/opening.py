"""Opens what is stored: data folder, database at its present schema, key file.

Every command that works on the database and the server itself come through here, so that each of
them fails with the same one line.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from directory.database import Database, open_database
from directory.errors import DatabaseUnavailable, KeyFileError
from directory.queries.credentials import holds_secrets
from directory.secrets import Vault
from directory.unit import Directory
from doorline.failures import StartError, lost_key
from doorline.schema import known_revisions, newer_than_known, stored_revision
from doorline.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Directory]:
    """The directory on its database, brought to the present schema, closed at the end.

    Raises StartError, DatabaseUnavailable or KeyFileError, each with one line for the operator.
    """
    database = await open_migrated(settings)
    try:
        vault = await open_vault(settings, database)
        yield Directory(database, vault)
    finally:
        await database.close()


async def open_migrated(settings: Settings) -> Database:
    """The database at its present schema; the data folder and the file are made if missing."""
    make_folders(settings)
    await asyncio.to_thread(_bring_up_to_date, settings)
    return open_database(settings.database_url)


def make_folders(settings: Settings) -> None:
    """The folders of data and database, made if missing; StartError when that is impossible."""
    for folder in (settings.server.data_dir, settings.database_path.parent):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(f"{folder}: cannot make the folder: {error.strerror}") from error


def _bring_up_to_date(settings: Settings) -> None:
    """Apply the revisions that the database lacks; DatabaseUnavailable says why that fails.

    The file is opened with the plain driver first: the asynchronous one leaves a thread behind
    when it cannot open a file, which complains about the loop that has ended meanwhile.
    """
    path = settings.database_path
    # Made here because SQLite would let others read it; -wal and -shm take over its mode. What
    # stands in the way, SQLite tells below.
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        stored = stored_revision(path)
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"{path}: cannot open the database: {error}") from error
    if stored == known_revisions()[-1]:
        return
    newer = newer_than_known(stored)
    if newer:
        raise DatabaseUnavailable(f"{path}: {newer}")
    from doorline.migrations import upgrade  # takes a quarter of a second to import

    upgrade(settings.database_url)


async def open_vault(settings: Settings, database: Database) -> Vault:
    """The key file's vault.

    A key file is made only for a database without secrets: a new key beside an old database
    would start a server that can open none of its passwords.
    """
    if not settings.key_file.exists() and await holds_secrets(database):
        raise KeyFileError(f"{settings.key_file}: {lost_key(settings.database_path)}")
    return Vault.open_file(settings.key_file)
