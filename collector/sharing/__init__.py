"""Work shared among processes: who takes whose part."""
