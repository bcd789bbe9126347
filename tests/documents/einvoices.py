"""E-invoices of an invented firm, in both syntaxes, as XML and inside a PDF."""

from __future__ import annotations

import io

import pypdfium2

from tests.documents.hostile import one_page, pdf, text_of

_UBL = """<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>KF-31882</cbc:ID><cbc:IssueDate>2026-03-14</cbc:IssueDate><cbc:DueDate>2026-04-13</cbc:DueDate>
  <cbc:{root}TypeCode>{code}</cbc:{root}TypeCode><cbc:DocumentCurrencyCode>GBP</cbc:DocumentCurrencyCode>
  <cac:OrderReference><cbc:ID>PO-7</cbc:ID></cac:OrderReference>
  <cac:AccountingSupplierParty><cac:Party>
    <cac:PartyName><cbc:Name>Kestrelford</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:StreetName>1 Quay Road</cbc:StreetName><cbc:CityName>Poole</cbc:CityName>
      <cbc:PostalZone>BH15 1AA</cbc:PostalZone><cac:Country><cbc:IdentificationCode>GB</cbc:IdentificationCode>
      </cac:Country></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>local 99</cbc:CompanyID><cac:TaxScheme><cbc:ID>LOC</cbc:ID></cac:TaxScheme>
    </cac:PartyTaxScheme>
    <cac:PartyTaxScheme><cbc:CompanyID>GB 612 0448 83</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
    </cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Kestrelford Supplies Ltd</cbc:RegistrationName>
      <cbc:CompanyID>01234567</cbc:CompanyID></cac:PartyLegalEntity>
    <cac:Contact><cbc:Telephone>01632 960123</cbc:Telephone><cbc:ElectronicMail>a@example.com</cbc:ElectronicMail>
    </cac:Contact></cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Ribble Head Joinery Ltd</cbc:Name></cac:PartyName>
    </cac:Party></cac:AccountingCustomerParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>48</cbc:PaymentMeansCode></cac:PaymentMeans>
  <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>
    <cbc:AllowanceChargeReason>Trade discount</cbc:AllowanceChargeReason><cbc:Amount>10.00</cbc:Amount>
    <cac:TaxCategory><cbc:Percent>20</cbc:Percent></cac:TaxCategory></cac:AllowanceCharge>
  <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:Amount>5</cbc:Amount></cac:AllowanceCharge>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">24.00</cbc:TaxAmount></cac:TaxTotal>
  <cac:TaxTotal><cbc:TaxAmount currencyID="GBP">20.00</cbc:TaxAmount>
    <cac:TaxSubtotal><cbc:TaxableAmount>100.00</cbc:TaxableAmount><cbc:TaxAmount>20.00</cbc:TaxAmount>
      <cac:TaxCategory><cbc:Percent>20.00</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>{net}</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount>120.00</cbc:TaxInclusiveAmount><cbc:PayableAmount>{due}</cbc:PayableAmount>
    </cac:LegalMonetaryTotal>
  <cac:{root}Line><cbc:{quantity} unitCode="C62">300</cbc:{quantity}>
    <cbc:LineExtensionAmount>105.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Screws,
      box</cbc:Name><cac:ClassifiedTaxCategory><cbc:Percent>20</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount>35.00</cbc:PriceAmount><cbc:BaseQuantity>100</cbc:BaseQuantity></cac:Price>
  </cac:{root}Line>
</{root}>
"""

