"""The wire format: every byte that passes between a sensor and a collector, in both directions.

It exists once, here. docs/wire.md describes it for those who write another end of it; tests/vectors/ holds bytes that
must decode for ever.
"""
