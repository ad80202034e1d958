"""Everything that `make bench` does, on a small scale: real services, servers and load.

Nothing is said of times.
"""

from collections.abc import Iterator

import pytest

from benchmarks.contenders import CONTENDERS
from benchmarks.run import one_run
from benchmarks.scenarios import FAULTS, Scenario
from benchmarks.stand import Failed, Stand

SHORT = ("-warm", "200ms", "-measure", "500ms", "-timeout", "10s", "-drain", "10s", "-p99", "10000")
SMALL = Scenario("small", "2 rooms × 3", 2, 3, {"": ("-rates", "20", *SHORT)}, (FAULTS,))
SECONDS = 400

pytestmark = [pytest.mark.server, pytest.mark.timeout(SECONDS)]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = Stand(tmp_path_factory.mktemp("stand"))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_carries_every_command_to_everybody_once(name, stand):
    reports = one_run(stand, stand.build("load"), SMALL, name)
    [step] = reports[""]["steps"]
    assert step["commands"] >= 18
    assert step["deliveries"] == 3 * step["commands"]
    assert FAULTS.read(reports) == 0
    assert step["refused"] == 0
    assert step["server_cpu_s"] >= 0
    assert reports[""]["connections"] == 6


def test_two_processes_share_a_room(stand):
    shared = Scenario("shared", "1 room × 4 over two", 1, 4, {"": ("-rates", "0", *SHORT)}, (FAULTS,), processes=2)
    reports = one_run(stand, stand.build("load"), shared, "go")
    [step] = reports[""]["steps"]
    assert step["deliveries"] == 4 * step["commands"] > 0
    assert FAULTS.read(reports) == 0


def test_the_cost_of_a_crowd_is_measured_for_each_kind_of_event(stand):
    words = ("-crowd", "4", "-crowd-rate", "20", "-crowd-gone", "500ms")
    crowd = Scenario("crowd", "1 room × 3", 1, 3, {"": words}, (), spare=4)
    reports = one_run(stand, stand.build("load"), crowd, "watchparty")
    costs = {one["event"]: one for one in reports[""]["crowd"]}
    assert list(costs) == ["idle", "change", "join", "leave"]
    # Everybody is told of each: three residents at least.
    assert all(costs[event]["messages_per_event"] >= 3 for event in ("change", "join", "leave"))
    assert costs["idle"]["messages_per_event"] == 0


def test_a_server_that_is_not_there_is_said(stand):
    nowhere = Scenario("nowhere", "", 1, 1, {"": ("-addr", "127.0.0.1:1", *SHORT)}, ())
    with pytest.raises(Failed, match="load generator failed"):
        one_run(stand, stand.build("load"), nowhere, "go")
