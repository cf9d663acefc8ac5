"""The technician's side of a unit: the package it runs, the image it boots, and which units there are."""
