import gettext
import os

import pytest

from tests.translation_files import GERMAN, write_catalogue
from webapp.languages import find_languages


def compiled(folder, language="de"):
    with (folder / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_without_catalogues_there_is_english(tmp_path):
    assert find_languages([tmp_path / "locale", tmp_path]) == ["en"]


def test_a_catalogue_that_is_dropped_in_is_compiled_and_makes_a_language(tmp_path):
    write_catalogue(tmp_path / "theirs", "pt_BR", {"Account": "Conta"})
    write_catalogue(tmp_path / "ours", "de", GERMAN)

    assert find_languages([tmp_path / "ours", tmp_path / "theirs"]) == ["en", "de", "pt-br"]
    german = compiled(tmp_path / "ours")
    assert german.gettext("Account") == "Konto"
    assert german.ngettext("Answer complete, %(words)s word", "", 2) == "Fertig, %(words)s Wörter"


def test_it_is_compiled_again_only_when_it_has_changed(tmp_path):
    source = write_catalogue(tmp_path, "de", {"Account": "Konto"})
    find_languages([tmp_path])
    compiled_file = source.with_suffix(".mo").stat()
    at = source.stat().st_mtime_ns
    find_languages([tmp_path])
    assert source.with_suffix(".mo").stat().st_ino == compiled_file.st_ino

    write_catalogue(tmp_path, "de", {"Account": "Benutzerkonto"})
    os.utime(source, ns=(at - 10**9, at - 10**9))  # as it was when somebody else wrote it
    find_languages([tmp_path])
    assert compiled(tmp_path).gettext("Account") == "Benutzerkonto"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("%(seconds)s s", "%(sekunden)s s"),
        ("{model} isn't responding right now.", "{modell} antwortet gerade nicht."),
        ("{model} isn't responding right now.", "{model antwortet gerade nicht."),
        ("Send", 'Sen"den'),  # in an attribute that would be its end
        ("Send", "Sen<b>den"),
    ],
)
def test_a_translation_that_would_break_a_page_is_left_in_english(tmp_path, caplog, said, wrong):
    source = write_catalogue(tmp_path, "de", {"Account": "Konto", said: wrong})

    assert find_languages([tmp_path]) == ["en", "de"]
    assert compiled(tmp_path).gettext(said) == said
    assert compiled(tmp_path).gettext("Account") == "Konto"
    assert f"{source}, line" in caplog.text


def test_a_file_that_is_none_stops_nothing(tmp_path, caplog):
    source = write_catalogue(tmp_path, "de", GERMAN)
    source.write_text('Account = "Konto"\n')

    assert find_languages([tmp_path]) == ["en"]
    assert str(source) in caplog.text
