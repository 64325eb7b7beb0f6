"""Back-to-back user agent: ring plans, legs and calls."""
