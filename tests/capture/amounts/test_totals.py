from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from capture.amounts.totals import EXEMPT, Amounts, Line, NetLine, SumsDisagree, TaxLine, derive, rate_of, spread
from core.money import share, tax_within

pence = st.integers(min_value=-10_000_00, max_value=10_000_00)
rates = st.sampled_from(["20", "5", "0", "exempt"])


@given(net=pence, tax=pence)
def test_any_two_of_net_vat_and_total_give_the_third(net: int, tax: int) -> None:
    whole = (net, tax, net + tax)

    for known in (Amounts(net, tax, None), Amounts(net, None, net + tax), Amounts(None, tax, net + tax)):
        given = derive(known)
        assert (given.net, given.tax, given.total) == whole


def test_what_a_person_says_of_two_amounts_overrules_what_was_read_of_the_third() -> None:
    amounts = derive(Amounts(net=9999, tax=2000, total=12000), sure=frozenset({"tax", "total"}))

    assert amounts.net == 10000


def test_vat_is_taken_out_of_the_total_only_at_a_rate_that_somebody_decided() -> None:
    assert derive(Amounts(total=12000, vat_rate="20")).tax is None
    assert derive(Amounts(total=12000, vat_rate="20"), sure=frozenset({"vat_rate"})).tax == 2000


@pytest.mark.parametrize(
    ("net", "tax", "rate"), [(10000, 2000, "20"), (10000, 500, "5"), (999, 0, "0"), (100, 9, None)]
)
def test_the_rate_follows_from_net_and_vat_where_one_gives_them_to_the_penny(
    net: int, tax: int, rate: str | None
) -> None:
    assert rate_of(net, tax) == rate


@given(
    amounts=st.lists(pence.filter(bool), min_size=1, max_size=12),
    inclusive=st.booleans(),
    rate=st.sampled_from(["20", "5"]),
)
def test_lines_are_entered_with_just_the_net_and_vat_of_the_document(
    amounts: list[int], inclusive: bool, rate: str
) -> None:
    whole, percent = sum(amounts), Decimal(rate)
    tax = tax_within(whole, percent) if inclusive else share(whole, percent)
    net = whole - tax if inclusive else whole
    lines = [Line(f"line {number}", amount) for number, amount in enumerate(amounts)]
    assume(inclusive or net != net + tax)

    try:
        entered = spread(Amounts(net, tax, net + tax, rate), lines)
    except SumsDisagree:
        signs = {amount > 0 for amount in amounts}
        assert len(signs) == 2, "only lines of both signs may round too far apart"
        return

    assert (sum(line.net for line in entered), sum(line.tax for line in entered)) == (net, tax)
    assert len(entered) == len(lines)


def test_without_lines_there_is_one_for_each_rate_of_the_vat_summary() -> None:
    summary = [TaxLine("20", net=1000, tax=200), TaxLine("0", net=500, tax=0)]

    assert spread(Amounts(1500, 200, 1700), [], summary) == (NetLine(1000, 200, "20"), NetLine(500, 0, "0"))


def test_what_stands_in_no_tax_line_is_entered_without_vat() -> None:
    summary = [TaxLine("20", net=1382, tax=276)]

    assert spread(Amounts(6177, 276, 6453), [], summary) == (NetLine(1382, 276, "20"), NetLine(4795, 0, "0"))


@pytest.mark.parametrize("summary", [[], [TaxLine("0", net=0, tax=0)]])
def test_what_is_exempt_is_entered_as_exempt(summary: list[TaxLine]) -> None:
    assert spread(Amounts(5000, 0, 5000, EXEMPT), [], summary) == (NetLine(5000, 0, EXEMPT),)


@pytest.mark.parametrize("rate", [EXEMPT, "0"])
def test_pub_2_no_vat_is_entered_at_a_rate_that_gives_none(rate: str) -> None:
    amounts = Amounts(10000, 2000, 12000, rate)

    with pytest.raises(SumsDisagree, match=r"VAT 20\.00 cannot be (exempt|0%)"):
        spread(amounts, [])

    assert spread(amounts, [], with_tax=False) == (NetLine(12000, 0, "0"),)


def test_pub_2_lines_that_do_not_add_up_are_told_with_the_difference() -> None:
    with pytest.raises(SumsDisagree, match=r"lines total 99\.99, the document 120\.00; difference 20\.01") as told:
        spread(Amounts(10000, 2000, 12000, "20"), [Line("paper", 9999)])

    assert (told.value.code, told.value.difference) == ("PUB-2", 2001)


def test_pub_2_net_and_vat_that_are_not_the_total_are_told() -> None:
    with pytest.raises(SumsDisagree, match=r"Net 100\.00 \+ VAT 20\.00 is not 119\.99; difference 0\.01"):
        spread(Amounts(10000, 2000, 11999), [])


def test_without_vat_every_line_is_its_gross() -> None:
    entered = spread(Amounts(10000, 2000, 12000, "20"), [], with_tax=False)

    assert entered == (NetLine(12000, 0, "0"),)
    assert spread(Amounts(total=12000), [], with_tax=False) == entered
