"""The nightly job: what has closed is folded, ended, estimated and published, once (see docs/spark.md)."""
