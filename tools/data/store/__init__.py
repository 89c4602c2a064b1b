"""The history: every quote, daily price and rate that was ever imported, and what was known of it when.

    history/
      catalog.sqlite                           what was imported when and from where, every snapshot and series
      quotes/underlying=SPX/date=2019-05-31/   snapshots of a New York day, bad rows kept beside good ones
      contracts/underlying=SPX/expiry=2019-06-21/   the same rows by contract, written by compaction
      bars/symbol=SPY/                         daily prices with split and dividend factors
      rates/name=DTB3/                         interest rates by day and tenor
      unplaced/                                rows that name no day or no underlying, as evidence

A file counts from the moment the catalog names it, which is one transaction; what no catalog names was left by
a killed import, is never read, and goes with the next one.
"""
