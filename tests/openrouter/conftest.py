"""A scripted server, plain and with TLS, and a client for it."""

import datetime
import ipaddress
import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chat.openrouter import ApiKey, OpenRouter
from tests.openrouter.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def key() -> ApiKey:
    return ApiKey("sk-or-v1-" + "5ec2e7" * 10)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def tls_server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with scripted_server(context) as server:
        yield server


@pytest.fixture(params=["plain", "tls"])
def any_server(request: pytest.FixtureRequest) -> ScriptedServer:
    server: ScriptedServer = request.getfixturevalue("server" if request.param == "plain" else "tls_server")
    return server


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[OpenRouter]:
    client = OpenRouter(server.url, title="Potluck", referer="http://localhost:8000")
    yield client
    client.close()


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Real exchanges with OpenRouter; too large, and not ours, to be part of the project."""
    folder = os.environ.get("OPENROUTER_RECORDINGS")
    if not folder:
        pytest.skip("OPENROUTER_RECORDINGS names no folder of recorded exchanges")
    return Path(folder)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, signed by itself, with its key in the same file."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OpenRouter in a test")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private_key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private_key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
