"""Where each value of an e-invoice stands in the two syntaxes of EN 16931: XPaths without namespaces."""

from __future__ import annotations

from dataclasses import dataclass

Paths = tuple[str, ...]  # the first that has a value counts


@dataclass(frozen=True)
class Syntax:
    """The paths of one syntax; those of a party, tax line, line or allowance begin at its element."""

    type_code: Paths
    reference: Paths
    order: Paths
    issued: Paths
    due_date: Paths
    currency: Paths
    net: Paths
    tax: Paths
    total: Paths
    due: Paths
    means: Paths
    seller: str
    buyer: str
    name: Paths
    street: Paths  # all that have a value count
    city: Paths
    country: Paths
    postcode: Paths
    phone: Paths
    email: Paths
    website: Paths
    vat_number: Paths
    company_number: Paths
    tax_lines: str
    tax_net: Paths
    tax_tax: Paths
    tax_percent: Paths
    lines: str
    line_name: Paths
    line_quantity: Paths
    line_price: Paths
    line_price_base: Paths
    line_amount: Paths
    line_percent: Paths
    allowances: str
    charges: str
    allowance_amount: Paths
    allowance_reason: Paths
    allowance_percent: Paths


UBL = Syntax(
    type_code=("InvoiceTypeCode", "CreditNoteTypeCode"),
    reference=("ID",),
    order=("OrderReference/ID",),
    issued=("IssueDate",),
    due_date=("DueDate", "PaymentMeans/PaymentDueDate"),
    currency=("DocumentCurrencyCode",),
    net=("LegalMonetaryTotal/TaxExclusiveAmount",),
    tax=("TaxTotal/TaxAmount",),
    total=("LegalMonetaryTotal/TaxInclusiveAmount", "LegalMonetaryTotal/PayableAmount"),
    due=("LegalMonetaryTotal/PayableAmount",),
    means=("PaymentMeans/PaymentMeansCode",),
    seller="AccountingSupplierParty/Party",
    buyer="AccountingCustomerParty/Party",
    name=("PartyLegalEntity/RegistrationName", "PartyName/Name"),
    street=("PostalAddress/StreetName", "PostalAddress/AdditionalStreetName", "PostalAddress/AddressLine/Line"),
    city=("PostalAddress/CityName",),
    country=("PostalAddress/Country/IdentificationCode",),
    postcode=("PostalAddress/PostalZone",),
    phone=("Contact/Telephone",),
    email=("Contact/ElectronicMail",),
    website=("WebsiteURI",),
    vat_number=("PartyTaxScheme[TaxScheme/ID='VAT']/CompanyID",),
    company_number=("PartyLegalEntity/CompanyID",),
    tax_lines="TaxTotal/TaxSubtotal",
    tax_net=("TaxableAmount",),
    tax_tax=("TaxAmount",),
    tax_percent=("TaxCategory/Percent", "Percent"),
    lines="InvoiceLine | CreditNoteLine",
    line_name=("Item/Name", "Item/Description"),
    line_quantity=("InvoicedQuantity", "CreditedQuantity"),
    line_price=("Price/PriceAmount",),
    line_price_base=("Price/BaseQuantity",),
    line_amount=("LineExtensionAmount",),
    line_percent=("Item/ClassifiedTaxCategory/Percent", "TaxTotal/TaxSubtotal/TaxCategory/Percent"),
    allowances="AllowanceCharge[ChargeIndicator='false']",
    charges="AllowanceCharge[ChargeIndicator='true']",
    allowance_amount=("Amount",),
    allowance_reason=("AllowanceChargeReason",),
    allowance_percent=("TaxCategory/Percent",),
)

_DEAL = "SupplyChainTradeTransaction"
_TERMS = f"{_DEAL}/ApplicableHeaderTradeAgreement"
_MONEY = f"{_DEAL}/ApplicableHeaderTradeSettlement"
_SUMS = f"{_MONEY}/SpecifiedTradeSettlementMonetarySummation"
_STATUS = "AssociatedDocumentLineDocument/LineStatusReasonCode"
_LOGISTICS = f"{_MONEY}/SpecifiedLogisticsServiceCharge"

