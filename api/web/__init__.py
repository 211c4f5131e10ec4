"""The HTTP service: FastAPI app, access, problems, routes. Routes are thin; the work is done elsewhere."""
