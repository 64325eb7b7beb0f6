"""Frozen read models for the other packages."""
