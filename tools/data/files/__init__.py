"""Chain and portfolio files of any vendor.

`formats.FORMATS` names what is shipped, `reading.read_chain` reads a chain file into a snapshot,
`instants.parse_as_of` an instant as people write it, `portfolio.read_portfolio` an account.
"""
