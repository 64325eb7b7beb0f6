"""A visitor rings a flat: `make demo`, and the same story as a test."""
