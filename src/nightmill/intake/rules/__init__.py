"""Rules that extract the request from a mail: parts, quantities, dates, materials, delivery."""
