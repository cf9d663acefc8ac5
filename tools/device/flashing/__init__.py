"""Writing an image onto a unit, in named steps that a killed run finds again."""
