"""Secure MQTT with certificates: the broker admits only known clients, and each machine only to its own topics.

``SHOP/.nightmill/pki/mqtt`` holds ``ca.crt`` and its key, ``broker.crt`` and its key, ``NAME.crt`` and ``NAME.key`` for each client
(keys readable by their owner only), ``acl`` and ``mosquitto.conf``. A client's name is the common name of its certificate, and
the id of the edge node as which it may publish: one for each work unit, one for the shop's own edge node, and ``controller``,
which may read everything and write commands.
"""

import datetime as dt
import ipaddress
import pwd
import ssl
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.drivers.sparkplug.shop_metrics import GROUP, device_id, node_id
from nightmill.drivers.sparkplug.topic import check_id
from nightmill.vocabulary.durable_files import write_private
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.shop import Shop

CONTROLLER, BROKER, CA = "controller", "broker", "ca"
PORT, CA_DAYS, DAYS = 8883, 10 * 365, 2 * 365
SCHEME = "mqtts://"


class BrokerAt(msgspec.Struct, frozen=True):
    """Where a broker listens, and whether it uses TLS."""

    host: str
    port: int
    secure: bool = False

    @property
    def url(self) -> str:
        """The broker's URL."""
        return f"{SCHEME if self.secure else 'mqtt://'}{self.host}:{self.port}"


def read_broker(text: str) -> BrokerAt:
    """Read ``HOST:PORT``, ``mqtt://HOST:PORT`` or ``mqtts://HOST:PORT``. Raises ``BadInput`` for anything else."""
    host, _, port = text.removeprefix(SCHEME).removeprefix("mqtt://").rpartition(":")
    if not (host and port.isdigit() and 0 < int(port) < 65536):
        remedy = "Write it like 127.0.0.1:1883, or mqtts://127.0.0.1:8883 with certificates."
        raise BadInput(Finding("--broker", "", repr(text), "HOST:PORT", remedy))
    return BrokerAt(host, int(port), text.startswith(SCHEME))


def mqtt_folder(shop_dir: Path) -> Path:
    """Return the folder with the identities of a shop's MQTT clients."""
    return Path(shop_dir) / ".nightmill" / "pki" / "mqtt"


def make_mqtt_identities(
    shop_dir: Path, shop: Shop, *, hosts: Sequence[str] = (), port: int = PORT, renew: bool = False
) -> dict[str, str]:
    """Make the missing certificates and write the broker's settings; return their paths by purpose.

    ``hosts``: names and addresses at which clients reach the broker, besides localhost. ``renew``: make a new authority and new
    certificates. Raises ``BadInput`` if a work unit's id can't be an edge node id, ``EnvironmentFailed`` if the files can't be written.
    """
    folder, names = mqtt_folder(shop_dir), client_names(shop)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.parent.chmod(0o700)
        if renew or not _there(folder, CA):
            _make(folder, CA, (), folder)
            renew = True
        for name, told in [(BROKER, ("localhost", "127.0.0.1", *hosts)), *((name, ()) for name in names)]:
            if renew or not _there(folder, name) or (name == BROKER and hosts):
                _make(folder, name, told, folder)
        (folder / "acl").write_text(access_list(GROUP), encoding="utf-8")
        (folder / "mosquitto.conf").write_text(settings(folder, port, bool(hosts)), encoding="utf-8")
    except OSError as error:
        remedy = "Free some space or correct the permissions."
        raise EnvironmentFailed(Finding(str(folder), "", str(error), "a folder to write in", remedy)) from error
    found = {"authority": folder / "ca.crt", "broker": folder / "broker.crt", "settings": folder / "mosquitto.conf"}
    found |= {"access list": folder / "acl"} | {f"client {name}": folder / f"{name}.crt" for name in names}
    return {name: str(path) for name, path in found.items()}


def client_names(shop: Shop) -> list[str]:
    """Return the names of the clients: the controller, the shop's own edge node, and each work unit."""
    names = [CONTROLLER, node_id(shop), *(device_id(unit.id) for unit in shop.work_units)]
    for name in names:
        check_id(name, "edge node id")
        if name in (CA, BROKER) or Path(name).name != name or names.count(name) > 1:
            remedy = "Give the machine or the shop another name."
            raise BadInput(Finding("shop.toml", "id", name, "an id that no other client of the broker has", remedy))
    return names


