"""The images that models make: keys of `image_config`, of which the description of the API names only examples.

Source: OpenRouter docs, "Image generation".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Group

ASPECT_RATIOS = (
    "1:1", "3:2", "2:3", "4:3", "3:4", "5:4", "4:5", "16:9", "9:16", "21:9", "9:21",
    "2:1", "1:2", "4:1", "1:4", "8:1", "1:8",
)  # fmt: skip

IMAGES = Group(
    "images",
    gettext_lazy("Images"),
    (
        Choice(
            name="image_aspect_ratio",
            label=gettext_lazy("Aspect ratio"),
            help=gettext_lazy("Width to height, for images the model makes."),
            short=gettext_lazy("images"),
            path=("image_config", "aspect_ratio"),
            options=tuple((ratio, ratio) for ratio in ASPECT_RATIOS),
        ),
        Choice(
            name="image_size",
            label=gettext_lazy("Image size"),
            help=gettext_lazy("About the length of an edge. Larger images cost more with most models."),
            short=gettext_lazy("images"),
            path=("image_config", "image_size"),
            options=(
                ("0.5K", gettext_lazy("0.5K (512 pixels)")),
                ("1K", gettext_lazy("1K (1024 pixels)")),
                ("2K", gettext_lazy("2K (2048 pixels)")),
                ("4K", gettext_lazy("4K (4096 pixels)")),
            ),
        ),
        Choice(
            name="image_quality",
            label=gettext_lazy("Image quality"),
            help=gettext_lazy("Higher quality takes longer and costs more."),
            short=gettext_lazy("image quality"),
            path=("image_config", "quality"),
            options=(("low", gettext_lazy("Low")), ("medium", gettext_lazy("Medium")), ("high", gettext_lazy("High"))),
        ),
        Choice(
            name="image_background",
            label=gettext_lazy("Image background"),
            help=gettext_lazy("A transparent background needs PNG or WebP as the file format."),
            short=gettext_lazy("image background"),
            path=("image_config", "background"),
            options=(("opaque", gettext_lazy("Opaque")), ("transparent", gettext_lazy("Transparent"))),
        ),
        Choice(
            name="image_format",
            label=gettext_lazy("Image file format"),
            help=gettext_lazy("The format the model sends. This site stores large PNG images as JPEG or WebP."),
            short=gettext_lazy("images as"),
            path=("image_config", "output_format"),
            options=(("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP")),
        ),
    ),
)
