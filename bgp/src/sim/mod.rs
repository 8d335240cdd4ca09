//! A seeded world in which real sessions talk over late, cut, stalled, refused and half-open links.
