use bytes::Bytes;

use super::WireError;

/// Cuts a byte stream into messages.
#[derive(Debug, Default)]
pub struct Framer {}

impl Framer {
    /// An empty stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they came from the transport, in any portions.
    pub fn push(&mut self, _bytes: &[u8]) {
        todo!()
    }

    /// The next whole message with its header; `None`: more bytes are needed. After an error the stream is of no use.
    ///
    /// # Errors
    /// A header that RFC 4271 section 6.1 forbids: marker, length (also for the type), type.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, WireError> {
        todo!()
    }
}
