"""SIP timer values in seconds (RFC 3261 §17.1.1.1 and table 4 on page 265, RFC 6026 §7.1)."""

from typing import Final

T1: Final = 0.5
"""Round-trip time estimate."""
T2: Final = 4.0
"""Longest interval between retransmissions of non-INVITE requests and INVITE responses."""
T4: Final = 5.0
"""Longest time a message stays in the network."""
TIMEOUT: Final = 64 * T1
"""Timers B, F, H, J (UDP), L and M: how long a transaction or an unacknowledged 2xx lives."""
TIMER_D: Final = 32.0
"""Wait for retransmitted INVITE responses, unreliable transports (at least 32 s)."""
