"""The journeys of product.md, played through the doors."""
