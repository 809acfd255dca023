"""What is shown, without a window: the project, the photos, the timeline, the queue."""
