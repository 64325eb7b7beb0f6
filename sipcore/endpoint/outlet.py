"""Outlet: the way of a message to the socket it goes out of."""

from typing import final

from sipcore.capture.tap import CaptureTap
from sipcore.kernel.flow import Flow
from sipcore.transport.streams import StreamTransport
from sipcore.transport.udp import UdpListener


@final
class Outlet:
    """The sockets of an endpoint, found by what a flow names."""

    __slots__ = ("streams", "tap", "udp")

    def __init__(self, tap: CaptureTap | None = None) -> None:
        """`tap` sees every message before it goes out."""
        self.tap = tap
        self.udp: dict[int, UdpListener] = {}
        """By index of the listener."""
        self.streams: StreamTransport | None = None
        """None as long as the endpoint is being put together."""

    def send(self, data: bytes, flow: Flow) -> bool:
        """Put bytes on a flow; False when that flow is gone."""
        tap = self.tap
        if tap is not None:
            tap.sending(data, flow)
        if flow.transport == "UDP":
            udp = self.udp.get(flow.listener)
            return udp is not None and udp.send(data, flow)
        streams = self.streams
        return streams is not None and streams.send(data, flow)
