"""Make the identities of an OPC UA server and its controller: self-signed certificates, a trust list, and a user with a random password.

``SHOP/.nightmill/pki`` holds ``server.der`` and ``.pem``, ``controller.der`` and ``.pem`` (keys readable by their owner only),
``trusted/`` with the certificates of clients that the server accepts, and ``user.json`` with name and password.
"""

import datetime as dt
import ipaddress
import secrets
from pathlib import Path

import msgspec

from nightmill.vocabulary.durable_files import write_private
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

VALID_DAYS = 5 * 365
SERVER_URI, CONTROLLER_URI = "urn:nightmill:opcua:server", "urn:nightmill:opcua:controller"
KEY_BITS = 2048
"""The shortest key length that Basic256Sha256 allows (OPC 10000-7)."""


class User(msgspec.Struct, frozen=True):
    """The user who may call methods and write."""

    user: str
    password: str


class Pki(msgspec.Struct, frozen=True):
    """The files of a shop's identities."""

    folder: Path

    def certificate(self, name: str) -> Path:
        """Return the DER file of ``server`` or ``controller``."""
        return self.folder / f"{name}.der"

    def key(self, name: str) -> Path:
        """Return the PEM file of its private key."""
        return self.folder / f"{name}.pem"

    @property
    def trusted(self) -> Path:
        """The folder of client certificates that the server accepts."""
        return self.folder / "trusted"

    def user(self) -> User:
        """Return the file with the user's name and password."""
        return msgspec.json.decode((self.folder / "user.json").read_bytes(), type=User)


def pki_of(shop_dir: Path) -> Pki:
    """Return the identities of a shop, whether or not they exist yet."""
    return Pki(Path(shop_dir) / ".nightmill" / "pki")


def make_identities(shop_dir: Path, *, renew: bool = False) -> Pki:
    """Make the missing files; ``renew`` replaces certificates, keys and password. Raises ``EnvironmentFailed`` if they can't be written."""
    pki = pki_of(shop_dir)
    try:
        pki.trusted.mkdir(parents=True, exist_ok=True)
        pki.folder.chmod(0o700)
        for name, uri, is_server in (("server", SERVER_URI, True), ("controller", CONTROLLER_URI, False)):
            if renew or not (pki.certificate(name).exists() and pki.key(name).exists()):
                _make(pki, name, uri, is_server=is_server)
        (pki.trusted / "controller.der").write_bytes(pki.certificate("controller").read_bytes())
        if renew or not (pki.folder / "user.json").exists():
            user = User("controller", secrets.token_urlsafe(24))
            write_private(pki.folder / "user.json", msgspec.json.encode(user))
    except OSError as error:
        remedy = "Free some space or correct the permissions."
        raise EnvironmentFailed(Finding(str(pki.folder), "", str(error), "a folder to write in", remedy)) from error
    return pki


def _make(pki: Pki, name: str, uri: str, *, is_server: bool) -> None:
    """An application instance certificate with the extensions that OPC 10000-6 (6.2.2) requires."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Nightmill {name}")])
    now = dt.datetime.now(dt.UTC)
    names = [
        x509.UniformResourceIdentifier(uri),
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if is_server else ExtendedKeyUsageOID.CLIENT_AUTH
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True, key_agreement=False,
        key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding
    no_password = serialization.NoEncryption()
    text = key.private_bytes(encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    write_private(pki.key(name), text)
    pki.certificate(name).write_bytes(certificate.public_bytes(encoding.DER))
