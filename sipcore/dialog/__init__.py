"""Dialogs: identifiers, route set, CSeq rules, reliable 2xx (RFC 3261 §12, §13)."""
