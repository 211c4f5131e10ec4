"""Tables that come with the project; an organiser may edit them."""
