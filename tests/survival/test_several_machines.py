"""Several machines on one database: one that lacks shared data does not serve, and says what is missing."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from cryptography.fernet import Fernet

from tests.standin import StandIn
from tests.survival.site_process import KillableSite
from tests.webapp.test_start import COMMAND, SERVE, refuses, run

pytestmark = pytest.mark.timeout(400)
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRETS = {"SECRET_KEY": "s" * 50, "ENCRYPTION_KEYS": OLD}


def readiness(site: KillableSite) -> tuple[int, str]:
    answer = requests.get(f"http://127.0.0.1:{site.port}/readyz", timeout=60)
    return answer.status_code, answer.text


@contextmanager
def running(site: KillableSite) -> Iterator[KillableSite]:
    """It has ended at the end of the block, and not only at that of the test."""
    yield site
    site.terminate()
    site.wait_until_gone()


class EmptySite(KillableSite):
    """One that begins with no database, as its operator's first start does."""

    migrates = True


@pytest.fixture(scope="module")
def first(one_standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a machine that has served."""
    folder = tmp_path_factory.mktemp("first")
    ours = {"openrouter_url": one_standin.url, "DATA_DIR": str(folder / "data"), **SECRETS}
    with EmptySite(folder / "site", **ours) as site:
        assert readiness(site) == (200, "ok\n")
    return folder / "data"


@pytest.fixture
def node(first, tmp_path):
    """What a machine of the same site has to have in common with the first."""
    shutil.copytree(first, tmp_path / "data")
    return {**SECRETS, "DATABASE_URL": f"sqlite:///{tmp_path}/data/potluck.sqlite3"}


def test_the_same_machine_can_start_again(tmp_path, opens, node):
    with running(opens("again", **node)) as site:
        assert readiness(site) == (200, "ok\n")


@pytest.mark.parametrize(
    ("different", "told"),
    [
        ({"SECRET_KEY": "t" * 50}, "SECRET_KEY must be the one"),
        ({"ENCRYPTION_KEYS": OTHER}, "ENCRYPTION_KEYS must contain a key"),
        ({"DATA_DIR": "other"}, "DATA_DIR/media must be the folder"),
    ],
)
def test_another_machine_learns_what_to_share(tmp_path, opens, node, different, told):
    if "DATA_DIR" in different:
        different = {"DATA_DIR": str(tmp_path / "other")}
    said = refuses(run(SERVE, tmp_path / "data", **{**node, **different}))

    assert said.startswith(told)
    assert "run `manage.py accept_data`" in said
    assert run(["manage.py", "accept_data"], tmp_path / "data", **{**node, **different}).returncode == 0
    with running(opens("other", **{**node, **different})) as site:
        assert readiness(site) == (200, "ok\n")


def test_encryption_keys_are_added_and_removed_one_by_one(tmp_path, opens, node):
    for keys in (f"{NEW},{OLD}", NEW):
        with running(opens(keys, **{**node, "ENCRYPTION_KEYS": keys})):
            assert run(COMMAND, tmp_path / "data", **{**node, "ENCRYPTION_KEYS": keys}).returncode == 0

    assert "ENCRYPTION_KEYS must contain" in refuses(run(SERVE, tmp_path / "data", **node))


def test_readiness_notices_missing_data(tmp_path, opens):
    site, data = opens(), tmp_path / "data"
    (data / "media").rename(data / "moved")
    assert readiness(site) == (503, readiness(site)[1])
    assert "All machines must share it" in readiness(site)[1]
    (data / "moved").rename(data / "media")
    assert readiness(site) == (200, "ok\n")

    with closing(sqlite3.connect(data / "potluck.sqlite3")) as database, database:
        database.execute("UPDATE chat_installation SET secret_key_mark = 'of another'")
    assert "SECRET_KEY must be the one" in readiness(site)[1]


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_deleted_database_is_not_ready(tmp_path, opens, comes_back):
    site, database = opens(), tmp_path / "data" / "potluck.sqlite3"
    if comes_back:
        shutil.copy(database, tmp_path / "copy")
    database.unlink()
    if comes_back:
        (tmp_path / "copy").rename(database)

    assert readiness(site) == (503, "database unavailable\n")
    assert requests.get(site.url, timeout=60).status_code in (200, 503)
    assert database.exists() == comes_back, "an empty one would look like a new site"


def test_a_full_disk_is_not_ready(opens):
    site = opens()
    for process in site.workers():
        _, most = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (0, most))

    assert readiness(site) == (503, "disk unavailable: File too large\n")


def test_only_the_owner_can_read_stored_files_even_older_ones(tmp_path, opens, openrouter):
    data = tmp_path / "data"
    with running(opens("before")):
        pass
    theirs = data / "media" / "pictures" / "somebody"
    theirs.mkdir(parents=True)
    (theirs / "image.png").write_bytes(b"?")
    (data / "notes.txt").write_text("the operator's own")
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    site = opens("after")
    requests.post(f"{site.url}/signin/", timeout=60)  # something is written

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*")}
    assert {modes.pop(data / "notes.txt"), stat.S_IMODE(data.stat().st_mode)} == {0o644, 0o755}
    assert {modes[path] for path in modes if path.is_dir()} == {0o700}
    assert {modes[path] for path in modes if path.is_file()} == {0o600}
    assert {path.name for path in modes} >= {"potluck.sqlite3", "potluck.sqlite3-wal", "image.png", "secrets.json"}
