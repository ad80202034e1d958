"""What the container files promise, read as text: no engine is needed for that."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
NGINX = (ROOT / "deploy/nginx.conf.template").read_text()


def names(path: str) -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_says_whether_it_is_well(name: str):
    assert SERVICES[name].get("healthcheck") or "HEALTHCHECK" in DOCKERFILE
    if name not in OURS:
        assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("image", [service["image"] for service in SERVICES.values() if "build" not in service])
def test_images_are_of_one_version(image: str):
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", image), image


def test_the_image_is_built_in_stages_and_runs_as_nobody():
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 2
    assert all(re.search(r":\d+\.\d+\.\d+-", stage) for stage in stages)
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_the_image_has_the_whole_product():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "scripts", "benchmarks"}
    copied = set(re.findall(r"^COPY (\S+) \1$", DOCKERFILE, re.MULTILINE))
    assert copied == packages | {"static", "templates"}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied | {"manage.py", "requirements.txt"}} <= set(ignored)
    assert "*" in ignored


def test_passwords_are_asked_for_and_stand_nowhere():
    asked = dict(re.findall(r"\$\{([A-Z_]+):([?-])", COMPOSE_TEXT))
    assert {name for name in asked if "PASSWORD" in name or "SECRET" in name} == {
        name for name in names("deploy/env.example") if "PASSWORD" in name or "SECRET" in name
    }
    assert all(asked[name] == "?" for name in asked if "PASSWORD" in name or "SECRET" in name)
    assert not re.search(r"(PASSWORD|SECRET\w*)=\S", (ROOT / "deploy/env.example").read_text())


def test_what_compose_asks_for_is_in_its_example():
    assert set(re.findall(r"\$\{([A-Z_]+)[:}]", COMPOSE_TEXT)) == names("deploy/env.example")


@pytest.mark.parametrize("name", OURS)
def test_only_settings_that_there_are_are_set(name: str):
    assert set(OURS[name]["environment"]) <= names(".env.example")


def test_the_two_services_of_the_design():
    assert (OURS["api"]["environment"]["ROLE"], OURS["api"]["environment"]["PORT"]) == ("api", "8080")
    assert (OURS["sync"]["environment"]["ROLE"], OURS["sync"]["environment"]["PORT"]) == ("sync", "8081")
    assert "server api:8080;" in NGINX
    assert "server sync:8081;" in NGINX


def test_only_the_front_door_and_the_caught_mails_can_be_reached_from_outside():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"front", "mail"}
    assert SERVICES["mail"]["ports"] == ["127.0.0.1:8025:8025"]


def test_nothing_starts_before_what_it_needs_is_well():
    for name in ("api", "sync", "worker"):
        assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert OURS[name]["depends_on"]["redis"]["condition"] == "service_healthy"
    assert SERVICES["front"]["depends_on"]["sync"]["condition"] == "service_healthy"


def test_the_front_door_is_believed_and_nobody_else():
    address = SERVICES["front"]["networks"]["inner"]["ipv4_address"]
    for service in OURS.values():
        assert service["environment"]["FORWARDED_ALLOW_IPS"] == address
        assert service["environment"]["TRUSTED_PROXIES"] == address
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX


def test_the_front_door_upgrades_sockets_and_ends_slow_clients():
    assert "proxy_set_header Upgrade $http_upgrade;" in NGINX
    for limit in (
        "client_header_timeout",
        "client_body_timeout",
        "send_timeout",
        "client_max_body_size",
        "limit_conn ",
    ):
        assert limit in NGINX, limit
    assert "$request_uri" not in NGINX
    assert '$request"' not in NGINX


@pytest.mark.parametrize("path", ["/api/v1/movies/", "/movies/new/", "/api/v1/uploads/0b6f/"])
def test_the_front_door_lets_large_bodies_through_where_movies_come_in(path: str):
    large = re.search(r"location ~ (\S+) \{\n\s+client_max_body_size 20g;\n\s+proxy_request_buffering off;", NGINX)
    assert large
    assert re.match(large[1], path)
    assert not re.match(large[1], "/api/v1/rooms/")
