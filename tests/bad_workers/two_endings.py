"""Ends its first job twice."""

import time

import peer

peer.greet()
job = peer.next_job()
peer.next_job()
peer.say("Finished", job=job)
peer.say("Finished", job=job)
time.sleep(60)