_CII = """<?xml version="1.0" encoding="UTF-8"?>
<r:{root} xmlns:r="{namespace}" xmlns:a="urn:un:unece:uncefact:a" xmlns:u="urn:un:unece:uncefact:u">
  <r:{document}><a:ID>KF-31882</a:ID><a:TypeCode>380</a:TypeCode>
    <a:IssueDateTime><u:DateTimeString format="102">20260314</u:DateTimeString></a:IssueDateTime></r:{document}>
  <r:{deal}>
    <a:IncludedSupplyChainTradeLineItem>
      <a:AssociatedDocumentLineDocument><a:LineStatusReasonCode>GROUP</a:LineStatusReasonCode>
        </a:AssociatedDocumentLineDocument>
      <a:SpecifiedTradeProduct><a:Name>All screws</a:Name></a:SpecifiedTradeProduct>
      <a:{line}Settlement><a:{line_sums}><a:LineTotalAmount>85.00</a:LineTotalAmount></a:{line_sums}></a:{line}Settlement>
    </a:IncludedSupplyChainTradeLineItem>
    <a:IncludedSupplyChainTradeLineItem>
      <a:SpecifiedTradeProduct><a:Name>Screws, box</a:Name></a:SpecifiedTradeProduct>
      <a:{line}Agreement><a:NetPriceProductTradePrice><a:ChargeAmount>42.50</a:ChargeAmount>
        </a:NetPriceProductTradePrice></a:{line}Agreement>
      <a:{line}Delivery><a:BilledQuantity>2.0000</a:BilledQuantity></a:{line}Delivery>
      <a:{line}Settlement><a:ApplicableTradeTax><a:{percent}>20.00</a:{percent}></a:ApplicableTradeTax>
        <a:{line_sums}><a:LineTotalAmount>85.00</a:LineTotalAmount></a:{line_sums}></a:{line}Settlement>
    </a:IncludedSupplyChainTradeLineItem>
    <a:{head}Agreement>
      <a:SellerTradeParty><a:Name>Kestrelford Supplies Ltd</a:Name>
        <a:PostalTradeAddress><a:PostcodeCode>20095</a:PostcodeCode><a:LineOne>Kai 1</a:LineOne>
          <a:CityName>Hamburg</a:CityName><a:CountryID>DE</a:CountryID></a:PostalTradeAddress>
        <a:SpecifiedTaxRegistration><a:ID schemeID="FC">22/815</a:ID></a:SpecifiedTaxRegistration>
        <a:SpecifiedTaxRegistration><a:ID schemeID="VA">DE136695976</a:ID></a:SpecifiedTaxRegistration>
      </a:SellerTradeParty>
      <a:BuyerTradeParty><a:Name>Ribble Head Joinery Ltd</a:Name></a:BuyerTradeParty>
    </a:{head}Agreement>
    <a:{head}Settlement><a:InvoiceCurrencyCode>GBP</a:InvoiceCurrencyCode>
      <a:ApplicableTradeTax><a:CalculatedAmount>20.00</a:CalculatedAmount><a:BasisAmount>100.00</a:BasisAmount>
        <a:{percent}>20.00</a:{percent}></a:ApplicableTradeTax>
      <a:SpecifiedTradePaymentTerms><a:DueDateDateTime><u:DateTimeString>20260413</u:DateTimeString>
        </a:DueDateDateTime></a:SpecifiedTradePaymentTerms>
      <a:SpecifiedLogisticsServiceCharge><a:Description>Carriage</a:Description><a:AppliedAmount>15.00</a:AppliedAmount>
        </a:SpecifiedLogisticsServiceCharge>
      <a:{sums}><a:TaxBasisTotalAmount>100.00</a:TaxBasisTotalAmount><a:TaxTotalAmount>20.00</a:TaxTotalAmount>
        <a:GrandTotalAmount>120.00</a:GrandTotalAmount><a:DuePayableAmount>120.00</a:DuePayableAmount></a:{sums}>
    </a:{head}Settlement>
  </r:{deal}>
</r:{root}>
"""


def ubl(root: str = "Invoice", *, code: str = "380", net: str = "100.00", due: str = "120.00") -> bytes:
    """Give an invoice, or with root "CreditNote" a credit note."""
    quantity = "CreditedQuantity" if root == "CreditNote" else "InvoicedQuantity"
    return _UBL.format(root=root, code=code, net=net, due=due, quantity=quantity).encode()


def cii() -> bytes:
    """Give an invoice as Factur-X has it."""
    sums = "SpecifiedTradeSettlement{}MonetarySummation"
    return _CII.format(
        root="CrossIndustryInvoice",
        namespace="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
        document="ExchangedDocument",
        deal="SupplyChainTradeTransaction",
        line="SpecifiedLineTrade",
        head="ApplicableHeaderTrade",
        percent="RateApplicablePercent",
        line_sums=sums.format("Line"),
        sums=sums.format("Header"),
    ).encode()


def zugferd_1() -> bytes:
    """Give the same invoice under the names of ZUGFeRD 1."""
    return _CII.format(
        root="CrossIndustryDocument",
        namespace="urn:ferd:CrossIndustryDocument:invoice:1p0",
        document="HeaderExchangedDocument",
        deal="SpecifiedSupplyChainTradeTransaction",
        line="SpecifiedSupplyChainTrade",
        head="ApplicableSupplyChainTrade",
        percent="ApplicablePercent",
        line_sums="SpecifiedTradeSettlementMonetarySummation",
        sums="SpecifiedTradeSettlementMonetarySummation",
    ).encode()


def pdf_with(xml: bytes, *lines: str) -> bytes:
    """Give a PDF that shows these lines, with the e-invoice inside behind two files that are none."""
    document = pypdfium2.PdfDocument(pdf(*one_page(text_of(*lines))))
    for name, content in (("note.txt", xml), ("other.xml", b"<rss/>"), ("factur-x.xml", xml)):
        document.new_attachment(name).set_data(content)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()
