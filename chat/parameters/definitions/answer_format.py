"""The form of answers: text, or JSON by a schema.

Source: OpenRouter docs, "Structured outputs".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.json_schema import check_schema, check_shape
from chat.parameters.schema import NO_WORDS, Choice, Group, JsonObject

FORMAT = Group(
    "format",
    gettext_lazy("Format"),
    (
        Choice(
            name="response_format",
            label=gettext_lazy("Answer format"),
            help=gettext_lazy("The format of the answers. For JSON, also say in your message what it should contain."),
            short=NO_WORDS,
            supported_by=("response_format", "structured_outputs"),
            options=(
                ("text", gettext_lazy("Text")),
                ("json_object", gettext_lazy("JSON")),
                ("json_schema", gettext_lazy("JSON schema")),
            ),
        ),
        JsonObject(
            name="json_schema",
            label=gettext_lazy("JSON schema"),
            help=gettext_lazy("An object with “name” and “schema”. Each answer is checked against the schema."),
            supported_by=("structured_outputs", "response_format"),
            longest=20_000,
            check=check_schema,
            check_shape=check_shape,
        ),
    ),
)
