"""What docs/operating.md and the files for Docker tell an operator, tried with the programs they are for."""

import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

import chat.urls
from chat.views.body_limit import limit_of
from tests.settings import SITE_VARIABLES
from tests.site import free_port, wait_for_port
from webapp.environment import BASE_DIR

# To compress all static files as well as possible takes 13 seconds; `make build/static.stamp` has done it.
MANAGE_WITHOUT_COMPRESSING = """
import runpy
from whitenoise.compress import Compressor
Compressor.should_compress = lambda self, name: False
runpy.run_path("manage.py", run_name="__main__")
"""
GUIDE = (BASE_DIR / "docs" / "operating.md").read_text()


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"needs {program}")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.S | re.M)
    return found


def tried(*command: str, **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def nginx_file(tmp_path):
    """Our part of nginx's configuration in a whole one, with a certificate for this machine."""
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    names = ["-subj", "/CN=chat.example.org", "-addext", "subjectAltName=IP:127.0.0.1"]
    tried("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *names, *files)

    def write(**replaced: str) -> Path:
        ours = block("nginx").replace("/etc/letsencrypt/live/chat.example.org", str(tmp_path))
        for pattern, replacement in {"/var/log/nginx": str(tmp_path), **replaced}.items():
            ours = ours.replace(pattern, replacement)
        whole = tmp_path / "nginx.conf"
        whole.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {ours} }}")
        return whole

    return write


@needs("nginx")
def test_nginx_takes_its_part(nginx_file):
    assert "warn" not in tried("nginx", "-t", "-c", str(nginx_file()))


class Echo(BaseHTTPRequestHandler):
    """In place of the site: answers with what it got from the proxy as the addresses of the visitor."""

    def do_GET(self) -> None:
        got = ",".join(self.headers.get_all("X-Forwarded-For", [])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(got)))
        self.end_headers()
        self.wfile.write(got)

    def log_message(self, *_: object) -> None:
        pass


@needs("nginx")
def test_nginx_says_whose_request_it_is_and_believes_nobody_about_it(nginx_file, tmp_path):
    """Otherwise the limits for an address (chat/rate_limit.py) are for all together, or for nobody."""
    https, http = free_port(), free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as site:
        threading.Thread(target=site.serve_forever).start()
        ports = {"listen 443 ": f"listen 127.0.0.1:{https} ", "listen 80;": f"listen 127.0.0.1:{http};"}
        whole = nginx_file(**ports, **{"127.0.0.1:8000": f"127.0.0.1:{site.server_port}"})
        with subprocess.Popen(["nginx", "-c", str(whole), "-g", "daemon off;"]) as nginx:
            try:
                wait_for_port(https)
                forged = {"X-Forwarded-For": "203.0.113.9", "Host": "chat.example.org"}
                got = requests.get(
                    f"https://127.0.0.1:{https}/", headers=forged, verify=str(tmp_path / "fullchain.pem"), timeout=60
                )
            finally:
                nginx.terminate()
                site.shutdown()

    assert got.text == "127.0.0.1"


def test_nginx_is_told_to_say_whose_request_it_is():
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in block("nginx")


def test_the_log_of_nginx_has_no_query():
    (written,) = re.findall(r"^log_format .*?;$", block("nginx"), re.S | re.M)

    assert "$uri" in written
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer)\b", written)


def test_nginx_lets_through_what_the_site_reads():
    """Otherwise people get a page of nginx, without what they wrote."""
    written = re.findall(r"location (?:= )?(\S+) \{.*?client_max_body_size (\d+)m;", block("nginx"), re.S)
    allowed = {address: int(size) * 1024**2 for address, size in written}
    read = {f"/{pattern.pattern}": limit_of(pattern.callback).most_bytes for pattern in chat.urls.urlpatterns}
    imported = read.pop("/account/import/")

    assert (
        max(read.values()) == read["/chats/<uuid:conversation_id>/messages/"] <= allowed["/"] < 1.1 * max(read.values())
    )
    assert imported <= allowed["/account/import/"] < 1.1 * imported


@needs("systemd-analyze")
def test_systemd_takes_the_unit(tmp_path):
    unit = tmp_path / "potluck.service"
    ours = block("ini").replace("/srv/potluck/.venv/bin/python", sys.executable)
    unit.write_text(re.sub(r"^User=.*", "User=daemon", ours, flags=re.M))

    assert tried("systemd-analyze", "verify", "--man=no", str(unit)) == ""


@needs("docker-compose")
def test_the_compose_of_debian_12_reads_ours():
    said = tried("docker-compose", "-f", str(BASE_DIR / "compose.yaml"), "config", cwd=BASE_DIR)

    assert "potluck" in said


def test_compose_passes_on_each_setting():
    given = set(re.findall(r"^      ([A-Z_]+):", (BASE_DIR / "compose.yaml").read_text(), re.M))

    assert given == set(SITE_VARIABLES)


def test_the_image_gets_what_the_site_needs_and_nothing_else(tmp_path):
    everything, *lines = [
        line for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert everything == "*"
    for name in (line[1:] for line in lines if line.startswith("!")):
        source, target = BASE_DIR / name, tmp_path / "image" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists() or name != "locale":
            shutil.copy(source, target)
    here = tmp_path / "image"
    ours = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
    for command in (["collectstatic", "--no-input"], ["migrate", "--verbosity", "0"], ["check"]):
        tried(sys.executable, "-c", MANAGE_WITHOUT_COMPRESSING, *command, cwd=here, env=ours)

    assert {path.name for path in here.iterdir()} <= {line[1:].split("/")[0] for line in lines} | {"build"}
    assert not [path for path in Path(here).rglob("*") if "test" in path.name and "build" not in path.parts]
