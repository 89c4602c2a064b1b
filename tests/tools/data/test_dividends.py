"""Which dividends last year's rhythm lets expect."""

from __future__ import annotations

from datetime import date, timedelta

from tools.data.dividends import ahead
from tools.domain.chain import Dividend

TODAY = date(2024, 5, 10)
UNTIL = date(2025, 1, 31)


def _expected(*paid: date) -> list[date]:
    found, _ = ahead(((Dividend(day, 0.25), True) for day in paid), today=TODAY, until=UNTIL)
    return [each.ex_date for each in found]


def test_a_quarterly_payer_pays_again() -> None:
    paid = [date(2023, 8, 11), date(2023, 11, 10), date(2024, 2, 9), date(2024, 5, 10)]
    assert _expected(*paid) == [date(2024, 8, 9), date(2024, 11, 8)]


def test_a_payment_that_came_a_day_early_is_not_expected_again_tomorrow() -> None:
    paid = [date(2023, 5, 13), date(2023, 8, 11), date(2023, 11, 10), date(2024, 2, 9), date(2024, 5, 10)]
    assert _expected(*paid) == [date(2024, 8, 9), date(2024, 11, 8)]


def test_an_announced_month_hides_no_other_month() -> None:
    paid = [TODAY - timedelta(days=28 * back) for back in range(13)]
    assert _expected(*paid) == _expected(*paid, TODAY + timedelta(days=28))
    assert len(_expected(*paid)) >= 9
