"""All settings, read from the environment. ``.env.example`` lists every variable.

Without a single one set, the embedded mode runs: SQLite, in-process sync, in-memory channel layer, local media,
mail written to files. Each ``*_URL`` switches one real service on. ``NAME_FILE`` holds a path to read ``NAME`` from.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environ import FileAwareEnv
from redis import ConnectionPool
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from watchparty.bucket_origins import of_bucket
from watchparty.hosts import local_hosts
from watchparty.secret import stored_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv()

# What this process serves: all, api (pages and REST) or sync (the rooms' sockets).
ROLE = env.str("ROLE", default="all")

# Where everything that this server keeps lies: database, media, mail, its secret.
DATA = Path(env.str("DATA", default=str(BASE_DIR / "var"))).resolve()
DATA.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or stored_secret(DATA / "secret_key")
# Former keys that are trusted still, while what was signed with them lives on: the head of the audit ledger, for one.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
HTTPS = env.bool("HTTPS", default=False)
# The origin that links in mails and invites begin with; empty: the host that the request came to.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or local_hosts()
if PUBLIC_URL and urlsplit(PUBLIC_URL).hostname:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname)
# Origins besides the request's own Host that may open a WebSocket with the session cookie, and post forms.
CSRF_TRUSTED_ORIGINS = env.list("TRUSTED_ORIGINS", default=[]) + ([PUBLIC_URL] if PUBLIC_URL else [])
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
# How far an upload got.
CORS_EXPOSE_HEADERS = ["Range", "Location"]

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "huey.contrib.djhuey",
    "watchparty",
    "accounts",
    "movies",
    "sync",
    "rooms",
    "audit",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "watchparty.urls"
ASGI_APPLICATION = "watchparty.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Data -----------------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
# Empty: the audit ledger is a signed hash chain in the database. immudb://user:password@host:3322/database
IMMUDB_URL = env.str("IMMUDB_URL", default="")
# Who signs the certificate of an ImmuDB at immudbs://, as PEM, where that is nobody whom all trust.
IMMUDB_CA = env.str("IMMUDB_CA", default="")
# The signed copy of the ledger's trusted state; best on a disk of another machine.
AUDIT_COPY = env.str("AUDIT_COPY", default="") or str(DATA / "audit-head.json")
# Seconds between two looks of the worker at the audit trail.
AUDIT_WATCH_SECONDS = env.float("AUDIT_WATCH_SECONDS", default=30)
# Who may read /metrics; empty: nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Web processes behind one port. More than one needs REDIS_URL and PostgreSQL, through which they know of each other.
WORKERS = env.int("WORKERS", default=1)
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that would write waits for the lock at its start, instead of failing in its middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Under ASGI connections that Django keeps for a while leak; the pool keeps them. Each is tried before it is given
    # out, so that a restart of PostgreSQL is not noticed by the requests after it.
    DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    statement_seconds = env.int("DATABASE_STATEMENT_SECONDS", default=15)
    DATABASES["default"]["OPTIONS"] = {
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", default=10),
            # Seconds until who waits for a connection gives up; and how many may wait.
            "timeout": 5,
            "max_waiting": 200,
        },
        "connect_timeout": 5,
        # A host that is gone without a word is noticed within 25 s.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "options": f"-c statement_timeout={statement_seconds}s -c idle_in_transaction_session_timeout=60s",
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "watchparty",
        # Above the stock 300 entries the cache would throw away tickets that are still good.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
CHANNEL_LAYERS: dict[str, Any] = {
    # The stock capacity of 100 drops what comes beyond it without a word; a notice that is lost keeps a door open.
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
}
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# Movies that are processed at once: two, so that a short one needn't wait for hours, but one a processor at the most.
JOB_WORKERS = max(1, min(env.int("JOB_WORKERS", default=2), PROCESSORS))
# Smaller sizes that movies are made in as well, for adaptive streaming: the shorter side in pixels. None by default.
HLS_RENDITIONS = sorted({int(side) for side in env.list("HLS_RENDITIONS", default=[])})
HUEY: dict[str, Any] = {
    "huey_class": "huey.SqliteHuey",
    "name": "watchparty",
    "filename": str(DATA / "jobs.sqlite3"),
    "immediate": False,
    # An idle worker looks for jobs ever more rarely, up to max_delay (seconds): somebody waits for their movie.
    "consumer": {
        # One for mails and the like, which never wait for movies.
        "workers": JOB_WORKERS + 1,
        "worker_type": "thread",
        "periodic": True,
        "max_delay": 0.2,
    },
}
# Seconds. What hangs costs one short time-out, what went down with Redis is connected anew once.
REDIS_LINK: dict[str, Any] = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "health_check_interval": 30}
if REDIS_URL:
    once_more = Retry(NoBackoff(), 1, (RedisConnectionError,))
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "watchparty",
        "OPTIONS": {**REDIS_LINK, "retry": once_more},
    }
    CACHES["sessions"] = CACHES["default"] | {"BACKEND": "watchparty.cache.ForgivingRedisCache"}
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    SESSION_CACHE_ALIAS = "sessions"
    # Subscriptions are silent for long: redis-py's own 5 s would take that for a failure.
    subscribed = REDIS_LINK | {"socket_timeout": 10, "retry": AsyncRetry(NoBackoff(), 1)}
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, **subscribed}], "prefix": "watchparty"},
    }
    # The worker waits in Redis for jobs, a second at a time.
    waiting = REDIS_LINK | {"socket_timeout": 5, "retry": once_more}
    del HUEY["filename"]
    HUEY |= {
        "huey_class": "huey.RedisHuey",
        "connection": {"connection_pool": ConnectionPool.from_url(REDIS_URL, **waiting)},
    }

MEDIA_ROOT = DATA / "media"
MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
# Media in this bucket of Google Cloud Storage; empty: on the disk.
GS_BUCKET_NAME = env.str("GS_BUCKET_NAME", default="")
# In whose name IAM signs URLs, where no key file does.
GS_SA_EMAIL = env.str("GS_SA_EMAIL", default="")
# Google's own libraries read these from the environment as well.
GOOGLE_APPLICATION_CREDENTIALS = env.str("GOOGLE_APPLICATION_CREDENTIALS", default="")
STORAGE_EMULATOR_HOST = env.str("STORAGE_EMULATOR_HOST", default="")
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "disk": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
}
# Movies, posters, subtitles: served by the movies app alone, which checks who asks.
STORAGES["media"] = STORAGES["disk"]
if GS_BUCKET_NAME:
    STORAGES["media"] = {
        "BACKEND": "movies.two_places.TwoPlaces",
        "OPTIONS": {
            "bucket_name": GS_BUCKET_NAME,
            "iam_sign_blob": bool(GS_SA_EMAIL),
            "sa_email": GS_SA_EMAIL,
            "emulator": STORAGE_EMULATOR_HOST,
        },
    }
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served from where they lie, revalidated each time: ES modules import each other by plain names.
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_MAX_AGE = 0

# Uploads are spooled beside the media, so that the finished file is moved, not copied.
FILE_UPLOAD_TEMP_DIR = str(DATA / "incoming")
Path(FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)
FILE_UPLOAD_HANDLERS = ["movies.intake.DiskUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Largest movie file, in bytes; and largest body of any other request.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024**3)
BODY_MAX_BYTES = env.int("BODY_MAX_BYTES", default=1024 * 1024)
# Networks that movies from elsewhere may lie in besides the public internet: 192.168.1.0/24 for a disk in the LAN.
EXTERNAL_MOVIE_NETWORKS = env.list("EXTERNAL_MOVIE_NETWORKS", default=[])
# Unfinished resumable uploads: on the media's disk too, and kept through restarts.
UNFINISHED_UPLOADS = DATA / "unfinished"
UNFINISHED_UPLOADS.mkdir(parents=True, exist_ok=True)
# Bytes that the movies of one person, and of all, may take up; 0 for any amount.
UPLOAD_QUOTA_USER = env.int("UPLOAD_QUOTA_USER", default=0)
UPLOAD_QUOTA_SERVER = env.int("UPLOAD_QUOTA_SERVER", default=0)

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.NameOrMailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CSRF_FAILURE_VIEW = "watchparty.views.csrf_failure"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCESS_TOKEN_SECONDS = env.int("ACCESS_TOKEN_SECONDS", default=300)
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", default=30)
SESSION_COOKIE_AGE = REFRESH_TOKEN_DAYS * 86400
SESSION_COOKIE_SAMESITE = "Lax"

# --- REST -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.WebSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["watchparty.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "watchparty.api.pagination.Pages",
    "EXCEPTION_HANDLER": "watchparty.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {"USER_ID_FIELD": "id", "USER_ID_CLAIM": "user_id", "ALGORITHM": "HS256", "SIGNING_KEY": SECRET_KEY}
SPECTACULAR_SETTINGS = {
    "TITLE": "WatchParty",
    "DESCRIPTION": "Rooms, invites, movies and the REST twin of the sync protocol.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["watchparty.api.schema.add_problem_responses"],
    "ENUM_NAME_OVERRIDES": {},
}

# --- Limits: each by its own name, 0 for none -----------------------------------------------------------------------
RATE_LIMIT_REGISTER = env.str("RATE_LIMIT_REGISTER", default="10/hour")
RATE_LIMIT_TOKEN = env.str("RATE_LIMIT_TOKEN", default="10/minute")
RATE_LIMIT_RESET = env.str("RATE_LIMIT_RESET", default="5/hour")
RATE_LIMIT_INVITE = env.str("RATE_LIMIT_INVITE", default="60/hour")
RATE_LIMIT_CHAT = env.str("RATE_LIMIT_CHAT", default="60/minute")
RATE_LIMIT_TICKET = env.str("RATE_LIMIT_TICKET", default="120/minute")
RATE_LIMIT_UPLOAD = env.str("RATE_LIMIT_UPLOAD", default="60/hour")
SYNC_MESSAGES_PER_SECOND = env.float("SYNC_MESSAGES_PER_SECOND", default=10)
SYNC_CONNECTIONS_PER_USER = env.int("SYNC_CONNECTIONS_PER_USER", default=20)
SYNC_HEARTBEAT_INTERVAL = env.float("SYNC_HEARTBEAT_INTERVAL", default=5)
SYNC_HEARTBEAT_TIMEOUT = env.float("SYNC_HEARTBEAT_TIMEOUT", default=15)
SYNC_AWAY_TIMEOUT = env.float("SYNC_AWAY_TIMEOUT", default=90)
SYNC_OFFLINE_SECONDS = env.float("SYNC_OFFLINE_SECONDS", default=30)
SYNC_RETURN_SECONDS = env.float("SYNC_RETURN_SECONDS", default=30)
SYNC_FULL_SECONDS = env.float("SYNC_FULL_SECONDS", default=10)
SYNC_HOST_GONE = env.float("SYNC_HOST_GONE", default=60)

# --- How long what is not in the audit ledger is kept: days, 0 for ever ----------------------------------------------
RETENTION_CHAT_DAYS = env.int("RETENTION_CHAT_DAYS", default=0)
RETENTION_WATCHED_DAYS = env.int("RETENTION_WATCHED_DAYS", default=0)
RETENTION_SESSIONS_DAYS = env.int("RETENTION_SESSIONS_DAYS", default=7)
# Of the list beside the ledger: the ledger itself forgets nothing.
RETENTION_AUDIT_DAYS = env.int("RETENTION_AUDIT_DAYS", default=0)

# --- Mail -----------------------------------------------------------------------------------------------------------
MAIL_FOLDER = DATA / "mail"
EMAIL_FILE_PATH = str(MAIL_FOLDER)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="WatchParty <watchparty@localhost>")
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))

# --- Browser security -----------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:", "blob:"],
        "manifest-src": [SELF],
        "media-src": [SELF, "blob:"],
        "script-src": [SELF],
        "style-src": [SELF],
        "worker-src": [SELF, "blob:"],
    }
}
if GS_BUCKET_NAME:
    bucket = of_bucket(GS_BUCKET_NAME, STORAGE_EMULATOR_HOST)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] += [bucket.sessions, bucket.files]
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] += [bucket.files]
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["media-src"] += [bucket.files]
PERMISSIONS_POLICY = {
    "autoplay": ["self"],
    "camera": [],
    "fullscreen": ["self"],
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Addresses whose X-Forwarded-For is believed; none by default.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# --- Texts and times ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "watchparty.logging.MaskingFormatter",
            "format": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
        },
        "json": {
            "()": "watchparty.logging.MaskingJsonFormatter",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", default="plain"),
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would write the line a second time, secrets and all.
        "django": {"handlers": []},
        "django.server": {"handlers": [], "propagate": True},
        # It tells of every job that it schedules.
        "huey": {"level": "WARNING"},
    },
}
