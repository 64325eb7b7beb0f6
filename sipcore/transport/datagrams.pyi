from collections.abc import Callable

from sipcore.kernel.flow import Flow

def take_datagrams(
    descriptor: int, flows: dict[bytes, Flow], make: Callable[[bytes, str, int], Flow], most: int
) -> list[tuple[bytes, Flow]]: ...
def send_datagram(descriptor: int, data: bytes, host: str, port: int) -> int: ...
