"""Calendars of events: any CSV through a layout, and the dates the embedded market ships.

`layout.load_layout` reads a layout, `reading.read_events` a file, `embedded.embedded_events` what is built in.
"""
