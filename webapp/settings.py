"""Django's settings. Those that an operator may set are read from the environment; .env.example explains them."""

import tomllib

from csp.constants import NONE, SELF

from webapp import cookies, environment, languages
from webapp.environment import BASE_DIR
from webapp.secrets import load_secrets

# --- Set by the operator --------------------------------------------------------------------------

DEBUG = environment.flag("DEBUG", default=False)
PORT = environment.number("PORT", 8000, least=1, most=65535)
PUBLIC_URL = environment.origin("PUBLIC_URL", f"http://localhost:{PORT}")
OPENROUTER_URL = environment.origin("OPENROUTER_URL", "https://openrouter.ai")
DEFAULT_MODEL = environment.text("DEFAULT_MODEL", "~google/gemini-flash-latest")
SITE_NAME = environment.text("SITE_NAME", "Potluck")
# What people may spend who have not set limits of their own (chat/spending/limits.py); None is no limit.
LIMIT_PER_MESSAGE = environment.dollars("LIMIT_PER_MESSAGE")
LIMIT_PER_DAY = environment.dollars("LIMIT_PER_DAY")
LIMIT_PER_MONTH = environment.dollars("LIMIT_PER_MONTH")
MCP_ALLOWED_HOSTS = environment.hosts("MCP_ALLOWED_HOSTS")
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
    _secrets = load_secrets(DATA_DIR) | {name: value for name, value in _secrets.items() if value}
SECRET_KEY = _secrets["SECRET_KEY"]
ENCRYPTION_KEYS = environment.fernet_keys("ENCRYPTION_KEYS", _secrets["ENCRYPTION_KEYS"].split(","))

# --- Address --------------------------------------------------------------------------------------

PUBLIC_SCHEME, _, PUBLIC_HOST = PUBLIC_URL.partition("://")
_public_hostname = PUBLIC_HOST.rsplit(":", 1)[0] if PUBLIC_HOST[-1] != "]" else PUBLIC_HOST
# The loopback names are for health checks, and for a proxy that does not pass on the Host header.
ALLOWED_HOSTS = [_public_hostname, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# OpenRouter redirects to no other http address; it shows a code instead. And such a connection is not private.
IS_PRIVATE = PUBLIC_SCHEME == "https" or _public_hostname in ("localhost", "127.0.0.1")
SIGN_IN_BY_CODE = not IS_PRIVATE

# --- Apps and middleware --------------------------------------------------------------------------

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
    "webapp.middleware.permissions",
    "webapp.middleware.known_host",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "webapp.middleware.private_pages",
    "django.middleware.locale.LocaleMiddleware",
    "webapp.middleware.readers_clock",
    "django.middleware.common.CommonMiddleware",
    "webapp.middleware.account",
    "webapp.request_body.RequestBodies",  # needs request.user, and must come before anything that reads a form
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

# --- Storage --------------------------------------------------------------------------------------

DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'potluck.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "webapp.sqlite3"  # Django's, but it waits for locks in Python
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock when a transaction begins. Otherwise a transaction that reads first and writes
        # later fails at once if another one wrote in between, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for a lock
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "webapp.postgresql"  # Django's, but it retries when the pool times out
    # With a pool, because each greenlet would open a connection, and PostgreSQL does not accept hundreds at once.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # the server may have been restarted
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": 10,  # per process; a query takes a millisecond, and a process runs one greenlet at a time
        "timeout": 0.5,  # seconds until a waiting request asks the pool again (webapp/postgresql/base.py)
        "max_idle": 60,  # seconds
        "reconnect_timeout": 0.5,  # seconds; then the next request for a connection tries to connect
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "build" / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs the static files
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "webapp.staticfiles.Storage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # more than the text of any message; images have their own limits
FILE_UPLOAD_HANDLERS = ["chat.images.upload_handler.ImageUploads"]  # its docstring says why it must be the only one

# --- Accounts -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = ["chat.accounts.backend.AccountBackend", "chat.signin.backend.KeptAccount"]
LOGIN_URL = "home"
SESSION_ENGINE = "chat.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # seconds

# --- Security -------------------------------------------------------------------------------------

_cookies = cookies.prefix(PUBLIC_URL)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_cookies}session", f"{_cookies}csrf"
LANGUAGE_COOKIE_NAME, THEME_COOKIE_NAME, ZONE_COOKIE_NAME, SIDEBAR_COOKIE_NAME = (
    f"{_cookies}{name}" for name in ("language", "theme", "zone", "sidebar")
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PUBLIC_SCHEME == "https"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if PUBLIC_SCHEME == "https" else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if IS_PRIVATE else None  # browsers warn about it on plain http
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],  # blob: previews of images that are not uploaded yet
        "media-src": [SELF, "blob:"],  # audio files; blob: a recording before it is sent
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [f"{PUBLIC_URL}/preview/"],  # nowhere else may a preview go, either (chat/views/preview.py)
        "form-action": [SELF, OPENROUTER_URL],  # Chromium also applies it to redirects after a posted form
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DEFAULT_EXCEPTION_REPORTER = "webapp.scrub.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "webapp.scrub.ReporterFilter"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the proxy redirects to https; here every request has the scheme of PUBLIC_URL
    *(["security.W004", "security.W012", "security.W016"] if PUBLIC_SCHEME == "http" else []),  # they need https
    "security.W005",  # HSTS for subdomains would affect other sites
    "security.W021",  # so would the browsers' preload list
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
        "django.request": {"level": "ERROR"},  # without a warning for each 404 and 422
        "django.security": {"handlers": ["strangers"], "propagate": False},
        "webapp.middleware": {"handlers": ["strangers"], "propagate": False},
    },
}

# --- Language -------------------------------------------------------------------------------------

LANGUAGE_CODE = languages.ENGLISH
LOCALE_PATHS = [BASE_DIR / "locale", DATA_DIR / "locale"]
# For any other language of a browser all is in English, numbers and dates, too.
LANGUAGES = [(code, code) for code in languages.find_languages(LOCALE_PATHS)]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
