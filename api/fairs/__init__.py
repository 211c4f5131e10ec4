"""Fairs as a service runs them: lists, requests, timetables, publication; the thinking is in `matcher.fair`."""
