"""Adapters that keep bindings and call records in SQL."""
