"""Servers that let the loopback network do anything: for tests that must send much, or garbage."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def trusting_loopback() -> Iterator[None]:
    """Programs that are started meanwhile exempt 127.0.0.0/8 from every limit and ban."""
    with patch.dict(os.environ, {"DOORLINE_SIP__LIMITS__TRUSTED": "127.0.0.0/8"}):
        yield
