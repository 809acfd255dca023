"""Goes on with its job whatever it is told."""

import time

import peer

peer.greet()
job = peer.next_job()
for step in range(6000):
    peer.say("Progress", job=job, done=step, total=6000)
    time.sleep(0.01)
