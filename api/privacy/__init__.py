"""Personal data, kept as Thailand's Personal Data Protection Act (PDPA, พ.ศ. 2562) asks.

policy.py     what is kept of people, why, and for how long: `policy.toml`, as the organiser may change it
subjects.py   how a person is named without naming them
revealing.py  whose contacts a firm sees: of those with whom both sides agreed to meet
traces.py     finding a person in texts, whatever the spelling
tables.py     the same in every table
files.py      the same in every file of the data directory
holding.py    all that is held on a person, and who saw it
erasing.py    taking a person out of all of it
known.py      knowing an erased person again by the ledger alone
consenting.py consents said and taken back, and what follows from them
people.py     a person, as the database knows them
ledger.py     who was erased, as keyed hashes: so that a restored backup is erased again
retention.py  taking out what has been kept for long enough
record.py     the record of processing (ROPA, ม.39)
"""
