//! Camel routes: parse, check against the catalogue, print, and the graph of nodes.
