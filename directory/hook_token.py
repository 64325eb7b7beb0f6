"""The token in a device's action URLs: whoever holds it may report for that device, and no more.

It names the device and proves it: `<device id>-<HMAC-SHA256>`, keyed by the token of its autop URL.
Action URLs are shown on web pages and sent in the clear more often than others, and from this one
nobody comes to the other, which leads to passwords. Both are replaced together.
"""

import base64
import hashlib
import hmac
import re

_FORM = re.compile(r"([1-9][0-9]{0,17})-[A-Za-z0-9_-]{43}")
_PURPOSE = b"doorline action url"


def hook_token(device_id: int, autop_token: str) -> str:
    """The token of a device."""
    digest = hmac.digest(autop_token.encode(), _PURPOSE + str(device_id).encode(), hashlib.sha256)
    return f"{device_id}-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def device_of(token: str) -> int | None:
    """Whose token it claims to be; None for what has not the form of one."""
    found = _FORM.fullmatch(token)
    return None if found is None else int(found[1])


def proves(token: str, device_id: int, autop_token: str) -> bool:
    """Whether it is that device's token, in a time that does not depend on how it differs."""
    wanted = hook_token(device_id, autop_token)
    return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), wanted.encode())
