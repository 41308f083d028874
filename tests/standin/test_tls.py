import pytest
import requests

from tests.standin import StandIn
from tests.standin.certificate import make_certificate
from tests.standin.client import SEES


def test_it_speaks_tls_and_sees_its_client_leave(tmp_path):
    certfile, keyfile = make_certificate(tmp_path)
    with StandIn(certfile=certfile, keyfile=keyfile) as standin:
        assert standin.url.startswith("https://127.0.0.1:")

        def ask(question):
            return requests.post(
                f"{standin.url}/api/v1/chat/completions",
                headers={"Authorization": f"Bearer {standin.make_key()}"},
                json={"model": SEES, "messages": [{"role": "user", "content": question}], "stream": True},
                stream=True,
                verify=certfile,
                timeout=60,
            )

        assert b'"content":"hello"' in ask("[[say hello]]").content
        left = ask("[[mute after=1]]")
        left.close()
        assert standin.wait_for(lambda: standin.closed_early)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            ask("[[cut]]").content  # noqa: B018 - reads to the end
