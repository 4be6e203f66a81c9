//! Rules: what may be, what follows from what. No IO, no clock, no serialisation.
