"""What operators ask of the whole product: how every part of it is."""
