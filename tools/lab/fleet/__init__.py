"""A fleet's bad day through a real broker: a site goes down, a unit goes deaf, an upgrade fails at some units."""
