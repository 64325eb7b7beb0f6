"""XML as event packages write it: few elements, escaped text, the same bytes for the same state."""

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

_HEAD: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_QUOTES: Final = {'"': "&quot;", "'": "&apos;"}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no character for, the surrogates of undecodable octets among them."""


def element(name: str, attributes: Mapping[str, str], *content: str) -> str:
    """One element; `content` is text made by `characters` or further elements.

    Attributes come in the order given; one with an empty value is left out.
    """
    written = "".join(
        f' {key}="{escape(_plain(value), _QUOTES)}"' for key, value in attributes.items() if value
    )
    if not content:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{''.join(content)}</{name}>"


def characters(text: str) -> str:
    """Text as the content of an element."""
    return escape(_plain(text), _QUOTES)


def document(root: str) -> bytes:
    """A whole document around its root element."""
    return _HEAD + root.encode() + b"\n"


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
