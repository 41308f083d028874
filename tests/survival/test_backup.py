"""`manage.py backup` of a running site, and `manage.py restore` in another place."""

import shutil
import sqlite3
import stat
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.django_client import image_file
from tests.standin import StandIn
from tests.survival.browser_tab import Person
from tests.survival.site_process import KillableSite
from tests.webapp.test_start import run

ANOTHER_KEY = Fernet.generate_key().decode()

pytestmark = pytest.mark.timeout(400)


def command(name: str, file: Path, data: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return run(["manage.py", name, str(file), *flags], data)


@pytest.fixture(scope="module")
def backed_up(one_standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that was just answering, and of its backup."""
    folder = tmp_path_factory.mktemp("backup")
    with KillableSite(folder, openrouter_url=one_standin.url) as site, Person(site, one_standin) as person:
        person.posts("/chats/", files=[("images", ("red.png", image_file().read()))], text="[[say Before]]")
        going_on = person.begins("[[tokens n=200 rate=40]]")
        going_on.reads(until=lambda tab: int(tab.last_word or 0) > 5)
        done = command("backup", folder / "backup.tar", folder / "data")
        assert (done.returncode, done.stderr) == (0, "")
        person.posts("/chats/", text="[[say After]]")
    return folder


@pytest.fixture
def backup(backed_up, tmp_path) -> Path:
    shutil.copytree(backed_up, tmp_path, dirs_exist_ok=True)
    return tmp_path / "backup.tar"


def test_a_restored_site_is_the_same(backup, opens, openrouter, tmp_path):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".backup*")), "nothing is left of making it"
    done = command("restore", backup, tmp_path / "restored")
    assert (done.returncode, done.stderr) == (0, "")
    assert "before-restore" in done.stdout, "secrets had been made, and are kept"

    person = Person(opens("another", DATA_DIR=str(tmp_path / "restored")), openrouter)
    chats = person.looks_at("/").text
    assert "[[say Before]]" in chats
    assert "[[say After]]" not in chats
    images = [path for path in (tmp_path / "restored" / "media" / "pictures").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in images] == [
        path.read_bytes() for path in (tmp_path / "data" / "media" / "pictures").rglob("*") if path.is_file()
    ]
    assert images
    for path in (tmp_path / "restored").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_an_existing_file_or_site_is_not_overwritten(backup, tmp_path):
    before = backup.read_bytes()
    assert "already exists" in command("backup", backup, tmp_path / "data").stderr
    assert backup.read_bytes() == before
    there = (tmp_path / "data" / "potluck.sqlite3").read_bytes()
    assert "There is already a site" in command("restore", backup, tmp_path / "data").stderr
    assert (tmp_path / "data" / "potluck.sqlite3").read_bytes() == there

    assert command("restore", backup, tmp_path / "data", "--force").returncode == 0
    (aside,) = (tmp_path / "data").glob("before-restore-*")
    with closing(sqlite3.connect(aside / "potluck.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM chat_message WHERE text = '[[say After]]'").fetchone() == (1,)
    assert command("backup", backup, tmp_path / "data", "--force").returncode == 0


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20_000])


def other_words(file: Path) -> None:
    file.write_text("Dear diary")


def climbing(file: Path) -> None:
    with tarfile.open(file, "a") as archive:
        archive.add(__file__, "media/../../climbed")


def a_link(file: Path) -> None:
    with tarfile.open(file, "a") as archive:
        info = tarfile.TarInfo("media/link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(info)


def newer(file: Path) -> None:
    content = file.read_bytes()
    assert content.count(b"0001_initial") >= 1
    at = content.rindex(b"0001_initial")
    file.write_bytes(content[:at] + b"9001_" + content[at + 5 :])


def broken_database(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[9000:30_000] = b"?" * 21_000
    file.write_bytes(content)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a site that nobody has seen yet."""
    folder = tmp_path_factory.mktemp("unseen")
    for what in (["manage.py", "migrate"], ["manage.py", "backup", str(folder / "plain.tar")]):
        assert run(what, folder / "data").returncode == 0
    return folder / "plain.tar"


@pytest.fixture
def plain_backup(unseen, tmp_path) -> Path:
    return Path(shutil.copy(unseen, tmp_path))


def test_a_site_with_links_comes_back_with_files(unseen, tmp_path):
    data, elsewhere, back = tmp_path / "data", tmp_path / "elsewhere", tmp_path / "restored"
    shutil.copytree(unseen.parent / "data", data)
    elsewhere.mkdir()
    (data / "secrets.json").rename(elsewhere / "secrets.json")  # as where they are mounted
    (data / "secrets.json").symlink_to(elsewhere / "secrets.json")
    (data / "media").mkdir(exist_ok=True)
    for name in ("media/a.webp", "elsewhere.po"):
        (elsewhere / Path(name).name).write_text(name)
    for name in ("a", "b"):
        (data / "media" / f"{name}.webp").hardlink_to(elsewhere / "a.webp")
    (data / "locale").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(elsewhere)
    assert command("backup", tmp_path / "links.tar", data).returncode == 0
    done = command("restore", tmp_path / "links.tar", back)

    assert (done.returncode, done.stderr) == (0, "")
    assert (back / "secrets.json").read_text() == (data / "secrets.json").read_text()
    assert (back / "media" / "a.webp").read_text() == (back / "media" / "b.webp").read_text() == "media/a.webp"
    assert (back / "locale" / "elsewhere.po").read_text() == "elsewhere.po"
    assert not [path for path in back.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ""),
        ({"ENCRYPTION_KEYS": ANOTHER_KEY}, "It does not include ENCRYPTION_KEYS, because"),
        ({"SECRET_KEY": "another" * 10}, "It does not include SECRET_KEY, because"),
        (
            {"SECRET_KEY": "another" * 10, "ENCRYPTION_KEYS": ANOTHER_KEY},
            "It does not include SECRET_KEY and ENCRYPTION_KEYS, because",
        ),
    ],
    ids=["none", "keys", "secret", "both"],
)
def test_it_says_which_secrets_in_use_are_not_in_it(unseen, tmp_path, given, said):
    """The generated ones still are, which the operator has replaced since."""
    shutil.copytree(unseen.parent / "data", tmp_path / "data")
    done = run(["manage.py", "backup", str(tmp_path / "with.tar")], tmp_path / "data", **given)

    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout
    assert ("does not include" in done.stdout) == bool(said)


@pytest.mark.parametrize("harm", [truncated, other_words, climbing, a_link, newer, broken_database])
def test_a_backup_that_cannot_be_restored_changes_nothing(plain_backup, tmp_path, harm):
    harm(plain_backup)
    done = command("restore", plain_backup, tmp_path / "restored")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ("newer than this code" if harm is newer else "is damaged") in done.stderr
    assert [path.name for path in (tmp_path / "restored").iterdir()] == ["secrets.json"]
    assert not list(tmp_path.rglob("climbed"))


def test_a_file_that_cannot_be_read_or_written(tmp_path):
    assert command("restore", tmp_path / "none.tar", tmp_path / "data").stderr.endswith("No such file or directory.\n")
    run(["manage.py", "migrate"], tmp_path / "data")
    done = command("backup", tmp_path / "no" / "folder.tar", tmp_path / "data")
    assert done.stderr.endswith("folder.tar could not be written: No such file or directory.\n")
