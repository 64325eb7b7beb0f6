"""One folder per vendor, found by its `manifest.toml`; no code."""
