"""KashFlow: connections, our interface to it, the SOAP client, and a local sandbox."""
