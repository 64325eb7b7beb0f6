"""Event subscriptions (RFC 6665) with their packages, and messages outside calls (RFC 3428)."""
