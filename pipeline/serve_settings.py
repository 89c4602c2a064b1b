"""The section `[serve]`: when a service looks at the market."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from tools.calendar.agenda import Daily, after_close, within_session


class ServeSettings(BaseModel):
    """Minutes and seconds of the session, whose bells are the exchange's own.

    first, every, last  the whole pipeline: so long after the opening, so often, so long before the close
    after_close         the books against the broker's, once more
    look                what waits for a person is shown with a live quote, so often
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_minutes: float = Field(default=15.0, ge=0, le=180)
    every_minutes: float = Field(default=30.0, ge=1, le=390)
    last_minutes: float = Field(default=15.0, ge=1, le=180)
    after_close_minutes: float = Field(default=20.0, ge=0, le=240)
    look_seconds: float = Field(default=60.0, ge=1, le=3600)

    @property
    def scans(self) -> Daily:
        return within_session(
            first=timedelta(minutes=self.first_minutes),
            every=timedelta(minutes=self.every_minutes),
            last=timedelta(minutes=self.last_minutes),
        )

    @property
    def closings(self) -> Daily:
        return after_close(timedelta(minutes=self.after_close_minutes))

    @property
    def looks(self) -> Daily:
        return within_session(first=timedelta(0), every=timedelta(seconds=self.look_seconds), last=timedelta(0))
