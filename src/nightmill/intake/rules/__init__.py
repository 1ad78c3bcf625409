"""Rules that find what a mail asks: parts, quantities, dates, materials, delivery."""
