"""Settings of the engine alone: nothing but what `sync` needs, on a database of its own (DATA)."""

import os
from pathlib import Path

DATA = Path(os.environ["DATA"])
SECRET_KEY = "only for tests, " * 4
INSTALLED_APPS = ["daphne", "django.contrib.contenttypes", "django.contrib.staticfiles", "channels", "sync"]
STATIC_URL = "/static/"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "db.sqlite3",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"},
    }
}
REDIS_URL = os.environ.get("REDIS_URL", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.sync.engine_app"
ASGI_APPLICATION = "tests.sync.engine_app.application"
DEBUG = True
USE_TZ = True

SYNC_MESSAGES_PER_SECOND = float(os.environ.get("SYNC_MESSAGES_PER_SECOND", "10"))
SYNC_CONNECTIONS_PER_USER = int(os.environ.get("SYNC_CONNECTIONS_PER_USER", "20"))
SYNC_HEARTBEAT_INTERVAL = float(os.environ.get("SYNC_HEARTBEAT_INTERVAL", "5"))
SYNC_HEARTBEAT_TIMEOUT = float(os.environ.get("SYNC_HEARTBEAT_TIMEOUT", "15"))
SYNC_AWAY_TIMEOUT = float(os.environ.get("SYNC_AWAY_TIMEOUT", "90"))
SYNC_OFFLINE_SECONDS = float(os.environ.get("SYNC_OFFLINE_SECONDS", "30"))
SYNC_RETURN_SECONDS = float(os.environ.get("SYNC_RETURN_SECONDS", "30"))
SYNC_HOST_GONE = float(os.environ.get("SYNC_HOST_GONE", "60"))
SYNC_FULL_SECONDS = float(os.environ.get("SYNC_FULL_SECONDS", "10"))
