"""What can be found is always what there is, however it came or went. Runs on both databases."""

import shutil
import sys
from datetime import timedelta
from importlib import invalidate_caches
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from chat.models import Attachment, Conversation, Findable, Message, User
from chat.search import backlog, checks, folding, index
from chat.search import find as find_module
from chat.search.backlog import catch_up_all
from chat.search.find import Hit, find
from chat.search.folding import Folded
from webapp.environment import BASE_DIR

pytestmark = pytest.mark.database

REMAKES_TABLES = """
from django.db import migrations, models

def change_a_text(apps, schema_editor):
    apps.get_model("chat", "Message").objects.filter(text="before").update(text="meanwhile")

class Migration(migrations.Migration):
    dependencies = [("chat", "{last}")]
    operations = [
        migrations.AlterField("message", "role", models.CharField(max_length=20)),
        migrations.AlterField("conversation", "title", models.CharField(max_length=300)),
        migrations.AlterField("attachment", "name", models.CharField(max_length=300)),
        migrations.AlterField("findable", "kind", models.CharField(max_length=20)),
        migrations.RunPython(change_a_text, migrations.RunPython.noop),
    ]
"""


def said(chat: Conversation, text: str, **fields) -> Message:
    return Message.objects.create(conversation=chat, role="user", text=text, **fields)


def is_found(user: User, typed: str) -> bool:
    return bool(find(user.id, typed))


def hits(user: User, typed: str) -> list[Hit]:
    return [hit for chat in find(user.id, typed).chats for hit in chat.hits]


def assert_index_is_sound() -> None:
    """It holds the words of what is in chat_findable, and nothing else."""
    catch_up_all()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # raises when it is not
            cursor.execute("INSERT INTO chat_findable_index (chat_findable_index, rank) VALUES ('integrity-check', 1)")


def test_asking_and_answering(alice):
    alice.signs_in()
    alice.asks("Which flour? [[reasoning]] [[say Take strong **wheat** flour.]]")
    reply = alice.latest_reply()
    chat, question = reply.message.conversation.get_absolute_url(), reply.message.parent_id

    assert [hit.message.url for hit in hits(alice.user, "wheat flour")] == [
        f"{chat}?branch={reply.message_id}#answer-{reply.id}",
        f"{chat}?branch={question}#message-{question}",
    ]
    assert reply.reasoning
    assert not is_found(alice.user, f'"{reply.reasoning[:40]}"')


def test_editing_a_message_and_renaming_a_chat(me, chat):
    message = said(chat, "first words")
    message.text = "second words"
    message.save()
    assert (is_found(me, "first"), is_found(me, "second")) == (False, True)

    Message.objects.filter(pk=message.pk).update(text="third words")
    assert (is_found(me, "second"), is_found(me, "third")) == (False, True)

    chat.title = "Another name"
    chat.save()
    assert (is_found(me, "untitled"), is_found(me, "another name")) == (False, True)
    assert_index_is_sound()


def test_deleting_a_message(me, chat):
    emptied, removed = said(chat, "bread"), said(chat, "cake")
    Message.objects.filter(pk=emptied.pk).update(text="", deleted_at=timezone.now())
    removed.delete()

    assert not is_found(me, "bread")
    assert not is_found(me, "cake")
    assert Findable.objects.filter(kind="message").count() == 0
    assert_index_is_sound()


def test_attachments_that_come_change_and_go(me, chat):
    message = said(chat, "")
    attachment = Attachment.objects.create(message=message, position=0, name="a.txt", text="first")
    assert is_found(me, "first")

    Attachment.objects.filter(pk=attachment.pk).update(text="second")
    assert (is_found(me, "first"), is_found(me, "second")) == (False, True)

    attachment.delete()
    assert not is_found(me, "second")
    assert_index_is_sound()


def test_deleting_a_chat_for_now_and_for_good(me, chat):
    message = said(chat, "bread")
    Attachment.objects.create(message=message, position=0, name="a.txt", text="yeast")
    said(chat, "cake", parent=message)
    Conversation.objects.filter(pk=chat.pk).update(deleted_at=timezone.now())
    assert not is_found(me, "bread")

    Conversation.with_deleted.filter(pk=chat.pk).update(deleted_at=None)
    assert is_found(me, "bread yeast")

    chat.delete()
    assert Findable.objects.count() == 0
    assert_index_is_sound()


def test_deleting_an_account_removes_all_of_it(me, chat):
    said(chat, "bread")
    me.delete()

    assert Findable.objects.count() == 0


