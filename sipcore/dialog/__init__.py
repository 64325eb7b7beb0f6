"""Dialogs (RFC 3261 §12) and the repetition of a 2xx until its ACK (§13.3.1.4)."""
