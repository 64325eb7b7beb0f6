"""Messages go out of the socket that their flow names."""

from sipcore.capture.tap import CaptureTap
from sipcore.endpoint.outlet import Outlet
from sipcore.kernel.flow import Flow
from sipcore.transport.udp import UdpListener
from tests.support.clock import ManualClock


def test_a_datagram_leaves_by_its_listener() -> None:
    here, there = (UdpListener(index, "127.0.0.1", 0, lambda data, flow: None) for index in (0, 1))
    outlet = Outlet()
    outlet.udp.update({0: here, 1: there})
    try:
        assert outlet.send(b"to the other", Flow("UDP", 0, there.host, there.port))
        there._socket.settimeout(5)
        assert there._socket.recvfrom(100) == (b"to the other", (here.host, here.port))
    finally:
        here._socket.close()
        there._socket.close()


def test_there_is_no_way_out_before_there_are_sockets() -> None:
    assert not Outlet().send(b"x", Flow("UDP", 3, "127.0.0.1", 9))
    assert not Outlet().send(b"x", Flow("TCP", 0, "127.0.0.1", 9))


def test_a_tap_sees_a_message_before_it_goes_out() -> None:
    tap = CaptureTap(ManualClock(), 1)

    sent = Outlet(tap).send(b"x", Flow("UDP", 3, "127.0.0.1", 9))

    assert not sent
    assert [message.data for message in tap.kept()] == [b"x"]
