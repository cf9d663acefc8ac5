"""A whole fleet as light as it can be: real envelopes, signatures and connections, made-up sightings, known truth."""
