from rest_framework.authentication import SessionAuthentication


class BearerAuthentication(SessionAuthentication):
    pass


class WebSessionAuthentication(SessionAuthentication):
    pass
