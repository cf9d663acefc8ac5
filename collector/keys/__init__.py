"""Keys: everything that signs, seals or is destroyed: the authority, identities, vault and epoch keys."""
