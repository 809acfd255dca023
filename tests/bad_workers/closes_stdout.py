"""Closes its stdout in the middle of a job and stays."""

import os
import time

import peer

peer.greet()
peer.next_job()
os.close(1)
time.sleep(60)
