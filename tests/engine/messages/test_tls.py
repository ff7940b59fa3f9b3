"""Letters go over TLS with a certificate that is checked, or not at all."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from sala.engine.messages import delivery
from sala.engine.messages.models import Message
from sala.web.mail_url import settings_of
from tests.engine.messages.servers import PostOffice, free_port
from tests.engine.messages.test_delivery import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption())
    path = tmp_path / "post.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def office(certificate: Path, settings: Settings) -> Iterator[PostOffice]:
    """A server that takes letters over TLS alone; Sala is set up for it by EMAIL_URL."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    office = PostOffice(port=free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, tls_context=context, require_starttls=True)
    controller.start()
    for name, value in settings_of(f"smtp+tls://127.0.0.1:{office.port}").items():
        setattr(settings, name, value)
    yield office
    controller.stop(no_assert=True)


def test_a_trusted_server_gets_the_letter_over_tls(
    office: PostOffice, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    letter()
    assert delivery.deliver_due().sent == 1
    assert len(office.raw) == 1


def test_a_server_with_a_strangers_certificate_gets_nothing(office: PostOffice) -> None:
    letter()
    assert delivery.deliver_due().postponed == 1
    assert office.raw == []
    assert "CERTIFICATE_VERIFY_FAILED" in Message.objects.get().last_error


def test_a_server_without_tls_gets_nothing(settings: Settings) -> None:
    office = PostOffice(port=free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    for name, value in settings_of(f"smtp+tls://127.0.0.1:{office.port}").items():
        setattr(settings, name, value)
    letter()
    assert delivery.deliver_due().postponed == 1
    assert office.raw == []
    controller.stop(no_assert=True)
