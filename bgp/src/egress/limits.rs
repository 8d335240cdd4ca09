/// Bounds of what the table makes and keeps for peers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A chunk ends with the message that reaches this many octets. The default of 16 KiB is some
    /// ten microseconds of work, so that a withdrawal that comes in the meantime is soon sent, and
    /// enough for a write to a socket to be worth it.
    pub(super) chunk_octets: usize,
    /// Encoded messages that a subgroup keeps for the slower ones of its peers, in octets, and one
    /// chunk. Who is further behind than that is not sent what it missed but the table as it is
    /// then. By default 8 MiB: a million IPv4 host routes are five.
    pub(super) log_octets: usize,
    /// Peers that have everything go on with others that lack no more routes than this, for whom
    /// these are encoded at once. By default 8192, some ten messages: little beside encoding each
    /// later change once more.
    pub(super) merge_routes: usize,
    /// Routes that nobody wants any more and that no peer need be told of, before their numbers are
    /// looked for: 1024 by default, which is little memory, and makes it seldom.
    pub(super) unwanted_routes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chunk_octets: 16 << 10,
            log_octets: 8 << 20,
            merge_routes: 8192,
            unwanted_routes: 1024,
        }
    }
}
