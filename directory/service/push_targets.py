"""Push targets: where the push that wakes an app's account goes; the token is never shown again."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from directory import fields, rules
from directory.errors import FieldError, Invalid, NotFound, SealError
from directory.kinds import AccountKind, ApnsEnvironment, PushProvider
from directory.model import Account, PushTarget, push_token_context
from directory.unit import Unit

HINT_LENGTH = 4
"""Characters of a token that are shown."""
HINT_FROM = 16
"""Length from which on so many characters give nothing away."""

CHECKS: Mapping[str, fields.Check] = {
    "provider": fields.word(PushProvider),
    "token": fields.pattern(r"[!-~]{8,4096}", "must be 8 to 4096 printable ASCII characters"),
    "topic": fields.pattern(r"[A-Za-z0-9.-]{0,255}", "must be a bundle id such as org.example.app"),
    "environment": fields.word(ApnsEnvironment),
}
_APNS_TOKEN = fields.pattern(r"[0-9A-Fa-f]{16,200}", "must be hexadecimal digits, as Apple's are")


async def get(unit: Unit, account_id: int) -> PushTarget | None:
    """The account's target; None when it has none. NotFound for an unknown account."""
    await unit.find(Account, account_id)
    return await _of(unit, account_id)


async def of_accounts(unit: Unit, account_ids: Collection[int]) -> dict[int, PushTarget]:
    """Targets by account, for many accounts at once."""
    found = await unit.rows(select(PushTarget).where(PushTarget.account_id.in_(account_ids)))
    return {row.account_id: row for row in found}


async def put(
    unit: Unit,
    account_id: int,
    *,
    provider: PushProvider,
    token: str,
    topic: str = "",
    environment: ApnsEnvironment = ApnsEnvironment.PRODUCTION,
) -> PushTarget:
    """Tell where pushes for the account go from now on; a token said to be dead lives again.

    Invalid when the account is no app's, or when topic and provider do not belong together.
    """
    account = await unit.find(Account, account_id)
    unit.require(rules.may_keep_push_targets(unit.scope), "set_push")
    values = fields.clean(
        CHECKS,
        {"provider": provider, "token": token, "topic": topic, "environment": environment},
    )
    _require_fitting(account, values["provider"], values["token"], values["topic"])
    plain = values["token"]
    hint = plain[-HINT_LENGTH:] if len(plain) >= HINT_FROM else ""
    values |= {"hint": hint, "set_at": unit.now, "dead_at": None}
    present = await _of(unit, account_id)
    if present is not None:
        is_same = _opened(unit, present) == plain
        values["token"] = present.token if is_same else _seal(unit, account.user, plain)
        await unit.update(present, values)
        return present
    values["token"] = _seal(unit, account.user, plain)
    return await unit.create(
        PushTarget(account_id=account.id, site_id=account.site_id, user=account.user, **values)
    )


async def remove(unit: Unit, account_id: int) -> None:
    """Send no pushes for the account any more; NotFound when it has no target."""
    await unit.find(Account, account_id)
    unit.require(rules.may_keep_push_targets(unit.scope), "clear_push")
    present = await _of(unit, account_id)
    if present is None:
        raise NotFound(PushTarget.word, account_id)
    await unit.delete(present)


async def mark_dead(unit: Unit, target_id: int, sealed: bytes) -> bool:
    """The provider said that this token means nothing any more; False when it was replaced."""
    present = await unit.first(select(PushTarget).where(PushTarget.id == target_id))
    if present is None or present.token != sealed or present.dead_at is not None:
        return False
    await unit.update(present, {"dead_at": unit.now}, "token_died")
    return True


async def _of(unit: Unit, account_id: int) -> PushTarget | None:
    return await unit.first(select(PushTarget).where(PushTarget.account_id == account_id))


def _require_fitting(account: Account, provider: PushProvider, token: str, topic: str) -> None:
    """Invalid with every field that does not fit the others."""
    errors: list[FieldError] = []
    if account.kind is not AccountKind.APP:
        errors.append(FieldError("account_id", "only the account of an app can be woken by a push"))
    if provider is PushProvider.APNS:
        if not topic:
            errors.append(FieldError("topic", "apns needs the app's bundle id"))
        try:
            _APNS_TOKEN(token)
        except ValueError as error:
            errors.append(FieldError("token", str(error)))
    elif topic:
        errors.append(FieldError("topic", "only apns has topics"))
    if errors:
        raise Invalid(errors)


def _seal(unit: Unit, user: str, token: str) -> bytes:
    return unit.vault.seal(token, push_token_context(user))


def _opened(unit: Unit, target: PushTarget) -> str | None:
    """The stored token; None for a damaged one, which any new one replaces."""
    try:
        return unit.vault.open(target.token, push_token_context(target.user))
    except SealError:
        return None
