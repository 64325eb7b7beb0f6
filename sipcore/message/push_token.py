"""Push tokens in URIs: a contact may carry one (RFC 8599 §9), and records must not."""

import re
from typing import Final

_PRID: Final = re.compile(r";pn-prid=[^;>?,\s]*", re.IGNORECASE)
_NAME: Final = "pn-prid"


def without_push_token(uri: str) -> str:
    """The URI without its `pn-prid`."""
    if _NAME not in uri.lower():
        return uri
    return _PRID.sub("", uri)
