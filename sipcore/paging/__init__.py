"""Messages outside calls (RFC 3428): who gets them, the copies, and the one answer."""
