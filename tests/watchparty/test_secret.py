from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from watchparty.secret import stored_secret


def test_it_is_made_once_and_kept(tmp_path: Path):
    first = stored_secret(tmp_path / "key")
    assert len(first) > 50
    assert stored_secret(tmp_path / "key") == first


def test_only_the_owner_can_read_it(tmp_path: Path):
    stored_secret(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_at_once_agree(tmp_path: Path):
    with ThreadPoolExecutor(20) as pool:
        made = set(pool.map(lambda _: stored_secret(tmp_path / "key"), range(100)))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
