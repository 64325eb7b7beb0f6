"""The process of one simulated device: pjsua2 driven by JSON lines.

Reads one command per line on standard input, writes one event per line on standard output; the
vocabulary is that of `sipcore.agents.device`. pjsua2 lives in this process alone and in one
thread, because it aborts when a foreign thread touches it and allows few calls per process.
"""

import json
import os
import selectors
import sys
from typing import Any, Final

import pjsua2 as pj

_POLL_MS: Final = 10
"""How long one turn of the pjsip event loop may take."""
_TONE_HZ: Final = 440
"""What the device says while it talks."""
_CLOCK_HZ: Final = 16_000
"""Samples of the tone per second; pjsua2's bridge has the same."""


def emit(event: str, **fields: object) -> None:
    """Write one event line."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class DeviceCall(pj.Call):  # type: ignore[misc]
    """A call of the device: the present one, or one that waits while it asks somebody else."""

    def __init__(self, account: pj.Account, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.answered = False

    def onCallState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        """Report every step of the call."""
        info = self.getInfo()
        state = info.state
        if state == pj.PJSIP_INV_STATE_EARLY:
            emit("ringing", status=info.lastStatusCode)
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered = True
            emit("talking")
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            emit("ended", status=info.lastStatusCode, reason=info.lastReason)
            Device.current.forget(self)

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Let the other side hear a tone, and listen to what it says."""
        info = self.getInfo()
        for index in range(info.media.size()):
            media = info.media[index]
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                Device.current.join_sound(self.getAudioMedia(index))

    def tell_sound(self) -> None:
        """Report RTP packets sent and received, and the loudness of what is heard (0-255)."""
        info = self.getInfo()
        for index in range(info.media.size()):
            media = info.media[index]
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                figures = self.getStreamStat(index).rtcp
                sent, received = figures.txStat.pkt, figures.rxStat.pkt
                # "Transmitted" is seen from the call: what it gives to our ear.
                level = self.getAudioMedia(index).getTxLevel()
                emit("sound", sent=sent, received=received, level=level)
                return
        emit("sound", sent=0, received=0, level=0)

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """Report how far a transfer that the device asked for has come."""
        emit("transfer", status=int(prm.statusCode), final=bool(prm.finalNotify))

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        """A digit arrived, as RFC 4733 event (method 0) or INFO (method 1)."""
        emit("digit", digit=prm.digit, method=prm.method)


class DeviceAccount(pj.Account):  # type: ignore[misc]
    """The device's only account."""

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        """Report the outcome of each REGISTER."""
        emit("registered" if prm.code == 200 else "refused", status=prm.code, reason=prm.reason)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """Ring at once; a device that talks is busy."""
        call = DeviceCall(self, prm.callId)
        operation = pj.CallOpParam()
        if Device.current.call is not None:
            operation.statusCode = 486
            call.answer(operation)
            return
        Device.current.call = call
        operation.statusCode = 180
        call.answer(operation)
        emit("incoming", caller=call.getInfo().remoteUri)


