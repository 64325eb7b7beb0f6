"""Event subscriptions (RFC 6665) with their packages."""
