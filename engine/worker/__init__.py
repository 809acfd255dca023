"""The worker process: a thread that hears, one job at a time, progress and cancellation."""
