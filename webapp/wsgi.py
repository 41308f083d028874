"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

django = get_wsgi_application()

from webapp.request_body import with_received_bodies  # noqa: E402 (not before Django is set up)

application = with_received_bodies(django)
