"""/prompts/: texts that a person has saved, for messages."""

import pytest

from chat.models import Prompt
from chat.models.prompt import variables_in
from tests.django_client import Page

SUM_UP = {"name": "Sum up", "text": "Sum up {{what}} in {{language}}.\n"}


@pytest.fixture(autouse=True)
def _signed_in(alice, bob):
    alice.signs_in()
    bob.signs_in()


@pytest.fixture
def prompt(alice):
    return Prompt.objects.create(user=alice.user, **SUM_UP)


def looks(person, address="/prompts/"):
    return Page(person.client.get(address))


def test_one_is_added_and_listed(alice, bob):
    response = alice.client.post("/prompts/", {"name": "  Sum \n up ", "text": SUM_UP["text"]})

    assert (response.status_code, response.headers["Location"]) == (302, "/prompts/")
    assert looks(alice).one(".presets h2").get_text() == "Sum up"
    assert Prompt.objects.get().text == SUM_UP["text"]
    assert "Sum up" not in looks(bob).html


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": " "}, "Enter a name for the prompt."),
        ({"name": "x" * 61}, "up to 60 characters"),
        ({"text": " \n"}, "Write something first."),
        ({"text": "x" * 20_001}, "up to 20000 characters"),
        ({"text": "".join(f"{{{{v{number}}}}}" for number in range(21))}, "up to 20 variables"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_what_cannot_be_saved_gets_a_sentence_and_stays(alice, prompt, fields, fault, is_new):
    sent = {"name": "Other", "text": "Other text"} | fields
    page = Page(alice.client.post("/prompts/" if is_new else f"/prompts/{prompt.pk}/", sent))

    assert page.status == 422
    assert fault in page.one(".fault").get_text()
    assert page.one("[name=name]")["value"] == sent["name"]
    assert page.one("[name=text]").get_text().strip("\n") == sent["text"].strip("\n")
    assert Prompt.objects.get().name == "Sum up"


def test_one_is_edited_and_deleted(alice, prompt):
    page = looks(alice, f"/prompts/{prompt.pk}/")
    assert page.one("[name=text]").get_text() == f"\n{SUM_UP['text']}"

    response = alice.client.post(f"/prompts/{prompt.pk}/", {"name": "Short", "text": "Be short.\r\nPlease."})
    changed = Prompt.objects.get()
    assert response.status_code == 302
    assert (changed.name, changed.text, changed.updated_at > prompt.updated_at) == ("Short", "Be short.\nPlease.", True)
    alice.client.post(f"/prompts/{prompt.pk}/deletion/")
    assert not Prompt.objects.exists()


def test_there_is_a_limit(alice):
    Prompt.objects.bulk_create(Prompt(user=alice.user, name=f"{number}", text="x") for number in range(200))

    response = alice.client.post("/prompts/", SUM_UP)

    assert response.status_code == 422
    assert "You have 200 prompts." in response.content.decode()
    assert Prompt.objects.count() == 200


def test_the_list_takes_as_many_queries_for_twenty_as_for_two(alice, django_assert_max_num_queries):
    Prompt.objects.bulk_create(Prompt(user=alice.user, name=f"{number}", text="x") for number in range(20))

    with django_assert_max_num_queries(6):
        looks(alice)
    with django_assert_max_num_queries(6):
        looks(alice, "/prompts/?menu=1")


def test_the_menu_has_presets_and_prompts_and_no_texts(alice, bob, prompt):
    preset = alice.user.presets.create(name="Tutor")
    alice.user.presets.create(settings={"top_p": 1})  # of one new chat, without a name
    Prompt.objects.filter(pk=prompt.pk).update(text="x" * 20_000)
    page = looks(alice, "/prompts/?menu=1")

    assert [name.get_text() for name in page.soup.select("[role=option] > .name")] == ["Tutor", "Sum up"]
    assert page.one("[data-opens]")["data-opens"] == f"/?preset={preset.pk}"
    assert page.one("[data-inserts]")["data-inserts"] == f"/prompts/{prompt.pk}/?menu=1"
    assert len(page.html) < 5_000
    assert not looks(bob, "/prompts/?menu=1").soup.select("[role]:not([role=status])")


def test_a_prompt_for_the_menu_has_its_text_and_a_field_for_each_variable(alice, bob, prompt):
    page = looks(alice, f"/prompts/{prompt.pk}/?menu=1")

    assert [label.get_text() for label in page.soup.select("label")] == ["what", "language"]
    assert page.one("template").get_text() == SUM_UP["text"]
    assert bob.client.get(f"/prompts/{prompt.pk}/?menu=1").status_code == 404


def test_names_and_texts_are_escaped(alice):
    hostile = "</template><script>alert(1)</script>"
    prompt = Prompt.objects.create(user=alice.user, name=f'"{hostile}'[:60], text=hostile)
    alice.user.presets.create(name=f'"{hostile}'[:60])

    for address in ("/prompts/", "/prompts/?menu=1", f"/prompts/{prompt.pk}/", f"/prompts/{prompt.pk}/?menu=1"):
        assert "<script>alert" not in looks(alice, address).html


def test_presets_and_prompts_are_linked(alice):
    for address in ("/account/", "/presets/"):
        assert looks(alice, address).soup.select("a[href='/prompts/']")
    for address in ("/account/", "/prompts/"):
        assert looks(alice, address).soup.select("a[href='/presets/']")


def test_of_an_imported_prompt_only_so_many_variables_are_asked_for():
    text = "".join(f"{{{{v{number}}}}}" for number in range(21))

    assert Prompt(text=text).variables == [f"v{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{a}} {{ b  c }} {{a}} {{d_e-f}}", ["a", "b c", "d_e-f"]),
        ("{{Größe}} {{भाषा}} {{第1}}", ["Größe", "भाषा", "第1"]),
        ("{{}} {{ }} {{a.b}} {{a\nb}} {a} {{{}}} {{<b>}}", []),
        ("{{{a}}}", ["a"]),
        (f"{{{{{'x' * 40}}}}} {{{{{'y' * 41}}}}}", ["x" * 40]),
    ],
)
def test_variables_are_names_in_double_braces(text, names):
    assert variables_in(text) == names
