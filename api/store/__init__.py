"""The database: the truth about firms, and everything the service must not forget.

database.py   connections, transactions, migrations
tables.py     what is stored
firms.py      firms in and out, each change with its log row in one transaction
vectors.py    their vectors, by text and model
changes.py    reading the log, taking a batch of changes back
requests.py   match requests and their answers
jobs.py       long work and how far it is
keys.py       API keys
outbox.py     what is to be told to people and other systems; outbox_tables.py says what that is
sending.py    taking what is due, and what came of it
webhooks.py   other systems that are told
addresses.py  where people can be told
consents.py   what people agreed to, and took back
audit.py      who read what of whom, in a chain that shows what is missing
"""
