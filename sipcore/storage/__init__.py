"""Storage: what the engine keeps beyond a restart, written behind the back of the event loop."""
