"""Server-sent events as they go over the wire (WHATWG HTML §9.2), pure."""

from admin_api.rows import LiveEvent

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 15.0
"""Seconds of silence after which a comment goes out: proxies close what is silent."""
BEGIN = b"retry: 3000\n\n"
"""A client that was cut off comes back after so many milliseconds."""
ALIVE = b": still here\n\n"
"""A comment, which clients pass over."""


def frame(event: LiveEvent) -> bytes:
    """One event: its id, its name, and its data, which is one line.

    Without an id the client remembers the last one that had one.
    """
    lines = [f"id: {event.id}"] if event.id else []
    lines += [f"event: {event.name}", f"data: {event.data}", "", ""]
    return "\n".join(lines).encode("utf-8", "replace")
