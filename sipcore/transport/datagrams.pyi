from collections.abc import Callable

from sipcore.kernel.flow import Flow

def receive(
    descriptor: int, flows: dict[bytes, Flow], make: Callable[[bytes, str, int], Flow], most: int
) -> list[tuple[bytes, Flow]]: ...
def send(descriptor: int, data: bytes, host: str, port: int) -> int: ...
