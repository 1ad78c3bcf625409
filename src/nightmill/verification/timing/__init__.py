"""How long motions take."""
