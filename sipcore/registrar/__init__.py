"""Registrar and digest authentication (RFC 3261 §10, RFC 7616, RFC 8760)."""
