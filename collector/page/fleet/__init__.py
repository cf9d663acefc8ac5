"""The fleet administrator's pages and API: is the fleet well, and what is to be done?"""
