"""A library's print reaches the stream of messages in the middle of a job."""

import time

import peer

peer.greet()
peer.next_job()
print("INFO: Created TensorFlow Lite XNNPACK delegate for CPU.", flush=True)
time.sleep(60)
