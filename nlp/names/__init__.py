"""Candidates and parties in running text: their forms, and the linker that finds them."""
