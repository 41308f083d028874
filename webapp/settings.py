"""Django's settings. What an operator may set is read from the environment here and explained in .env.example."""

import tomllib

from csp.constants import NONE, SELF

from webapp import cookies, environment, languages
from webapp.environment import BASE_DIR
from webapp.secrets import made_secrets

# --- What an operator sets ------------------------------------------------------------------------

DEBUG = environment.flag("DEBUG", default=False)
PORT = environment.number("PORT", 8000, least=1, most=65535)
PUBLIC_URL = environment.origin("PUBLIC_URL", f"http://localhost:{PORT}")
OPENROUTER_URL = environment.origin("OPENROUTER_URL", "https://openrouter.ai")
DEFAULT_MODEL = environment.text("DEFAULT_MODEL", "~google/gemini-flash-latest")
SITE_NAME = environment.text("SITE_NAME", "Potluck")
CONTACT = environment.contact("CONTACT")
SOURCE_URL = environment.link("SOURCE_URL")
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / "data")
GRACE_SECONDS = environment.number("GRACE_SECONDS", 30, most=3600)
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

_secrets = {
    "SECRET_KEY": environment.secret("SECRET_KEY"),
    "ENCRYPTION_KEYS": ",".join(environment.items("ENCRYPTION_KEYS")),
}
if not all(_secrets.values()):
    _secrets = made_secrets(DATA_DIR) | {name: value for name, value in _secrets.items() if value}
SECRET_KEY = _secrets["SECRET_KEY"]
ENCRYPTION_KEYS = environment.fernet_keys("ENCRYPTION_KEYS", _secrets["ENCRYPTION_KEYS"].split(","))

# --- Where the site is ----------------------------------------------------------------------------

PUBLIC_SCHEME, _, PUBLIC_HOST = PUBLIC_URL.partition("://")
_public_hostname = PUBLIC_HOST.rsplit(":", 1)[0] if PUBLIC_HOST[-1] != "]" else PUBLIC_HOST
# The loopback names serve health checks and a proxy that passes on its own idea of the host.
ALLOWED_HOSTS = [_public_hostname, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# To any other http address OpenRouter sends nobody back; it shows a code instead. Nor is the connection private there.
IS_PRIVATE = PUBLIC_SCHEME == "https" or _public_hostname in ("localhost", "127.0.0.1")
SIGN_IN_BY_CODE = not IS_PRIVATE

# --- The parts ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "chat",
]
MIDDLEWARE = [
    "webapp.middleware.public_address",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "webapp.middleware.known_host",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "webapp.middleware.private_pages",
    "django.middleware.locale.LocaleMiddleware",
    "webapp.middleware.readers_clock",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.request_body.RequestBodies",  # asks who it is, and comes before anything that reads a form
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "chat.context_processors.site",
            ],
            "builtins": ["django.templatetags.static", "chat.templatetags.potluck"],
        },
    },
]

# --- What is kept ---------------------------------------------------------------------------------

DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'potluck.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "webapp.sqlite3"  # the same, but a lock is waited for in Python
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock when a transaction begins: one that reads first and writes later
        # would otherwise fail at once when somebody else wrote in between, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for a lock
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "webapp.postgresql"  # the same, but who waits for it goes on asking
    # Each greenlet would open its own, and hundreds that begin at once are more than PostgreSQL lets in.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # the server may have been restarted
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": 10,  # per process; a query takes a millisecond, and a process does one thing at a time
        "timeout": 0.5,  # seconds; then who waits for one asks again (webapp/postgresql/base.py)
        "max_idle": 60,  # seconds
        "reconnect_timeout": 0.5,  # seconds; then whoever asks next makes the attempt
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "build" / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs them
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "webapp.staticfiles.Storage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # the text of a message, with room; images have their own limits
FILE_UPLOAD_HANDLERS = ["chat.images.upload_handler.ImageUploads"]  # the only one: see there

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = ["chat.accounts.backend.AccountBackend", "chat.signin.backend.KeptAccount"]
LOGIN_URL = "home"
SESSION_ENGINE = "chat.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # seconds

# --- Safety ---------------------------------------------------------------------------------------

_cookies = cookies.prefix(PUBLIC_URL)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_cookies}session", f"{_cookies}csrf"
LANGUAGE_COOKIE_NAME, THEME_COOKIE_NAME, ZONE_COOKIE_NAME, SIDEBAR_COOKIE_NAME = (
    f"{_cookies}{name}" for name in ("language", "theme", "zone", "sidebar")
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PUBLIC_SCHEME == "https"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if PUBLIC_SCHEME == "https" else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if IS_PRIVATE else None  # browsers complain of it elsewhere
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],  # blob: previews of images that are not uploaded yet
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, OPENROUTER_URL],  # Chromium also asks it where a posted form is redirected to
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DEFAULT_EXCEPTION_REPORTER = "webapp.scrub.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "webapp.scrub.ReporterFilter"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the proxy that ends TLS also redirects to it; here every request has PUBLIC_URL's scheme
    *(["security.W004", "security.W012", "security.W016"] if PUBLIC_SCHEME == "http" else []),  # no TLS, no promises
    "security.W005",  # other sites of the same domain are not ours to bind
    "security.W021",  # nor is the browsers' preload list
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "scrubbed": {
            "()": "webapp.scrub.Formatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {"hourly": {"()": "webapp.scrub.Hourly"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "scrubbed"},
        "strangers": {"class": "logging.StreamHandler", "formatter": "scrubbed", "filters": ["hourly"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.request": {"level": "ERROR"},  # what people mistype is answered on the page
        "django.security": {"handlers": ["strangers"], "propagate": False},
        "webapp.middleware": {"handlers": ["strangers"], "propagate": False},
    },
}

# --- Language -------------------------------------------------------------------------------------

LANGUAGE_CODE = languages.ENGLISH
LOCALE_PATHS = [BASE_DIR / "locale", DATA_DIR / "locale"]
# A browser that wants another language gets English words, and with them English numbers and dates.
LANGUAGES = [(code, code) for code in languages.found_in(LOCALE_PATHS)]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
