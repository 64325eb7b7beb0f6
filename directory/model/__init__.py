"""Typed SQLAlchemy classes of the directory."""
