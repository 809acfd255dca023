"""Falls silent in the first job until it is cancelled, then does the others."""

import peer

peer.greet()
first = peer.next_job()
rest: list[int] = []
while (request := peer.hear()) is not None and request["type"] != "Cancel":
    rest.append(request["job"])
peer.say("Cancelled", job=first)
for job in rest:
    peer.say("Finished", job=job)
while True:
    peer.say("Finished", job=peer.next_job())
