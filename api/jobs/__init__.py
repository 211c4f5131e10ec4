"""Long work outside the request: the queue, and what each kind of job does."""
