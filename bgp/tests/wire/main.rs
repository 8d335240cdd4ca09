//! The codec as its users see it: octets in, values out, and back.

#[cfg(test)]
mod attributes;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vectors;
