"""Settings of the desk. Everything an operator may change is an environment variable named here.

SHOUYUE_HOME        where the embedded database, keys and originals live (default: ./var)
SHOUYUE_DATABASE    a PostgreSQL address (postgresql://user:password@host:port/name) or a SQLite file (sqlite:///path);
                    empty means SQLite in SHOUYUE_HOME
SHOUYUE_MODE        demo | production (default: demo); production demands https and real secrets
SHOUYUE_HOSTS       comma-separated host names that the desk answers to
SHOUYUE_ADDRESS     the public address of the desk, for links that borrowers get
SHOUYUE_LOG         the evidence log's name, a schema-less address that stays the same for ever (default: shouyue.invalid/desk)
SHOUYUE_NODE        this machine's name in the evidence log (default: desk)
SHOUYUE_CALLBACK    the number that borrowers are told to call with questions, disputes and complaints
SHOUYUE_WITNESSES   a file of witness, group and quorum lines (C2SP tlog-policy) for the evidence log; empty asks nobody
SHOUYUE_ESCROW      a file with three lines `name public-key` (`shouyue evidence escrow-key`): who hold the keys of people under
                    a legal hold, two of three together; empty: a hold forbids erasure, and nobody else holds a key
SHOUYUE_TIME_URL    comma-separated addresses of time-stamping authorities (RFC 3161); empty asks nobody; "own:" is an
                    authority made here, worth nothing in court (the default outside production)
SHOUYUE_OTS         comma-separated addresses of OpenTimestamps calendars that anchor the log's checkpoints hourly; empty: none
SHOUYUE_ANCHOR      account@address of an EVM node that anchors the log's checkpoints hourly; empty anchors nowhere
SHOUYUE_TIME_ROOTS  a PEM file with the root certificates of those authorities
SHOUYUE_SENDERS     comma-separated SMS signatures and caller numbers that are registered to the lender; what is not
                    named here counts as not known to be registered, and waits for a person
SHOUYUE_WECOM       a JSON file with the WeCom corp's ids; its secrets come from the file that it names
SHOUYUE_CACHE       where compiled word lists are kept between starts (default: shouyue in the user's cache directory)
SHOUYUE_ORIGINALS   where originals are kept, when not in SHOUYUE_HOME: s3://bucket/prefix?endpoint=https://…&region=…
                    &lock=governance|compliance&days=3650 (object lock; needs the extra `s3`)
SHOUYUE_PDF_KEY     a PKCS#12 file (.p12) that signs the papers of evidence packages (PAdES); its password stands in the
                    file of the same name with `.password` behind it; empty signs nothing
SHOUYUE_GATEWAYS    a JSON file with the addresses and secrets of the SMS, telephone, letter, visit, mediation and mail gateways
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("SHOUYUE_HOME", "var")).resolve()
MODE = os.environ.get("SHOUYUE_MODE", "demo")
PRODUCTION = MODE == "production"
CALLBACK = os.environ.get("SHOUYUE_CALLBACK", "400-000-0000")
_INVENTED = "" if PRODUCTION else "示例汽车金融有限公司,400-000-0000"
SENDERS = frozenset(s for s in os.environ.get("SHOUYUE_SENDERS", _INVENTED).split(",") if s)
WECOM = os.environ.get("SHOUYUE_WECOM", "")
ORIGINALS = os.environ.get("SHOUYUE_ORIGINALS", "")
PDF_KEY = os.environ.get("SHOUYUE_PDF_KEY", "")
GATEWAYS = os.environ.get("SHOUYUE_GATEWAYS", "")
ADDRESS = os.environ.get("SHOUYUE_ADDRESS", "http://127.0.0.1:8000").rstrip("/")


def _kept_secret(name: str, size: int = 48) -> str:
    """A secret kept in SHOUYUE_HOME/keys, made on first use and readable by the owner alone."""
    path = HOME / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(f".{os.getpid()}")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_urlsafe(size))
        try:
            os.link(fresh, path)  # the first process wins; the others read what it wrote
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text().strip()


def _kept_text(path: str) -> bytes:
    return Path(path).read_bytes() if path else b""


SECRET_KEY = _kept_secret("django")
MASTER_KEY = _kept_secret("master")  # wraps every data key; see vault
LOG_ORIGIN = os.environ.get("SHOUYUE_LOG", "shouyue.invalid/desk")
LOG_NODE = os.environ.get("SHOUYUE_NODE", "desk")
LOG_KEY = _kept_secret("log", 32)  # signs the evidence log's checkpoints; see ledger
LOG_FILES = HOME / "log"
LOG_WITNESSES = _kept_text(os.environ.get("SHOUYUE_WITNESSES", "")).decode()
ESCROW = _kept_text(os.environ.get("SHOUYUE_ESCROW", "")).decode()
LOG_TIME_URLS = [u for u in os.environ.get("SHOUYUE_TIME_URL", "" if PRODUCTION else "own:").split(",") if u]
LOG_ANCHOR = os.environ.get("SHOUYUE_ANCHOR", "")
LOG_CALENDARS = [u for u in os.environ.get("SHOUYUE_OTS", "").split(",") if u]
LOG_AUTHORITIES = _kept_text(os.environ.get("SHOUYUE_TIME_ROOTS", ""))
DEBUG = False
ALLOWED_HOSTS = [h for h in os.environ.get("SHOUYUE_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "ninja",
    "shouyue.desk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shouyue.desk.console.frame.Moment",
    "shouyue.desk.console.frame.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shouyue.desk.console.sign_in.second_factor.SecondFactorRequired",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "shouyue.desk.urls"
WSGI_APPLICATION = "shouyue.desk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # templates stand beside the views of their door
        "DIRS": [HERE / "console", HERE / "portal"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shouyue.desk.console.frame.frame",
            ],
            # our tags and the translating ones are everywhere; the drawings of icons are ours to wrap
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "shouyue.desk.console.tags",
            ],
        },
    }
]


def _database(address: str) -> dict[str, object]:
    if not address or address.startswith("sqlite:///"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(address.removeprefix("sqlite:///")) if address else HOME / "desk.sqlite3",
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": HOME / "test.sqlite3"},  # a file, so that tests meet WAL and locks as they are
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: every connection of the desk seals, and what is sealed must survive a power cut
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;PRAGMA secure_delete=ON;",
            },
        }
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
    }


DATABASES = {"default": _database(os.environ.get("SHOUYUE_DATABASE", ""))}
CACHES = {
    # login and link limits count here, so it must be shared between the server's processes
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "desk_cache"}
}

AUTH_USER_MODEL = "desk.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "shouyue.desk.console.sign_in.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # a session ends with the browser, and after SESSION_COOKIE_AGE
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Shouyue"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = sorted(HERE.glob("**/locale"))
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [HERE / "console" / "static", HERE / "portal" / "static"]
STATICFILES_DIRS = [d for d in STATICFILES_DIRS if d.exists()]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [ADDRESS]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
