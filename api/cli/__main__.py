"""`python -m api.cli`: the command where it is not on the path, as in a child process."""

from api.cli import main

main()
