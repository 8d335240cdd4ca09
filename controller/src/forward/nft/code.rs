//! Numbers of `linux/netfilter/nf_tables.h` and its neighbours, by the object they describe.

use crate::forward::contents::Family;

/// `NFNL_SUBSYS_NFTABLES`.
pub(crate) const SUBSYSTEM: u8 = 10;
/// `NFTA_LIST_ELEM`: one member of a list.
pub(crate) const LIST_ELEMENT: u16 = 1;
/// `NFNL_BATCH_GENID`: the generation that a batch is based on.
pub(crate) const BATCH_GENERATION: u16 = 1;
/// `NFTA_GEN_ID`: the current generation.
pub(crate) const GENERATION: u16 = 1;

/// `NFPROTO_IPV4`, `NFPROTO_IPV6`.
pub(crate) fn protocol_family(family: Family) -> u8 {
    match family {
        Family::V4 => 2,
        Family::V6 => 10,
    }
}

/// `enum nf_tables_msg_types`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Message {
    NewTable = 0,
    GetTable = 1,
    DeleteTable = 2,
    NewChain = 3,
    GetChain = 4,
    NewRule = 6,
    GetRule = 7,
    NewSet = 9,
    GetSet = 10,
    NewElement = 12,
    GetElement = 13,
    DeleteElement = 14,
    GetGeneration = 16,
}

impl Message {
    /// The netlink message type.
    pub(crate) fn number(self) -> u16 {
        u16::from_be_bytes([SUBSYSTEM, self as u8])
    }
}

/// `NFTA_TABLE_*`.
pub(crate) mod table {
    pub(crate) const NAME: u16 = 1;
    pub(crate) const FLAGS: u16 = 2;
    pub(crate) const USERDATA: u16 = 6;
    pub(crate) const OWNER: u16 = 7;
    /// `NFT_TABLE_F_DORMANT`: its chains see no packet.
    pub(crate) const FLAG_DORMANT: u32 = 1;
    /// `NFT_TABLE_F_OWNER`: only the socket that made it may change it (Linux 5.12).
    pub(crate) const FLAG_OWNER: u32 = 2;
    /// `NFT_TABLE_F_PERSIST`: it outlives its owner's socket (Linux 6.9).
    pub(crate) const FLAG_PERSIST: u32 = 4;
}

/// `NFTA_CHAIN_*` and `NFTA_HOOK_*`.
pub(crate) mod chain {
    pub(crate) const TABLE: u16 = 1;
    pub(crate) const NAME: u16 = 3;
    pub(crate) const HOOK: u16 = 4;
    pub(crate) const TYPE: u16 = 7;
    pub(crate) const HOOK_NUMBER: u16 = 1;
    pub(crate) const HOOK_PRIORITY: u16 = 2;
}

/// `NFTA_RULE_*` and `NFTA_EXPR_*`.
pub(crate) mod rule {
    pub(crate) const TABLE: u16 = 1;
    pub(crate) const CHAIN: u16 = 2;
    pub(crate) const EXPRESSIONS: u16 = 4;
    pub(crate) const USERDATA: u16 = 7;
    pub(crate) const EXPRESSION_KIND: u16 = 1;
    pub(crate) const EXPRESSION_DATA: u16 = 2;
}

/// `NFTA_SET_*`.
pub(crate) mod set {
    pub(crate) const TABLE: u16 = 1;
    pub(crate) const NAME: u16 = 2;
    pub(crate) const FLAGS: u16 = 3;
    pub(crate) const KEY_TYPE: u16 = 4;
    pub(crate) const KEY_LEN: u16 = 5;
    pub(crate) const DATA_TYPE: u16 = 6;
    pub(crate) const DATA_LEN: u16 = 7;
    pub(crate) const ID: u16 = 10;
    /// `NFT_SET_INTERVAL`.
    pub(crate) const FLAG_RANGES: u32 = 4;
    /// `NFT_SET_MAP`.
    pub(crate) const FLAG_MAP: u32 = 8;
    /// `NFT_DATA_VERDICT`: the data type of a verdict map.
    pub(crate) const DATA_VERDICT: u32 = 0xffff_ff00;
}

/// `NFTA_SET_ELEM_LIST_*`, `NFTA_SET_ELEM_*`, `NFTA_DATA_*` and `NFTA_VERDICT_*`.
pub(crate) mod element {
    pub(crate) const TABLE: u16 = 1;
    pub(crate) const SET: u16 = 2;
    pub(crate) const ELEMENTS: u16 = 3;
    pub(crate) const KEY: u16 = 1;
    pub(crate) const DATA: u16 = 2;
    pub(crate) const FLAGS: u16 = 3;
    /// `NFT_SET_ELEM_INTERVAL_END`.
    pub(crate) const FLAG_RANGE_END: u32 = 1;
    pub(crate) const VALUE: u16 = 1;
    pub(crate) const VERDICT: u16 = 2;
    pub(crate) const VERDICT_CODE: u16 = 1;
    pub(crate) const VERDICT_CHAIN: u16 = 2;
    /// `NF_DROP`.
    pub(crate) const DROP: u32 = 0;
}

/// `NFTNL_UDATA_TABLE_COMMENT` and `NFTNL_UDATA_RULE_COMMENT` of libnftnl: a comment in user data,
/// which listings print.
pub(crate) const COMMENT: u8 = 0;

/// `NLMSGERR_ATTR_*` of `linux/netlink.h`.
pub(crate) mod answer {
    pub(crate) const TEXT: u16 = 1;
    pub(crate) const OFFSET: u16 = 2;
}
