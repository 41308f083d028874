"""The settings of a chat or a preset, as their form sends them: a field for each parameter of chat/parameters/."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.catalogue import cache
from chat.catalogue.pseudo_models import can_be_asked
from chat.formats import decimal
from chat.forms.server_tools import engine_options, price_sentence
from chat.openrouter import Model
from chat.parameters.definitions import GROUPS, PARAMETERS
from chat.parameters.definitions.images import IMAGES
from chat.parameters.request import IMAGE_OPTIONS, is_supported, unused_settings
from chat.parameters.schema import (
    ON,
    Choice,
    Group,
    Invalid,
    JsonObject,
    Lines,
    Number,
    OpenChoice,
    Parameter,
    Switch,
    Text,
    ToolChoice,
    ToolNames,
    Words,
)

LONG_TEXTS = (Text, Lines, JsonObject)


class JoinedInput(forms.MultipleHiddenInput):
    """A field that may be sent several times, read as one text."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return ",".join(super().value_from_datadict(data, files, name) or [])


class ParameterField(forms.Field):
    """The value that a parameter reads from what was typed; None if nothing was."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(required=False, widget=JoinedInput() if isinstance(parameter, ToolNames) else None)
        self.parameter = parameter

    def to_python(self, value: str | None) -> Any:
        try:
            return self.parameter.read(value or "")
        except Invalid as error:
            raise forms.ValidationError(str(error)) from None


ToolWords = tuple[str, Words, Words, str]  # name, title, description, and the server that has it


class OfferedTool(NamedTuple):
    """A tool in the form."""

    name: str
    title: Words
    description: Words
    source: str
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    """A parameter as the form shows it. `text` is what its field has, `is_unused` says that the model ignores it."""

    parameter: Parameter
    text: str
    errors: list[str]
    is_unused: bool
    is_supported: bool
    default: str  # what applies while nothing is set, if that is known
    options: tuple[tuple[str, Words], ...] = ()  # of a choice or a switch that is on by default: values and labels
    offered: tuple["ToolWords", ...] = ()  # tools that can be chosen
    model: Model | None = None

    @property
    def kind(self) -> str:
        """Which markup it has: text, choice, switch (off by default), default_on or words."""
        match self.parameter:
            case ToolNames():
                return "tools"
            case Choice():
                return "choice"
            case Switch(default=True):
                return "default_on"
            case Switch():
                return "switch"
        return "text" if isinstance(self.parameter, LONG_TEXTS) or self.parameter.name == "models" else "words"

    @property
    def id(self) -> str:
        return f"setting-{self.parameter.name}"

    @property
    def is_on(self) -> bool:
        return self.text.strip().lower() in ON

    @property
    def tools(self) -> list["OfferedTool"]:
        """The tools that can be chosen, and those that are chosen although they are not there."""
        chosen = [name.strip() for name in self.text.split(",") if name.strip()]
        known = [OfferedTool(*each, each[0] in chosen) for each in self.offered]
        names = {tool.name for tool in known}
        return [*known, *(OfferedTool(name, name, "", "", True) for name in chosen if name not in names)]

    @property
    def price(self) -> str:
        """What a tool of OpenRouter costs that it turns on."""
        return price_sentence(self.parameter.name, self.model)

    @property
    def lines(self) -> int:
        """The height of its field, in lines of text."""
        return {"system": 5, "json_schema": 8}.get(self.parameter.name, 3)

    @property
    def is_prose(self) -> bool:
        return isinstance(self.parameter, Text)

    @property
    def is_number(self) -> bool:
        return isinstance(self.parameter, Number)

    @property
    def input_mode(self) -> str:
        """The keyboard of a phone: those with digits alone often lack the minus."""
        if not isinstance(self.parameter, Number) or self.parameter.least < 0:
            return "text"
        return "numeric" if self.parameter.is_whole else "decimal"


class SettingsForm(forms.Form):
    """All parameters of a chat. `stored` is what it has; `model` decides what is marked as not used."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        stored: Mapping[str, Any],
        model: Model | None,
        tools: tuple[ToolWords, ...] = (),
    ) -> None:
        super().__init__(data)
        self.stored, self.model, self.tools = stored, model, tools
        self.fields |= {name: ParameterField(parameter) for name, parameter in PARAMETERS.items()}

    def refuse_unchecked(self, sentence: str) -> None:
        """Show what was sent, with this sentence, without validating it: that starts a process for a schema."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        self.add_error(None, sentence)

    @property
    def settings(self) -> dict[str, Any]:
        """What is set, once the form is valid."""
        return {name: self.cleaned_data[name] for name in PARAMETERS if self.cleaned_data.get(name) is not None}

    def groups(self) -> Iterator[tuple[Group, list[Row], bool]]:
        """Each group, its rows with what was sent if the form was, and whether one of them has something.

        That for images is only there for models that make some, or as long as something is set in it.
        """
        unused = unused_settings(self.stored, self.model)
        for group in GROUPS:
            rows = [self._row(parameter, unused) for parameter in group.parameters]
            has_values = any(row.text or row.errors for row in rows)
            if has_values or group is not IMAGES or any(row.is_supported for row in rows):
                yield group, rows, has_values

    def _row(self, parameter: Parameter, unused: Iterable[str]) -> Row:
        name = parameter.name
        stored = parameter.show(self.stored[name]) if name in self.stored else ""
        text = self._sent(name) if self.is_bound else stored
        errors = [str(error) for error in self.errors.get(name, [])] if self.is_bound else []
        has_effect = not unused_settings({name: self.stored.get(name, "")}, self.model)
        default, options = self._default(parameter), self._options(parameter, text)
        return Row(parameter, text, errors, name in unused, has_effect, default, options, self.tools, self.model)

    def _options(self, parameter: Parameter, text: str) -> tuple[tuple[str, Words], ...]:
        """Without those that the model does not have for its images; what is set stays."""
        if isinstance(parameter, ToolChoice):
            known = (*parameter.options, *((name, title) for name, title, *_rest in self.tools))
            return known if text in ("", *dict(known)) else (*known, (text, text))
        if isinstance(parameter, OpenChoice):
            return engine_options(dict(parameter.options), text, self.model)
        if not isinstance(parameter, Choice):
            return (("true", gettext_lazy("On")), ("false", gettext_lazy("Off")))
        if parameter.name not in IMAGE_OPTIONS:
            return parameter.options
        supported = (each for each in parameter.options if is_supported(parameter.name, each[0], self.model))
        chosen = (each for each in parameter.options if each[0] == text)
        return tuple(sorted({*supported, *chosen}, key=parameter.options.index))

    def _sent(self, name: str) -> str:
        field = self.fields[name]
        return str(field.widget.value_from_datadict(self.data, {}, name) or "")

    def _default(self, parameter: Parameter) -> str:
        """What the model's maker recommends, as OpenRouter lists it."""
        defaults = dict(self.model.default_parameters) if self.model else {}
        default = defaults.get(parameter.name)
        return "" if default is None else decimal(default)

    @property
    def _takes_both_lists(self) -> bool:
        """Whether the engine takes allowed and excluded websites at once. Source: OpenRouter docs, "Web Search"."""
        return self.cleaned_data.get("web_search_engine") == "exa"

    def clean(self) -> None:
        data = self.cleaned_data
        if data.get("reasoning_effort") and data.get("reasoning_max_tokens"):
            self.add_error("reasoning_max_tokens", _("Set either an effort or a budget, not both."))
        if data.get("response_format") == "json_schema" and not data.get("json_schema"):
            self.add_error("json_schema", _("Enter a schema for the answers."))
        if data.get("web_allowed_domains") and data.get("web_excluded_domains") and not self._takes_both_lists:
            sentence = _("Only Exa can use both lists. Choose Exa as the search engine, or fill in just one list.")
            self.add_error("web_excluded_domains", sentence)
        for model_id in data.get("models") or []:
            if cache.models() and not can_be_asked(model_id):
                sentence = _("“%(model)s” isn't in OpenRouter's list of models.")
                self.add_error("models", sentence % {"model": model_id})
