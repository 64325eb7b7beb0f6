"""Certificates in use: from the settings to the SIP engine, at the start and at each reload."""

from doorline.failures import StartError
from doorline.settings import Settings
from doorline.settings.files import unusable_files
from sipcore.transport.tls import TlsContexts, client_context, server_context


class CertificateError(StartError):
    """Certificates cannot be used; the text names key, file and remedy."""


def tls_contexts(settings: Settings) -> TlsContexts:
    """Read every certificate that the settings name.

    Towards others there is a context as soon as there may be any: providers, or edge proxies that
    registered phones over TLS and whose connection is gone (RFC 3327). Raises CertificateError.
    """
    tls = settings.sip.tls
    faults = [f"{'.'.join(key)}: {message}" for key, message in unusable_files(settings)]
    if faults:
        raise CertificateError("; ".join(faults))
    try:
        server = (
            server_context(tls.certificate, tls.private_key, tls.client_ca, tls.client_certificate)
            if tls.certificate
            else None
        )
        client = (
            client_context(tls.server_ca, tls.certificate, tls.private_key)
            if settings.sip.trunk or tls.certificate
            else None
        )
    except OSError as error:  # replaced between the look and the use
        raise CertificateError(f"sip.tls: {error}") from error
    return TlsContexts(server, client)
