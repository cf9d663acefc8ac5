"""Apache Spark: where it is, how a session on it begins, and its own processes (see docs/spark.md)."""
