"""Sending what the outbox holds: to people by e-mail and Apprise, to other systems by webhook.

sender.py   takes what is due, has it sent, writes down what came of it
people.py   one message to one person
mail.py     by e-mail
posting.py  one message to one webhook, signed
reaching.py where a webhook may be
"""
