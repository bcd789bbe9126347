"""The VAT summary, checked by arithmetic."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from capture.reading.amounts import find_amounts
from capture.reading.layout import lay_out
from capture.reading.taxes import find_rows, tax_inside, tax_of
from tests.documents.written import page_of


def rows(text: str) -> list[tuple[str, int | None, int | None, int | None]]:
    sheet = lay_out([page_of(text)])
    return [(str(row.percent), row.net, row.tax, row.gross) for row in find_rows(sheet, find_amounts(sheet))]


@given(some.integers(1, 10_000_00), some.sampled_from(["20", "5", "17.5"]))
def test_tax_on_a_net_is_the_tax_inside_its_gross(net: int, percent: str) -> None:
    tax = tax_of(net, Decimal(percent))

    assert abs(tax_inside(net + tax, Decimal(percent)) - tax) <= 1
    assert tax_of(-net, Decimal(percent)) == -tax


def test_a_table_gives_each_rate_once() -> None:
    table = """
        VAT   Net      VAT     Gross
        20%   82.00    16.40   98.40
        5%    20.00     1.00   21.00
        0%     7.00     0.00    7.00
    """

    assert rows(table) == [("20", 8200, 1640, 9840), ("5", 2000, 100, 2100), ("0", 700, 0, 700)]


def test_a_code_may_stand_before_a_rate_without_its_sign() -> None:
    table = "V   Rate    Goods    VAT\n1   20.00   94.20    18.84\n0    0.00   70.00     0.00\n"

    assert rows(table) == [("20.00", 9420, 1884, None), ("0", 7000, 0, None)]


def test_figures_that_do_not_agree_are_no_row() -> None:
    assert rows("VAT   Net      VAT\n20%   82.00    11.11\n") == []


def test_goods_with_a_rate_are_no_vat_summary() -> None:
    assert rows("VAT shown\n5 x 3.35 (20%)   16.75\n") == []