def test_what_is_imported_in_bulk(me):
    chats = Conversation.objects.bulk_create(
        Conversation(user=me, title=f"Old {number}", model="m") for number in range(3)
    )
    messages = Message.objects.bulk_create(
        Message(conversation=each, role="user", text=f"bread {each.title}") for each in chats
    )
    Attachment.objects.bulk_create(Attachment(message=each, position=0, name="a", text="yeast") for each in messages)

    assert len(find(me.id, "old").chats) == 3
    assert len(hits(me, "bread yeast")) == 3
    assert_index_is_sound()


def test_what_is_rolled_back_leaves_no_trace(me, chat):
    with transaction.atomic():
        said(chat, "bread")
        transaction.set_rollback(True)

    assert not is_found(me, "bread")
    assert_index_is_sound()


@pytest.fixture
def remaking_migration(monkeypatch, settings, tmp_path):
    """Migrations after which the tables are others: on SQLite made anew under new rowids, without triggers."""
    package = tmp_path / "remaking_migrations"
    shutil.copytree(BASE_DIR / "chat" / "migrations", package)
    last = max(path.stem for path in package.glob("0*.py"))
    Path(package / "9999_remakes_tables.py").write_text(REMAKES_TABLES.format(last=last))
    monkeypatch.syspath_prepend(tmp_path)
    invalidate_caches()
    settings.MIGRATION_MODULES = {"chat": "remaking_migrations"}
    yield "remaking_migrations"
    call_command("migrate", "chat", last, verbosity=0)
    for name in [name for name in sys.modules if name.startswith("remaking_migrations")]:
        del sys.modules[name]


def test_migrate_that_recreates_the_tables(transactional_db, me, chat, remaking_migration):
    said(chat, "before")
    said(chat, "stays")
    call_command("migrate", verbosity=0)

    assert (is_found(me, "before"), is_found(me, "meanwhile"), is_found(me, "stays")) == (False, True, True)
    Message.objects.update(text="after")
    assert (is_found(me, "meanwhile"), is_found(me, "after")) == (False, True)
    chat.delete()
    assert_index_is_sound()


OLD_INDEX = {
    "sqlite": [
        "CREATE VIRTUAL TABLE chat_findable_words USING fts5(text, content='chat_findable', content_rowid='id')",
        "INSERT INTO chat_findable_words (chat_findable_words) VALUES ('rebuild')",
        """CREATE TRIGGER chat_findable_words_update AFTER UPDATE ON chat_findable FOR EACH ROW BEGIN
            INSERT INTO chat_findable_words (rowid, text) VALUES (NEW.id, NEW.text); END""",
    ],
    "postgresql": [
        "ALTER TABLE chat_findable ADD COLUMN words tsvector",
        "CREATE INDEX chat_findable_words ON chat_findable USING gin (words)",
        "CREATE FUNCTION chat_find_fold(raw text) RETURNS text LANGUAGE sql AS $$ SELECT lower(raw) $$",
        """CREATE FUNCTION chat_find_on_findable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            NEW.words := array_to_tsvector(ARRAY[chat_find_fold(NEW.text)]); RETURN NEW; END $$""",
        """CREATE TRIGGER chat_find_findable BEFORE INSERT OR UPDATE ON chat_findable
            FOR EACH ROW EXECUTE FUNCTION chat_find_on_findable()""",
    ],
}


def test_the_index_of_an_older_version_is_replaced(transactional_db, me, chat):
    said(chat, "मीटर and C++")
    call_command("migrate", "chat", "0009", verbosity=0)
    with connection.cursor() as cursor:
        for statement in OLD_INDEX[connection.vendor]:
            cursor.execute(statement)
    call_command("migrate", verbosity=0)

    assert is_found(me, "मीटर C++")
    assert not is_found(me, "मोटर")
    Message.objects.update(text="cake")
    assert (is_found(me, "मीटर"), is_found(me, "cake")) == (False, True)
    assert_index_is_sound()
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        columns = {each.name for each in connection.introspection.get_table_description(cursor, "chat_findable")}
    assert "chat_findable_words" not in tables
    assert "words" not in columns


def test_texts_of_an_older_folding_are_found_until_they_are_folded_again(me, chat, monkeypatch):
    said(chat, "bread")
    assert is_found(me, "bread")
    monkeypatch.setattr(backlog, "VERSION", folding.VERSION + 1)
    monkeypatch.setattr(backlog, "_batches", lambda user_id: iter([1]))  # as if there were no time
    assert is_found(me, "bread")
    monkeypatch.undo()

    monkeypatch.setattr(backlog, "VERSION", folding.VERSION + 1)
    monkeypatch.setattr(backlog, "_fold_rows", lambda rows: [Folded(id_, text, "dough", 2) for id_, text in rows])
    assert (is_found(me, "bread"), is_found(me, "dough")) == (False, True)
    assert_index_is_sound()


