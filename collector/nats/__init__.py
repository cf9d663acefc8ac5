"""A cluster of NATS nodes as the broker: their files, and who may do what at them (docs/decisions/054-cluster.md)."""
