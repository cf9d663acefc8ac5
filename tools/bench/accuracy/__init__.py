"""How right the numbers are: Footfall's counts beside the truth of labelled recordings."""
