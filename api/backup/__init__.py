"""Backups of a running service, and their restoring: one file with all that cannot be made again.

archive.py    the file: a manifest, checksums, nothing half written
facts.py      what a database holds, in figures
taking.py     a backup while the service writes
restoring.py  a backup put in place of what there is, while the service reads

In a backup: the database with all that is in it, contacts and messages too; who was erased, as keyed hashes;
how the service was set up, without anything that opens a door; which model made the vectors. Not in it: the
index (it is built anew), the model, files of jobs, and, unless asked for, the pepper, without which no key and
no link of the backup opens anything.
"""
