"""Every word for people can be translated, and every number and date follows the language (tests/unmarked_text.py)."""

from pathlib import Path

import pytest

from tests import unmarked_text

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))

# Their words are for logs, developers, SQL, the models that are asked, or are recognised in what people write.
NOT_FOR_PEOPLE = (
    "chat/conversations/filler_words.py",
    "chat/files/reader_process.py",
    "chat/search/checks.py",
    "chat/search/postgresql.py",
    "chat/search/sqlite.py",
    "chat/management",
    "chat/mcp/process",
    "chat/upkeep",
    "chat/migrations",
    "chat/models/ancestors.py",
    "chat/openrouter",
    "chat/model_request/images.py",
    "chat/model_request/files.py",
    "chat/reply_content/rounds.py",
    "chat/replies/tool_runs.py",
    "chat/side_requests/title.py",
    "chat/spending/costs_by_chat.py",
    "chat/tools",
)
# Names of files, which sort by date; and the stream, whose reader is a script.
NOT_READ = ("chat/archive/filenames.py", "chat/streaming/sse.py")
ALL_MODULES = sorted((ROOT / "chat").rglob("*.py"))
MODULES = [path for path in ALL_MODULES if not str(path.relative_to(ROOT)).startswith(NOT_FOR_PEOPLE)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_mark_their_words(path):
    assert unmarked_text.in_template(path) == []
    assert unmarked_text.by_hand_in_template(path) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_words(path):
    assert unmarked_text.in_script(path) == []
    assert unmarked_text.by_hand_in_script(path) == []


def test_python_marks_its_words():
    assert {path: found for path in MODULES if (found := unmarked_text.in_module(path))} == {}
    assert {path: found for path in ALL_MODULES if (found := unmarked_text.wrongly_marked(path))} == {}


def test_python_leaves_formats_to_the_language():
    modules = [path for path in MODULES if not str(path.relative_to(ROOT)).startswith(NOT_READ)]
    assert {path: found for path in modules if (found := unmarked_text.by_hand_in_module(path))} == {}


def test_styles_hold_no_words():
    assert {path: found for path in STYLES if (found := unmarked_text.in_style(path))} == {}


class TestTheCheckWouldNotice:
    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("<p>{{ x }} Shown</p>", "Shown"),
            ("{% if x %}shown{% endif %}", "shown"),
            ("<script src></script>After a script", "After a script"),
            ('<a title="Said">', "Said"),
            ('<img alt="said">', "said"),
            ('<b aria-label="Said by {{ x }}">', "Said by"),
            ('<input placeholder="Said">', "Said"),
            ('<input type="submit" value="Send">', "Send"),
            ('<optgroup label="Makers">', "Makers"),
            ('<meta name="description" content="A site">', "A site"),
            ('<p data-failed="Did not work">', "Did not work"),
            ('<p data-done="Copied">', "Copied"),
            ('{{ x|default:"Nobody" }}', "Nobody"),
            ('{% include "x.html" with label="Try again" %}', "Try again"),
        ],
    )
    def test_in_a_template(self, tmp_path, source, found):
        path = tmp_path / "page.html"
        path.write_text('{% translate "Known" %}{% blocktranslate %}Known{% endblocktranslate %}{# Not #}' + source)

        assert unmarked_text.in_template(path) == [found]

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ('raise Busy("Wait for it.")', "Wait for it."),
            ('label = "Image"', "Image"),
            ('notes.append("sees images")', "sees images"),
            ('said = f"{count} images were left out"', "{} images were left out"),
            ('class Kind(TextChoices):\n    A = "a", "Answer"', "Answer"),
            ('class Form:\n    name = CharField(help_text="as you like")', "as you like"),
            ('return HttpResponse("Too many")', "Too many"),
            ('return format_html("<p>{}, see</p>", x)', ", see"),
        ],
    )
    def test_in_python(self, tmp_path, source, found):
        path = tmp_path / "module.py"
        path.write_text(
            f'"""Not this."""\nraise Busy(_("Not this."))\nlogger.info("Nor this")\nof: "Reply | None"\n{source}\n'
        )

        assert unmarked_text.in_module(path) == [found]

    @pytest.mark.parametrize(
        "source",
        [
            'def f(): _("a" + x)',
            'def f(): gettext(f"{x} is here")',
            'def f(): ngettext("one", f"{x}", x)',
            'LABEL = _("Too early")',
            'class A:\n    label = gettext("Too early")',
        ],
    )
    def test_what_is_marked_in_vain(self, tmp_path, source):
        path = tmp_path / "module.py"
        path.write_text(f'from x import gettext_lazy\nL = gettext_lazy("In time")\ndef g(): _("In time")\n{source}\n')

        assert len(unmarked_text.wrongly_marked(path)) == 1

    @pytest.mark.parametrize("code", ['say("Not yet")', "say('Copied')", "`${name} is empty`", 'x = "not sent yet"'])
    def test_in_a_script(self, tmp_path, code):
        path = tmp_path / "script.js"
        path.write_text(f'// "Not this one"\non("Escape", "a, button", ".prose code", "mod shift o");\n{code}\n')

        assert len(unmarked_text.in_script(path)) == 1

    def test_in_a_style(self, tmp_path):
        path = tmp_path / "style.css"
        path.write_text('a::before { content: "New"; } b::before { content: "•" / ""; } c { align-content: start; }')

        assert unmarked_text.in_style(path) == ["New"]

    def test_what_is_formatted_by_hand(self, tmp_path):
        page, module, script = tmp_path / "page.html", tmp_path / "module.py", tmp_path / "script.js"
        page.write_text("""{{ x|date:"DATE_FORMAT" }}{{ x|date:"j F" }}{{ x|time:'H:i' }}{{ x|intcomma }}""")
        module.write_text('y = [f"${x:.2f}", f"{x:,}", f"{x:%H:%M}", f"{x:>4}", x.strftime("%d")]')
        script.write_text("x.toFixed(2); x.toLocaleString(); x.toLocaleString(language);")

        assert unmarked_text.by_hand_in_template(page) == ["j F", "H:i", "intcomma"]
        assert len(unmarked_text.by_hand_in_module(module)) == 4
        assert len(unmarked_text.by_hand_in_script(script)) == 2
