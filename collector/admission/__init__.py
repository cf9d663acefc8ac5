"""Admission: what may come in, and from whom. The door, its rates, the guard, and the quarantine of what stays out."""
