"""PushOrder: what a push shall tell an app."""

from dataclasses import dataclass
from enum import StrEnum

from directory.secrets import Secret


class PushEvent(StrEnum):
    """Why a push is sent; the words that payloads carry."""

    WAKE = "wake"
    """Somebody calls: register, you will be rung."""
    CANCEL = "cancel"
    """That call does not ring you any more."""
    TEST = "test"
    """Register; show nothing."""
    REFRESH = "refresh"
    """Your registration ends soon: register again, show nothing (RFC 8599 §5.5)."""

    @property
    def silent(self) -> bool:
        """Whether nobody has to see anything of it."""
        return self in (PushEvent.TEST, PushEvent.REFRESH)


@dataclass(frozen=True, slots=True)
class CallAccount:
    """An account that is good for one visit."""

    name: str
    """What the digest calls the user; the AOR is that of the app's account."""
    password: Secret
    domain: str
    """Realm of the digest, and where to register."""


@dataclass(frozen=True, slots=True)
class PushOrder:
    """One push for one phone of an app."""

    event: PushEvent
    visit: str
    """Id of the call, which the wake and the cancel share; one of its own for other events."""
    user: str
    """User part of the app's account."""
    expires_at: float
    """When it is of no use any more, seconds since the epoch UTC."""
    caller: str = ""
    """Name of who calls."""
    site_id: int | None = None
    site: str = ""
    """Name of the site."""
    reason: str = ""
    """Of a cancel: `answered_elsewhere`, `caller_hung_up`, …"""
    device: str = ""
    """The phone that is meant (`PushTarget.device`), for nobody's eyes but the operator's."""
    account: CallAccount | None = None
    """Of a wake: with what the phone registers, where the settings say so."""

    def values(self) -> dict[str, str]:
        """What every payload tells, as texts by their names in it."""
        told = {
            "event": str(self.event),
            "visit": self.visit,
            "user": self.user,
            "caller": self.caller,
            "site": self.site,
            "expires": str(int(self.expires_at)),
        }
        if self.reason:
            told["reason"] = self.reason
        account = self.account
        if account is not None:
            told["domain"] = account.domain
            told["auth_user"] = account.name
            told["auth_password"] = account.password.reveal()
        return told
