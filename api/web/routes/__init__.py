"""One module for each thing the API speaks of; every route declares the roles it lets in."""
