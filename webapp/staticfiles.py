from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Hashed names and compressed copies; imports between ES modules get the hashed names too, so no build."""

    support_js_module_import_aggregation = True
