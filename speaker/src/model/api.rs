use std::net::SocketAddr;
use std::path::PathBuf;

/// Who may use the API, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ApiSettings {
    pub(crate) access: ApiAccess,
    pub(crate) tcp: Option<ApiTcp>,
}

/// Which local users may use the Unix socket, of those whom the file's mode lets through. Both empty: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ApiAccess {
    pub(crate) users: Vec<u32>,
    /// The groups of their processes, not those that the users could have besides.
    pub(crate) groups: Vec<u32>,
}

/// The API over TCP: only with certificates on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiTcp {
    pub(crate) listen: SocketAddr,
    /// PEM files: our certificate with those that lead to its root, our private key, and who signs the clients'.
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_ca: PathBuf,
}

impl ApiAccess {
    pub(crate) fn allows(&self, user: u32, group: u32) -> bool {
        let anybody = self.users.is_empty() && self.groups.is_empty();
        anybody || self.users.contains(&user) || self.groups.contains(&group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_lists_everybody_is_let_in() {
        assert!(ApiAccess::default().allows(1000, 1000));
    }

    #[test]
    fn with_a_list_only_who_is_on_one_is_let_in() {
        let access = ApiAccess {
            users: vec![0],
            groups: vec![7],
        };
        assert!(access.allows(0, 1));
        assert!(access.allows(1000, 7));
        assert!(!access.allows(1000, 1000));
    }
}
