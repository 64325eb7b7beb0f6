"""The corpus: where a fuzzer begins. One file per difficulty, kept small on purpose.

`corpus/<target>/` holds values for the parsers of values; whole messages are those of the
conformance tests. An input that once broke something is added here when the bug is mended.
"""

from pathlib import Path
from typing import Final

from tests.conformance.own_messages import OWN

FOLDER: Final = Path(__file__).parent / "corpus"
_WHOLE: Final = ("message", "stream")
_LONGEST: Final = 8192
"""Longer messages say nothing about grammar and slow a fuzzer down."""


def seeds(target: str) -> list[bytes]:
    """Inputs for one target, in an order that never changes."""
    found = [path.read_bytes() for path in sorted((FOLDER / target).glob("*")) if path.is_file()]
    if target in _WHOLE:
        found += [data for data in OWN.values() if len(data) <= _LONGEST]
    return found
