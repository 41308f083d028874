import datetime
import ipaddress

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.standin import StandIn
from tests.standin.client import SEES


@pytest.fixture
def certificate(tmp_path):
    """Paths of a certificate for 127.0.0.1 and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certfile, keyfile = tmp_path / "cert.pem", tmp_path / "key.pem"
    certfile.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(certfile), str(keyfile)


def test_it_speaks_tls_and_sees_its_client_leave(certificate):
    certfile, keyfile = certificate
    with StandIn(certfile=certfile, keyfile=keyfile) as standin:
        assert standin.url.startswith("https://127.0.0.1:")

        def ask(question):
            return requests.post(
                f"{standin.url}/api/v1/chat/completions",
                headers={"Authorization": f"Bearer {standin.make_key()}"},
                json={"model": SEES, "messages": [{"role": "user", "content": question}], "stream": True},
                stream=True,
                verify=certfile,
                timeout=10,
            )

        assert b'"content":"hello"' in ask("[[say hello]]").content
        left = ask("[[mute after=1]]")
        left.close()
        assert standin.wait_for(lambda: standin.closed_early, seconds=2)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            ask("[[cut]]").content  # noqa: B018 - reads to the end
