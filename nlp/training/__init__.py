"""How the shipped model is made. Only `fit`, `network` and what they need want torch."""
