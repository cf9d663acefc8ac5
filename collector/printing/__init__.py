"""The report as one sheet that stands alone: HTML with its drawings in it, and the same as PDF."""
