"""SIP messages: lazy byte parser, header values, framing, builders (RFC 3261 §7, §20)."""
