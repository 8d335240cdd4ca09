use bytes::Bytes;

use crate::net::{Family, Prefix};
use crate::wire::nlri::Nlri;

/// Routes of a received UPDATE, left as they were sent: it is known that each can be read and how many there are, and
/// only who iterates reads them. So to count a full table takes no memory, and hardly any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceivedRoutes {
    /// At most four: each family's own field, and its announced routes where they are treated as withdrawn.
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    family: Family,
    /// Of the message, which stays in memory as long.
    octets: Bytes,
    routes: usize,
}

impl ReceivedRoutes {
    /// Adds a field of `message`.
    pub(super) fn push(&mut self, message: &Bytes, nlri: Nlri<'_>) {
        if !nlri.is_empty() {
            self.fields.push(Field {
                family: nlri.family(),
                octets: message.slice_ref(nlri.octets()),
                routes: nlri.len(),
            });
        }
    }

    /// How many there are. A prefix that is sent twice counts twice.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.iter().map(|field| field.routes).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// How many of a family there are.
    #[must_use]
    pub fn of(&self, family: Family) -> usize {
        let fields = self.fields.iter().filter(|field| field.family == family);
        fields.map(|field| field.routes).sum()
    }

    /// The prefixes in the order sent, their host bits cleared.
    pub fn iter(&self) -> impl Iterator<Item = Prefix> + '_ {
        let fields = self.fields.iter();
        // What was read once is read again.
        let readable = fields.filter_map(|field| Nlri::new(field.family, &field.octets).ok());
        readable.flat_map(Nlri::iter)
    }
}
