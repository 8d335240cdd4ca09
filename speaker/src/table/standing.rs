/// What has become of what an owner wants, or of what a peer is to be sent: the worst of what its lease and the drains say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Announced as it is wanted.
    #[default]
    Active,
    /// Announced as the last resort.
    Depreferred,
    /// Not announced.
    Withdrawn,
}
