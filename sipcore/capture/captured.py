"""Captured: one SIP message as it went over the wire, with when and where."""

from typing import NamedTuple

from sipcore.kernel.flow import Flow


class Captured(NamedTuple):
    """A message that was received or sent; its octets are not masked yet."""

    at: float
    """Seconds since the epoch."""
    was_received: bool
    """Received by this server; otherwise sent."""
    flow: Flow
    data: bytes


class Addresses(NamedTuple):
    """The two ends of a message on its way."""

    transport: str
    """As `Flow.transport`."""
    source_host: str
    """Address without brackets."""
    source_port: int
    target_host: str
    """Address without brackets."""
    target_port: int


def addresses(message: Captured, local: tuple[str, int]) -> Addresses:
    """From where to where a message went; `local` is this server's end of its flow."""
    flow = message.flow
    if message.was_received:
        return Addresses(flow.transport, flow.host, flow.port, *local)
    return Addresses(flow.transport, *local, flow.host, flow.port)
