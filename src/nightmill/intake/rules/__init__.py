"""Rules that extract the request of a mail: parts, quantities, dates, materials, delivery."""
