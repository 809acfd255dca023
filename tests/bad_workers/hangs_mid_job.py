"""Takes a job, tells one step and falls silent."""

import time

import peer

peer.greet()
peer.say("Progress", job=peer.next_job(), done=1, total=9)
time.sleep(60)
