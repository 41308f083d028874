"""How PDFs are read.

Source: OpenRouter docs, "PDF Inputs".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Group

OCR = "mistral-ocr"

FILES = Group(
    "files",
    gettext_lazy("Files"),
    (
        Choice(
            name="pdf_engine",
            label=gettext_lazy("How PDFs are read"),
            help=gettext_lazy(
                "OCR costs $2 per 1,000 pages. By default, it's only used for models that don't accept files."
            ),
            short=gettext_lazy("PDFs:"),
            options=(
                ("native", gettext_lazy("By the model")),
                ("cloudflare-ai", gettext_lazy("As text, free")),
                (OCR, gettext_lazy("By OCR, including scans")),
            ),
        ),
    ),
)
