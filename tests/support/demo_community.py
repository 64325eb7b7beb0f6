"""Phones of the demo community, and somebody of another site who is none of it."""

from tests.support.plain_sip import PlainPhone
from tests.support.program import Program

ACCOUNTS = 10
"""Accounts of the demo community."""
FOREIGN = ("4100000001", "foreign-password-4")
"""User and password of an app of another site, once it was added."""


def add_foreigner(server: Program) -> None:
    """Make that account, and wait until the server knows it."""
    added = server.command(
        *("account", "add", FOREIGN[0], "--kind", "app", "--site", "Elsewhere"),
        *("--apartment", "1", "--password-stdin"),
        given=f"{FOREIGN[1]}\n",
    )
    assert added.status == 0, added.err
    server.wait_for_metric("doorline_accounts", ACCOUNTS + 1)


def account_id(server: Program, display: str) -> int:
    """Id of the account with that display name."""
    accounts = server.get("/accounts?limit=100")["items"]
    return int(next(item["id"] for item in accounts if item["display"] == display))


def secret_of(server: Program, display: str) -> tuple[str, str]:
    """User and a new password of the account with that display name."""
    secret = server.make(f"/accounts/{account_id(server, display)}/reset-password", None)
    return secret["user"], secret["password"]


def phone_of(server: Program, display: str) -> PlainPhone:
    """A phone with the account of that display name and a new password."""
    return PlainPhone(server.udp, *secret_of(server, display))
