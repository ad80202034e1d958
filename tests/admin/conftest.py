from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.live import PASSWORD


@pytest.fixture
def root(db: None) -> User:
    """A superuser, who is in no room."""
    return User.objects.create_superuser(username="root", email="root@example.org", password=PASSWORD)


@pytest.fixture
def admin(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    """Alice's private room; Bob is a member by her invite."""
    room = services.create_room(by=alice, name="Friday", visibility="private")
    _invite, token = services.create_invite(by=alice, room=room)
    services.accept_invite(by=bob, token=token, asker=str(bob.pk))
    return room


@pytest.fixture
def act(admin: Client) -> Callable[..., str]:
    """``act("rooms_room", "close", room)``: choose rows, run the action, confirm where asked. The page that follows."""
    from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
    from django.db.models import Model
    from django.urls import reverse

    def run(model: str, action: str, *rows: Model) -> str:
        chosen = {"action": action, ACTION_CHECKBOX_NAME: [str(row.pk) for row in rows]}
        address = reverse(f"admin:{model}_changelist")
        response = admin.post(address, chosen, follow=True)
        if b'name="confirmed"' in response.content:
            response = admin.post(address, {**chosen, "confirmed": "yes"}, follow=True)
        assert response.status_code == 200
        return response.content.decode()

    return run
