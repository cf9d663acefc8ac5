"""The pages of a site: what the manager of a shop asks of a day, a week, a month, and what it is compared with."""
