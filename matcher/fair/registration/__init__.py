"""Who takes part in a fair, from the sheet an organiser keeps, and back into one."""

from matcher.fair.registration.read import Registration, read_registration
from matcher.fair.registration.write import write_registration, write_registration_template

__all__ = [
    "Registration",
    "read_registration",
    "write_registration",
    "write_registration_template",
]
