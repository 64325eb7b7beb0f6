"""The four RFC 3261 §17 transaction machines as amended by RFC 6026."""
