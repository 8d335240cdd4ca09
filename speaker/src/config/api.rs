use std::net::SocketAddr;
use std::path::PathBuf;

use super::section::Section;
use crate::model::{ApiAccess, ApiSettings, ApiTcp, Problems};

/// What `[api]` says beside the socket's path. What is wrong is noted, and then there may be no value.
pub(super) fn read(api: &mut Section, problems: &mut Problems) -> Option<ApiSettings> {
    let access = ApiAccess {
        users: ids(api, "allow-users", problems),
        groups: ids(api, "allow-groups", problems),
    };
    let tcp = match api.optional_section("tcp", problems) {
        Some(section) => Some(tcp(section, problems)?),
        None => None,
    };
    Some(ApiSettings { access, tcp })
}

fn ids(api: &mut Section, key: &'static str, problems: &mut Problems) -> Vec<u32> {
    let numbers = api.integers(key, problems).unwrap_or_default();
    let ids = numbers.into_iter().filter_map(|(path, number)| {
        let id = u32::try_from(number);
        problems.check(
            &path,
            id.map_err(|_| format!("{number} is not a numeric ID")),
        )
    });
    ids.collect()
}

fn tcp(mut section: Section, problems: &mut Problems) -> Option<ApiTcp> {
    let listen = section.string("listen", problems);
    let listen = listen.ok_or_else(|| "is missing".to_owned());
    let listen = listen.and_then(|text| {
        let address = text.parse::<SocketAddr>();
        address.map_err(|_| format!("{text:?} is not an address with a port (as 10.0.0.1:7179)"))
    });
    let listen = problems.check(&section.key("listen"), listen);
    let mut file = |key: &'static str, missing: &str| {
        let path = section.filled(key, problems).map(PathBuf::from);
        problems.check(&section.key(key), path.ok_or(missing))
    };
    let cert = file("cert", "is missing: there is no API over TCP without TLS");
    let key = file("key", "is missing: there is no API over TCP without TLS");
    let missing =
        "is missing: who signs the clients' certificates? There is no API over TCP without them";
    let client_ca = file("client-ca", missing);
    section.finish(problems);
    Some(ApiTcp {
        listen: listen?,
        cert: cert?,
        key: key?,
        client_ca: client_ca?,
    })
}
