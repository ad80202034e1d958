"""What is made of figures and headers before people read them."""

import pytest

from accounts.templatetags.devices import device
from watchparty.templatetags.figures import clock

LIKE_GECKO = "(KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 {LIKE_GECKO} Chrome/150 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 {LIKE_GECKO} Chrome/150 Safari/537 Edg/150",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (iPhone; CPU OS 18 like Mac OS X) {LIKE_GECKO} Version/18 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("", "unknown device"),
    ],
)
def test_a_device_is_called_by_browser_and_system(user_agent: str, name: str):
    assert device(user_agent) == name


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0:00"), (7.9, "0:07"), (725, "12:05"), (3723.4, "1:02:03"), (36000, "10:00:00")]
)
def test_times_are_written_as_on_a_player(seconds: float, written: str):
    assert clock(seconds) == written
