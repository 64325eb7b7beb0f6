"""Raising a figure that many messages raise."""


def count(counters: dict[str, int], name: str) -> None:
    """One more of these.

    Where the engine is compiled, `counters[name] += 1` asks a Counter for its figure by the slow
    way that knows what to do when there is none yet.
    """
    counters[name] = counters.get(name, 0) + 1
