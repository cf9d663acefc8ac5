"""The people who use a collector: who they are, what each may do and see, and how they prove it."""