def access_list(group: str) -> str:
    """Mosquitto's ACL: a known client may publish as the edge node of its own name, and read the commands to it."""
    own = [f"pattern write spBv1.0/{group}/{kind}/%u" for kind in ("NBIRTH", "NDATA", "NDEATH")]
    own += [f"pattern write spBv1.0/{group}/{kind}/%u/+" for kind in ("DBIRTH", "DDATA", "DDEATH")]
    own += [f"pattern read spBv1.0/{group}/NCMD/%u", f"pattern read spBv1.0/{group}/DCMD/%u/+"]
    # a host application's STATE tells an edge node when it may publish its births
    own += ["pattern read spBv1.0/STATE/+"]
    host = ["topic read spBv1.0/#", "topic write spBv1.0/STATE/+"]
    host += [f"topic write spBv1.0/{group}/NCMD/+", f"topic write spBv1.0/{group}/DCMD/+/+"]
    return "\n".join([f"user {CONTROLLER}", *host, "", *own, ""])


def settings(folder: Path, port: int, public: bool) -> str:
    """Mosquitto's settings: TLS 1.2 or newer; clients need a certificate of our authority, and its common name is their user name.

    If root starts the broker, it switches to the owner of the keys, who alone may read them; otherwise it keeps its user.
    """
    folder = folder.resolve()
    lines = (
        f"listener {port}" + ("" if public else " 127.0.0.1"),
        "allow_anonymous false",
        "require_certificate true",
        "use_identity_as_username true",
        "tls_version tlsv1.2",
        f"cafile {folder / 'ca.crt'}",
        f"certfile {folder / 'broker.crt'}",
        f"keyfile {folder / 'broker.key'}",
        f"acl_file {folder / 'acl'}",
        *(f"user {name}" for name in _owner(folder)),
        "persistence false",
        "set_tcp_nodelay true",
        "max_queued_messages 100000",
        "",
    )
    return "\n".join(lines)


def _owner(path: Path) -> list[str]:
    """Return the name of the owner of a file or folder, if the system knows one."""
    try:
        return [pwd.getpwuid(path.stat().st_uid).pw_name]
    except KeyError:
        return []


def client_context(folder: Path, name: str) -> ssl.SSLContext:
    """Return the client's TLS context. Raises ``BadInput`` if there is no certificate of that name."""
    if not _there(folder, name) or not (folder / "ca.crt").exists():
        remedy = f"Make it: nightmill certificates {folder.parents[2]} --mqtt"
        raise BadInput(Finding(str(folder), f"{name}.crt", "nothing", "certificate and key of this client", remedy))
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(folder / "ca.crt"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    return context


def _there(folder: Path, name: str) -> bool:
    return (folder / f"{name}.crt").exists() and (folder / f"{name}.key").exists()


def _make(folder: Path, name: str, hosts: Iterable[str], authority: Path) -> None:
    """Make a key and its certificate, signed by our authority; the authority's own certificate is self-signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing: Any = key
    if name != CA:
        issuer = x509.load_pem_x509_certificate((authority / "ca.crt").read_bytes()).subject
        signing = serialization.load_pem_private_key((authority / "ca.key").read_bytes(), None)
    else:
        subject = issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nightmill shop floor")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=CA_DAYS if name == CA else DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    for extension, critical in _extensions(name, tuple(hosts)):
        made = made.add_extension(extension, critical=critical)
    encoding, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    text = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password)
    write_private(folder / f"{name}.key", text)
    (folder / f"{name}.crt").write_bytes(made.sign(signing, hashes.SHA256()).public_bytes(encoding))


def _extensions(name: str, hosts: tuple[str, ...]) -> list[tuple[Any, bool]]:
    """Return the certificate's extensions: its permitted uses and its hosts (RFC 5280, 4.2.1)."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    is_authority = name == CA
    usage = x509.KeyUsage(
        digital_signature=not is_authority, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=is_authority, crl_sign=is_authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    found: list[tuple[Any, bool]] = [
        (x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), True),
        (usage, True),
    ]
    if not is_authority:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if name == BROKER else ExtendedKeyUsageOID.CLIENT_AUTH
        found.append((x509.ExtendedKeyUsage([purpose]), False))
    if hosts:
        found.append((x509.SubjectAlternativeName([_host(host) for host in dict.fromkeys(hosts)]), False))
    return found


def _host(text: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
