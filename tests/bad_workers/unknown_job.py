"""Ends a job that nobody has asked for."""

import time

import peer

peer.greet()
peer.say("Finished", job=peer.next_job() + 1000)
time.sleep(60)
