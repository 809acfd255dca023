"""Greets again in the middle of a job."""

import time

import peer

peer.greet()
peer.next_job()
peer.greet()
time.sleep(60)
