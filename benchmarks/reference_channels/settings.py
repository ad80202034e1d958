"""REDIS_URL says where Redis is, LAYER which of channels-redis' two layers is used: ``core`` or ``pubsub``."""

import os

REDIS_URL = os.environ["REDIS_URL"]
BACKENDS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
# redis-py's own time-out of 5 s is as long as the core layer's wait for a message, and would end every idle wait.
HOST = {"address": REDIS_URL, "socket_timeout": 10}

SECRET_KEY = "of no use to anybody"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.reference_channels.urls"
INSTALLED_APPS = ["channels"]
CHANNEL_LAYERS = {"default": {"BACKEND": BACKENDS[os.environ["LAYER"]], "CONFIG": {"hosts": [HOST]}}}
