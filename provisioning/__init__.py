"""Autop: rendering and delivering configuration files to devices."""
