"""Measurements anybody can run: `make bench` (docs/performance.md says what the figures mean)."""
