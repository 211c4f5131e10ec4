"""Pages for people: the search box, firm pages, match requests, jobs. Thai first, English one click away."""
