"""What is fetched from KashFlow: suppliers, customers, categories, VAT rates, projects, bank accounts."""
