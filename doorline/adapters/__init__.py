"""Adapters that let one package fulfil another's port; nothing here decides anything."""
