"""Entity tags of items, and If-Match (RFC 9110 §13.1.1)."""

import hashlib
import re

from admin_api.errors import BadRequest, PreconditionFailed
from admin_api.schemas.base import Item

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_MAX_HEADER = 2000


def etag_of(item: Item) -> str:
    """A strong tag of everything an edit can change; presence and the like are left out."""
    octets = item.to_json(exclude=item.volatile)
    return f'"{hashlib.sha256(octets).hexdigest()[:20]}"'


def require_match(if_match: str | None, current: str) -> None:
    """Let an edit pass when If-Match is absent, `*`, or lists the present tag.

    Raises PreconditionFailed when it lists only others, BadRequest when it is malformed.
    """
    if if_match is None or if_match.strip() == "*":
        return
    # RFC 9110 §13.1.1: strong comparison, so a weak tag never matches.
    if current not in _strong_tags(if_match):
        raise PreconditionFailed


def _strong_tags(header: str) -> set[str]:
    """Strong tags of an If-Match header with their quotes."""
    if len(header) > _MAX_HEADER:
        raise BadRequest("If-Match is too long.")
    tags = set()
    position = 0
    while position < len(header):
        found = _TAG.match(header, position)
        if found is None:
            raise BadRequest('If-Match must be `*` or a list of quoted tags, for instance "abc".')
        if found[1] is None:
            tags.add(f'"{found[2]}"')
        position = found.end()
    return tags
