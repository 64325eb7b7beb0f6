"""Revisions in order; never changed once released."""