class Device:
    """The pjsua2 library and the commands for it."""

    current: "Device"

    def __init__(self) -> None:
        Device.current = self
        self.call: DeviceCall | None = None
        self.waiting: DeviceCall | None = None
        """The call on hold while the device asks somebody else."""
        self.running = True
        self._account: DeviceAccount | None = None
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.userAgent = "Doorline simulated device"
        config.logConfig.level = 0
        config.logConfig.consoleLevel = 0
        self._endpoint.libInit(config)
        self._endpoint.audDevManager().setNullDev()
        self.tone = pj.ToneGenerator()
        self.tone.createToneGenerator(_CLOCK_HZ)
        sound = pj.ToneDesc()
        sound.freq1, sound.on_msec, sound.off_msec = _TONE_HZ, 1000, 0
        self.tone.play(pj.ToneDescVector([sound]), True)

    def register(self, command: dict[str, Any]) -> None:
        """Start the transport and register the account."""
        name = command.get("transport", "UDP")
        kind = {
            "UDP": pj.PJSIP_TRANSPORT_UDP,
            "TCP": pj.PJSIP_TRANSPORT_TCP,
            "TLS": pj.PJSIP_TRANSPORT_TLS,
        }[name]
        transport = pj.TransportConfig()
        # The wheel's OpenSSL 1.0.2 begins with an older version when it is not told. The server's
        # certificate is not verified: it is a test's own.
        transport.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
        transport.boundAddress = command.get("bind", "127.0.0.1")
        self._endpoint.transportCreate(kind, transport)
        self._endpoint.libStart()
        user, domain = command["user"], command["domain"]
        suffix = "" if name == "UDP" else f";transport={name.lower()}"
        account = pj.AccountConfig()
        account.idUri = f"sip:{user}@{domain}"
        account.regConfig.registrarUri = f"sip:{domain}"
        account.regConfig.timeoutSec = int(command.get("expires", 300))
        account.sipConfig.contactUriParams = command.get("contact_params", "")
        account.sipConfig.proxies.append(f"sip:{command['server']};lr{suffix}")
        account.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", "*", user, 0, command["password"])
        )
        account.mediaConfig.transportConfig.boundAddress = command.get("bind", "127.0.0.1")
        account.mediaConfig.transportConfig.port = int(command.get("rtp_port", 0)) or 40000
        self._account = DeviceAccount()
        self._account.create(account)

    def dial(self, command: dict[str, Any]) -> None:
        """Call a number of the server."""
        self.call = DeviceCall(self._account)
        self.call.makeCall(f"sip:{command['number']}@{command['domain']}", pj.CallOpParam(True))

    def answer(self, command: dict[str, Any]) -> None:
        """Answer the ringing call, or refuse it with another status."""
        if self.call is not None:
            operation = pj.CallOpParam(True)
            operation.statusCode = int(command.get("status", 200))
            self.call.answer(operation)

    def press(self, command: dict[str, Any]) -> None:
        """Send digits as INFO application/dtmf-relay, one request for each."""
        for digit in command["digits"]:
            request = pj.CallSendRequestParam()
            request.method = "INFO"
            request.txOption.contentType = "application/dtmf-relay"
            request.txOption.msgBody = f"Signal={digit}\r\nDuration=160\r\n"
            if self.call is not None:
                self.call.sendRequest(request)

    def pass_on(self, command: dict[str, Any]) -> None:
        """Let the other party talk to a number instead (RFC 3515)."""
        if self.call is not None:
            target = f"sip:{command['number']}@{command['domain']}"
            self.call.xfer(target, pj.CallOpParam(True))

    def consult(self, command: dict[str, Any]) -> None:
        """Put the call on hold and call somebody else."""
        if self.call is not None:
            self.call.setHold(pj.CallOpParam(True))
            self.waiting = self.call
        self.dial(command)

    def join(self, command: dict[str, Any]) -> None:
        """Let the party on hold talk to the one who was asked (RFC 5589 §7)."""
        if self.waiting is not None and self.call is not None:
            self.waiting.xferReplaces(self.call, pj.CallOpParam(True))

    def join_sound(self, audio: pj.AudioMedia) -> None:
        """Connect the sound of a call with our voice and our ear."""
        self.tone.startTransmit(audio)
        audio.startTransmit(self._endpoint.audDevManager().getPlaybackDevMedia())

    def sound(self, command: dict[str, Any]) -> None:
        """Tell how much is sent and heard."""
        if self.call is None:
            emit("sound", sent=0, received=0, level=0)
        else:
            self.call.tell_sound()

    def forget(self, call: DeviceCall) -> None:
        """A call is over."""
        if self.call is call:
            self.call = None
        if self.waiting is call:
            self.waiting = None

    def hang_up(self, command: dict[str, Any]) -> None:
        """End the call, whatever its state."""
        if self.call is not None:
            self.call.hangup(pj.CallOpParam(True))

    def quit(self, command: dict[str, Any]) -> None:
        """Leave the loop."""
        self.running = False

    def obey(self, line: bytes) -> None:
        """Carry out one command; what pjsip refuses becomes an event."""
        command = json.loads(line)
        actions = {
            "register": self.register,
            "dial": self.dial,
            "answer": self.answer,
            "press": self.press,
            "pass_on": self.pass_on,
            "consult": self.consult,
            "join": self.join,
            "sound": self.sound,
            "hang_up": self.hang_up,
            "quit": self.quit,
        }
        try:
            actions[command["do"]](command)
        except pj.Error as error:
            emit("error", reason=error.info())

    def close(self) -> None:
        """Give everything back in the order pjsip insists on."""
        self.call = self.waiting = None
        del self.tone
        if self._account is not None:
            self._account.shutdown()
            self._account = None
        self._endpoint.libDestroy()


def main() -> None:
    """Serve commands until `quit` or the end of standard input."""
    device = Device()
    emit("ready")
    os.set_blocking(0, False)
    inbox = selectors.DefaultSelector()
    inbox.register(0, selectors.EVENT_READ)
    pending = b""
    while device.running:
        if inbox.select(timeout=0):
            received = os.read(0, 65536)
            if not received:
                break
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                device.obey(line)
        Device.current._endpoint.libHandleEvents(_POLL_MS)
    device.close()


if __name__ == "__main__":
    main()
