//! The socket options that no crate knows: their layout, and the call.
#![expect(
    unsafe_code,
    reason = "setsockopt(2) takes the address of a value; neither socket2 nor nix has these options"
)]

use std::ffi::c_int;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use nix::libc;
use socket2::{SockAddr, SockAddrStorage};

/// `TCP_MD5SIG_MAXKEYLEN` of linux/tcp.h.
const MD5_KEY_OCTETS: usize = 80;
/// linux/tcp.h.
const TCP_MD5SIG: c_int = 14;

/// `struct tcp_md5sig` of linux/tcp.h.
#[repr(C)]
struct TcpMd5Sig {
    address: SockAddrStorage,
    flags: u8,
    prefix_length: u8,
    key_length: u16,
    interface: c_int,
    key: [u8; MD5_KEY_OCTETS],
}

/// Signs what goes to `peer`, and drops what comes from there unsigned (RFC 2385); an empty key ends that.
///
/// # Errors
/// The kernel does not know the option (`CONFIG_TCP_MD5SIG`), the key is longer than 80 octets, or an empty key is to
/// replace none (`ENOENT`).
pub(super) fn set_md5_key(socket: &impl AsFd, peer: IpAddr, key: &[u8]) -> io::Result<()> {
    let mut octets = [0; MD5_KEY_OCTETS];
    let Some(room) = octets.get_mut(..key.len()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    room.copy_from_slice(key);
    // The port does not count, nor does the scope: the kernel compares the address alone.
    let value = TcpMd5Sig {
        address: SockAddr::from(SocketAddr::new(peer, 0)).as_storage(),
        flags: 0,
        prefix_length: 0,
        key_length: u16::try_from(key.len()).unwrap_or(u16::MAX),
        interface: 0,
        key: octets,
    };
    set(socket, libc::IPPROTO_TCP, TCP_MD5SIG, &value)
}

/// Drops what comes with a smaller TTL or hop limit; 0 lets everything in.
pub(super) fn set_min_ttl(socket: &impl AsFd, ipv6: bool, ttl: u8) -> io::Result<()> {
    let (level, name) = match ipv6 {
        true => (libc::IPPROTO_IPV6, libc::IPV6_MINHOPCOUNT),
        false => (libc::IPPROTO_IP, libc::IP_MINTTL),
    };
    set(socket, level, name, &c_int::from(ttl))
}

fn set<T>(socket: &impl AsFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let length = libc::socklen_t::try_from(size_of::<T>()).map_err(io::Error::other)?;
    // SAFETY: the kernel reads `length` octets at the address, which are all of `value`, and keeps no reference.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            std::ptr::from_ref(value).cast(),
            length,
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