CII = Syntax(
    type_code=("ExchangedDocument/TypeCode",),
    reference=("ExchangedDocument/ID",),
    order=(
        f"{_TERMS}/BuyerOrderReferencedDocument/IssuerAssignedID",
        f"{_TERMS}/BuyerOrderReferencedDocument/ID",
    ),
    issued=("ExchangedDocument/IssueDateTime/DateTimeString",),
    due_date=(f"{_MONEY}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString",),
    currency=(f"{_MONEY}/InvoiceCurrencyCode",),
    net=(f"{_SUMS}/TaxBasisTotalAmount",),
    tax=(f"{_SUMS}/TaxTotalAmount",),
    total=(f"{_SUMS}/GrandTotalAmount",),
    due=(f"{_SUMS}/DuePayableAmount",),
    means=(f"{_MONEY}/SpecifiedTradeSettlementPaymentMeans/TypeCode",),
    seller=f"{_TERMS}/SellerTradeParty",
    buyer=f"{_TERMS}/BuyerTradeParty",
    name=("Name", "SpecifiedLegalOrganization/TradingBusinessName"),
    street=("PostalTradeAddress/LineOne", "PostalTradeAddress/LineTwo", "PostalTradeAddress/LineThree"),
    city=("PostalTradeAddress/CityName",),
    country=("PostalTradeAddress/CountryID",),
    postcode=("PostalTradeAddress/PostcodeCode",),
    phone=("DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber",),
    email=("DefinedTradeContact/EmailURIUniversalCommunication/URIID",),
    website=(),
    vat_number=("SpecifiedTaxRegistration/ID[@schemeID='VA']",),
    company_number=("SpecifiedLegalOrganization/ID",),
    tax_lines=f"{_MONEY}/ApplicableTradeTax",
    tax_net=("BasisAmount",),
    tax_tax=("CalculatedAmount",),
    tax_percent=("RateApplicablePercent",),
    lines=f"{_DEAL}/IncludedSupplyChainTradeLineItem[not({_STATUS}='GROUP' or {_STATUS}='INFORMATION')]",
    line_name=("SpecifiedTradeProduct/Name", "SpecifiedTradeProduct/Description"),
    line_quantity=("SpecifiedLineTradeDelivery/BilledQuantity",),
    line_price=("SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount",),
    line_price_base=("SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity",),
    line_amount=("SpecifiedLineTradeSettlement/SpecifiedTradeSettlementMonetarySummation/LineTotalAmount",),
    line_percent=("SpecifiedLineTradeSettlement/ApplicableTradeTax/RateApplicablePercent",),
    allowances=f"{_MONEY}/SpecifiedTradeAllowanceCharge[ChargeIndicator/Indicator='false']",
    charges=f"{_MONEY}/SpecifiedTradeAllowanceCharge[ChargeIndicator/Indicator='true'] | {_LOGISTICS}",
    allowance_amount=("ActualAmount", "AppliedAmount"),
    allowance_reason=("Reason", "Description"),
    allowance_percent=("CategoryTradeTax/RateApplicablePercent", "AppliedTradeTax/RateApplicablePercent"),
)

SYNTAXES = {"Invoice": UBL, "CreditNote": UBL, "CrossIndustryInvoice": CII}
NAMESPACES = ("urn:oasis:names:specification:ubl:", "urn:un:unece:uncefact:", "urn:ferd:CrossIndustryDocument:")

OTHER_NAMES = {  # ZUGFeRD 1 has other names for some elements, and one name for two
    "SpecifiedTradeSettlementHeaderMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedTradeSettlementLineMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "CrossIndustryDocument": "CrossIndustryInvoice",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicablePercent": "RateApplicablePercent",
}
