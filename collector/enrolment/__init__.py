"""Enrolment: how a unit that nobody knows becomes a sensor, and how it stays one when it is flashed or moved.

claims      the words handed out to technicians, each good once
units       the keys that were shown, and which place each had from when to when
registrar   what is made of a unit that asks
approval    what an administrator makes of it
endpoint    the HTTP door in front of all that
"""
