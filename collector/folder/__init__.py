"""A collector's folder: what lies in it, and how it is made.

collector.toml     settings
collector.key      the collector's own Ed25519 key; collector.key.pub beside it goes to every sensor
authority/         the certificate authority, and the collector's own certificate
mosquitto.conf     what the broker is told; broker/ holds the files it names, and nothing else is for mosquitto's eyes
registry.sqlite    registry and manifest (unless a PostgreSQL is named)
data/              Parquet files (unless an object store is named)
images/            images and packages that units fetch, each named by its SHA-256
downlink.number    the last number that was said to a sensor
serve.lock         held by the one process that serves
writers.lock       held by every process that commits
workers/           what each worker shows of itself
epoch-keys/        keys of the running epochs, and what stored tokens are turned with; no backup takes this
claims.key         what secrets of claims are sealed with
delivery.key       what secrets of webhooks and brokers are sealed with
spark.conf         the secret of its own Spark cluster, where there is one; no backup takes this
objections.key     what addresses of those who objected are sealed with; no backup takes this, keep a copy in a safe
"""

from .making import create, open_folder, reconfigure
from .opened import Collector

__all__ = ["Collector", "create", "open_folder", "reconfigure"]