def test_a_part_is_indexed_with_each_look_the_newest_first(me, chat, monkeypatch):
    monkeypatch.setattr(find_module, "CATCH_UP_SECONDS", 0)
    monkeypatch.setattr(backlog, "BATCH_SIZE", 2)
    find(me.id, "untitled")
    now = timezone.now()
    for days in (4, 3, 2, 1, 0):
        said(chat, f"bread{days}", created_at=now - timedelta(days=days))

    looks = [find(me.id, "bread") for _ in range(4)]
    assert [look.is_complete for look in looks] == [False, False, False, True]
    assert [len(look.chats[0].hits) for look in looks] == [2, 3, 3, 3]
    assert is_found(me, "bread4")


def test_what_others_wrote_is_indexed_when_they_look(me, chat):
    stranger = User.objects.create(openrouter_id="user_stranger")
    said(Conversation.objects.create(user=stranger, title="Theirs", model="m"), "cake")
    find(me.id, "bread")

    assert not Findable.objects.filter(user=stranger, folding__gt=0).exists()
    assert is_found(stranger, "cake")


def test_a_text_that_changes_while_it_is_folded_is_folded_again(me, chat, monkeypatch):
    message = said(chat, "bread")
    real = backlog._fold_rows

    def slow(rows):
        if any("bread" in text for _, text in rows):
            Message.objects.filter(pk=message.pk).update(text="cake")
        return real(rows)

    monkeypatch.setattr(backlog, "_fold_rows", slow)
    assert (is_found(me, "bread"), is_found(me, "cake")) == (False, True)
    assert_index_is_sound()


def test_where_nothing_can_be_written_the_rest_is_found(me, chat, monkeypatch, caplog):
    said(chat, "bread")
    find(me.id, "bread")
    said(chat, "cake")

    def refuse(*_):
        raise OperationalError("disk full")

    monkeypatch.setattr(index.engine_for(connection), "store", refuse)
    assert is_found(me, "bread")
    assert "OperationalError" in caplog.text


def test_vacuum_changes_nothing(transactional_db, me, chat):
    for number in range(20):
        said(chat, f"bread{number}")
    Message.objects.filter(text__in=[f"bread{number}" for number in range(0, 20, 2)]).delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")

    assert not is_found(me, "bread4")
    assert len(hits(me, "bread5")) == 1
    Message.objects.filter(text="bread5").update(text="cake")
    assert not is_found(me, "bread5")
    assert_index_is_sound()


def test_a_site_whose_migration_was_cut_off_mends_itself_at_the_next_start(transactional_db, me, chat):
    changed, gone, attached = said(chat, "old"), said(chat, "gone"), said(chat, "look")
    index.drop_index(using="default", plan=[("a migration", False)])
    Message.objects.filter(pk=changed.pk).update(text="new")
    gone.delete()
    Attachment.objects.create(message=attached, position=0, name="a.txt", text="yeast")
    Conversation.objects.update(title="Renamed")
    said(Conversation.objects.create(user=me, title="Second", model="m"), "missed")
    assert is_found(me, "old"), "nothing was taken down"

    call_command("migrate", verbosity=0)

    assert [word for word in ("old", "gone", "untitled") if is_found(me, word)] == []
    assert [word for word in ("new", "renamed", "second", "missed", "look yeast") if not is_found(me, word)] == []
    assert_index_is_sound()


def test_a_repair_that_was_cut_off_is_repeated_at_the_next_start(transactional_db, me, chat, monkeypatch):
    """The triggers are created before it, so they do not show that it has not ended."""
    index.drop_index(using="default", plan=[("a migration", False)])
    said(chat, "missed")

    def die(connection):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(index, "repair_rows", die)
        with pytest.raises(SystemExit):
            call_command("migrate", verbosity=0)
    assert not is_found(me, "missed")
    call_command("migrate", verbosity=0)

    assert is_found(me, "missed")
    assert_index_is_sound()
    assert index.UNFINISHED not in connection.introspection.table_names()


def test_it_can_be_rebuilt_in_batches(transactional_db, me, chat, monkeypatch, capsys):
    monkeypatch.setattr(index, "BATCH", 7)
    for number in range(20):
        said(chat, f"bread{number}")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM chat_findable")
        index.engine_for(connection).drop_index(cursor)

    call_command("rebuild_search")

    assert "21 texts indexed" in capsys.readouterr().out
    assert len(hits(me, "bread13")) == 1
    assert_index_is_sound()


def test_migrating_when_all_is_in_place_costs_three_questions(me, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        index.create_index(using="default")


def test_a_sqlite_without_fts5_is_reported_before_anything_is_set_up(monkeypatch):
    if connection.vendor != "sqlite":
        return
    assert checks.sqlite_has_fts5() == []
    monkeypatch.setattr(checks, "PROBE", checks.PROBE.replace("fts5", "fts99"))

    (error,) = checks.sqlite_has_fts5()
    assert "no such module" in error.msg
