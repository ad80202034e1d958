from django.contrib.auth.backends import ModelBackend


class NameOrMailBackend(ModelBackend):
    pass
