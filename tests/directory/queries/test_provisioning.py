"""The values handed to the autop server."""

from directory.queries.provisioning import DeviceAccount, RelaySettings
from directory.secrets import Secret


def test_secrets_do_not_print() -> None:
    printed = repr(DeviceAccount("1000000001", Secret("s3cret"), "Gate")) + repr(
        RelaySettings(1, "Door", "4711")
    )

    assert printed == (
        "DeviceAccount(user='1000000001', password=Secret('**********'), display='Gate',"
        " enabled=True)RelaySettings(index=1, name='Door', in_call=True, hold_seconds=5)"
    )
