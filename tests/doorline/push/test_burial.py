"""Dead tokens: in memory at once, in the database a moment later."""

from pathlib import Path

import pytest

from directory.kinds import AccountKind, PushProvider
from directory.queries.push_targets import load_push_targets
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import accounts, push_targets, sites
from directory.unit import Directory
from doorline.push.burial import Burial
from doorline.push.finder import TargetFinder
from doorline.push.target import PushTarget
from sipcore.registrar.location import Location
from tests.support.directories import open_directory
from tests.support.pushes import FCM, TOKEN

SYSTEM = Scope.system()


async def app_with_token(directory: Directory) -> tuple[int, str]:
    async with directory.unit(SYSTEM) as unit:
        site = await sites.create(unit, name="Court")
        app = await accounts.create(unit, site_id=site.id, kind=AccountKind.APP)
        await push_targets.put(unit, app.id, provider=PushProvider.FCM, token=TOKEN)
        return app.id, app.user


async def test_a_dead_token_wakes_nobody_from_this_moment_on(tmp_path: Path) -> None:
    async with open_directory(tmp_path / "d.db") as directory:
        account_id, user = await app_with_token(directory)
        table = await load_push_targets(directory.database, directory.vault)
        finder = TargetFinder(table, Location(), (PushProvider.FCM,))
        burial = Burial(directory, table, finder)
        (target,) = finder.targets(user)

        burial.died(target)
        can_wake = finder.can_wake(user)
        burial.died(target)
        await burial.finish()
        async with directory.reading(SYSTEM) as unit:
            stored = await push_targets.get(unit, account_id)

    assert not can_wake
    assert stored is not None
    assert stored.dead_at is not None


async def test_a_token_of_a_registration_is_told_to_the_finder(tmp_path: Path) -> None:
    async with open_directory(tmp_path / "d.db") as directory:
        table = await load_push_targets(directory.database, directory.vault)
        buried: list[PushTarget] = []
        finder = TargetFinder(table, Location(), ())
        finder.buried = buried.append  # type: ignore[assignment,method-assign]

        Burial(directory, table, finder).died(FCM)

    assert buried == [FCM]


async def test_a_token_that_was_replaced_stays(tmp_path: Path) -> None:
    async with open_directory(tmp_path / "d.db") as directory:
        _, user = await app_with_token(directory)
        table = await load_push_targets(directory.database, directory.vault)
        finder = TargetFinder(table, Location(), (PushProvider.FCM,))
        (old,) = finder.targets(user)
        assert old.stored is not None
        sealed = directory.vault.seal("a-new-token", f"push_targets.token:{user}")
        table.put(type(old.stored)(1, old.stored.site_id, user, PushProvider.FCM, sealed))

        Burial(directory, table, finder).died(old)

        assert finder.targets(user)[0].token == Secret("a-new-token")


async def test_a_database_that_fails_is_no_reason_to_use_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_directory(tmp_path / "d.db") as directory:
        _, user = await app_with_token(directory)
        table = await load_push_targets(directory.database, directory.vault)
        finder = TargetFinder(table, Location(), (PushProvider.FCM,))
        burial = Burial(None, table, finder)  # type: ignore[arg-type]

        burial.died(finder.targets(user)[0])
        await burial.finish()

    assert not finder.can_wake(user)
    assert TOKEN not in capsys.readouterr().out
