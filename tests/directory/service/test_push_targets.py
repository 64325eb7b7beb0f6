"""Push targets: told by whoever looks after the app, sealed, and dead when the provider says so."""

import pytest
from sqlalchemy import select

from directory.errors import FieldError, Invalid, NotFound
from directory.kinds import ApnsEnvironment, PushProvider
from directory.model import AuditEntry, PushTarget
from directory.service import accounts, push_targets
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard

TOKEN = "fcm-token-of-the-hall-5aFe"
APNS_TOKEN = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"


async def told(directory: Directory, account_id: int, token: str = TOKEN) -> PushTarget:
    async with directory.unit(ROOT) as unit:
        return await push_targets.put(unit, account_id, provider=PushProvider.FCM, token=token)


async def test_the_token_is_sealed_and_four_characters_tell_it_apart(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    target = await told(directory, estate.lab_account)

    assert TOKEN.encode() not in target.token
    assert (target.hint, target.dead_at, target.site_id) == ("5aFe", None, estate.site)
    assert heard.take() == [Changed(estate.site, "push_target", target.id, "update", target.user)]


async def test_a_short_token_gives_no_hint(directory: Directory, estate: Estate) -> None:
    assert (await told(directory, estate.lab_account, "tenant-7")).hint == ""


async def test_the_audit_trail_never_holds_a_token(directory: Directory, estate: Estate) -> None:
    await told(directory, estate.lab_account)
    await told(directory, estate.lab_account, "another-token-of-the-hall-9xYz")
    async with directory.reading(ROOT) as unit:
        query = select(AuditEntry).where(AuditEntry.kind == "push_target")
        rows = (await unit.session.scalars(query)).all()

    assert [row.after["token"] for row in rows] == ["***", "***", "***"]
    assert "hall" not in str([(row.before, row.after) for row in rows])


async def test_the_same_token_again_stays_sealed_as_it_was(
    directory: Directory, estate: Estate
) -> None:
    before = (await told(directory, estate.lab_account)).token

    assert (await told(directory, estate.lab_account)).token == before


async def test_a_token_dies_once_and_lives_again_when_it_is_told_anew(
    directory: Directory, estate: Estate
) -> None:
    target = await told(directory, estate.lab_account)
    async with directory.unit(ROOT) as unit:
        first = await push_targets.mark_dead(unit, target.id, target.token)
        again = await push_targets.mark_dead(unit, target.id, target.token)
        dead = await push_targets.get(unit, estate.lab_account)
        assert dead is not None
        died_at = dead.dead_at
    revived = await told(directory, estate.lab_account)

    assert (first, again, died_at, revived.dead_at) == (True, False, directory.clock(), None)


async def test_a_token_that_was_replaced_meanwhile_does_not_die_for_the_old_one(
    directory: Directory, estate: Estate
) -> None:
    old = (await told(directory, estate.lab_account)).token
    new = await told(directory, estate.lab_account, "the-token-of-a-new-telephone")
    async with directory.unit(ROOT) as unit:
        assert not await push_targets.mark_dead(unit, new.id, old)
        assert not await push_targets.mark_dead(unit, 987_654, old)


async def test_apple_needs_a_topic_and_a_hexadecimal_token(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as refused:
            await push_targets.put(
                unit, estate.lab_account, provider=PushProvider.APNS, token="not-hexadecimal"
            )
        target = await push_targets.put(
            unit,
            estate.lab_account,
            provider=PushProvider.APNS,
            token=APNS_TOKEN,
            topic="org.example.app.voip",
            environment=ApnsEnvironment.SANDBOX,
        )

    assert refused.value.errors == (
        FieldError("topic", "apns needs the app's bundle id"),
        FieldError("token", "must be hexadecimal digits, as Apple's are"),
    )
    assert (target.topic, target.environment) == ("org.example.app.voip", "sandbox")


async def test_only_apps_are_woken_and_only_apple_has_topics(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        monitor = await accounts.of_device(unit, estate.monitor)
        assert monitor is not None
        with pytest.raises(Invalid) as refused:
            await push_targets.put(
                unit, monitor.id, provider=PushProvider.FCM, token=TOKEN, topic="org.example"
            )

    assert [error.field for error in refused.value.errors] == ["account_id", "topic"]


async def test_what_was_removed_is_gone_and_can_be_told_anew(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        await push_targets.remove(unit, estate.lab_account)
        assert await push_targets.get(unit, estate.lab_account) is None
        with pytest.raises(NotFound):
            await push_targets.remove(unit, estate.lab_account)
    heard.take()
    target = await told(directory, estate.lab_account)

    assert heard.take() == [Changed(estate.site, "push_target", target.id, "create", target.user)]


async def test_other_sites_have_no_push_targets_to_see(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    await told(directory, estate.lab_account)
    async with directory.unit(foreign.scope()) as unit:
        with pytest.raises(NotFound):
            await push_targets.get(unit, estate.lab_account)
        with pytest.raises(NotFound):
            await push_targets.remove(unit, estate.lab_account)
