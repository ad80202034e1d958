"""immudbs://: the same ledger over TLS, from a server whose certificate fits; nothing is told to any other."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from audit.ledger.immudb import ImmudbLedger
from audit.ledger.port import LedgerUnavailable, Record
from scripts.native import Immudb
from scripts.native.immudb import FRAME_HEAD, GREETING
from scripts.native.ports import LOOPBACK

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Certificate:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def signed(name: str, by: Certificate | None = None) -> Certificate:
    """For a server at 127.0.0.1; or an authority, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(by.certificate.subject if by else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), critical=False)
        .sign(by.key if by else key, hashes.SHA256())
    )
    return Certificate(made, key)


class TlsImmudb(Immudb):
    """With a certificate, which lies in its folder."""

    def prepare(self) -> None:
        super().prepare()
        authority = signed("an authority of the test's")
        own = signed("immudb", authority)
        (self.folder / "ca.pem").write_text(authority.pem)
        (self.folder / "certificate.pem").write_text(own.pem)
        (self.folder / "key.pem").write_text(own.key_pem)

    def command(self) -> list[str]:
        own = ["--certificate", str(self.folder / "certificate.pem"), "--pkey", str(self.folder / "key.pem")]
        return [*super().command(), *own]

    def settings(self) -> dict[str, str]:
        return {"IMMUDB_URL": super().settings()["IMMUDB_URL"].replace("immudb://", "immudbs://", 1)}

    def answers(self) -> bool:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.set_alpn_protocols(["h2"])
        try:
            with (
                socket.create_connection((LOOPBACK, self.port), timeout=2) as plain,
                context.wrap_socket(plain, server_hostname=LOOPBACK) as link,
            ):
                link.sendall(GREETING)
                return len(link.recv(FRAME_HEAD)) == FRAME_HEAD
        except OSError:
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsImmudb]:
    service = TlsImmudb(tmp_path_factory.mktemp("tls") / "immudb")
    service.start()
    yield service
    service.stop()


def authority_of(server: TlsImmudb) -> str:
    return Path(server.folder / "ca.pem").read_text()


def test_it_works(server: TlsImmudb, settings: Settings) -> None:
    settings.IMMUDB_CA = authority_of(server)
    ledger = ImmudbLedger(server.settings()["IMMUDB_URL"])
    written = [Record(uuid4(), b"{}")]
    assert ledger.append(written) == {written[0].event: 1}
    assert [step.record for step in ledger.walk()] == written
    ledger.close()


@pytest.mark.parametrize(
    "authority", ["", signed("somebody else").pem], ids=["of a certificate by nobody known", "of another's"]
)
def test_a_server_is_not_believed(authority: str, server: TlsImmudb, settings: Settings) -> None:
    settings.IMMUDB_CA = authority
    ledger = ImmudbLedger(server.settings()["IMMUDB_URL"])
    with pytest.raises(LedgerUnavailable):
        ledger.append([Record(uuid4(), b"{}")])
    ledger.close()


def test_nor_under_another_name(server: TlsImmudb, settings: Settings) -> None:
    """The certificate is for the address, not for what else leads there."""
    settings.IMMUDB_CA = authority_of(server)
    ledger = ImmudbLedger(server.settings()["IMMUDB_URL"].replace(LOOPBACK, "localhost"))
    with pytest.raises(LedgerUnavailable):
        ledger.append([Record(uuid4(), b"{}")])
    ledger.close()


def test_it_does_not_fall_back_to_plain_text(immudb_url: str) -> None:
    ledger = ImmudbLedger(immudb_url.replace("immudb://", "immudbs://", 1))
    with pytest.raises(LedgerUnavailable):
        ledger.append([Record(uuid4(), b"{}")])
    ledger.close()
