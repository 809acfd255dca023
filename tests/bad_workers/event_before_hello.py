"""Starts to talk of a job before it has greeted."""

import time

import peer

peer.say("Progress", job=1, done=0, total=1)
time.sleep(60)
