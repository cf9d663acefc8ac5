"""Benchmarks: what a part of Footfall costs, beside what others cost for the same work in the same run."""
