//! Messages read and written, beside two other crates on the same octets, and a full table received.

use std::net::IpAddr;
use std::time::Duration;

use bellwether_bgp::ingest::Intake;
use bellwether_bgp::net::{Asn, FamilySet, HoldTime, Prefix, RouterId};
use bellwether_bgp::session::{ConnId, Input, Output, PeerConfig, Session, State};
use bellwether_bgp::time::Instant;
use bellwether_bgp::wire::attr::{Origin, encode};
use bellwether_bgp::wire::update::{self, Template};
use bellwether_bgp::wire::{DecodeContext, Framer, MAX_MESSAGE_OCTETS, Message, nlri};
use bgpkit_parser::models::{AsnLength, BgpMessage};
use bgpkit_parser::parser::bgp::messages::parse_bgp_message;
use bytes::{Bytes, BytesMut};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use netgauze_bgp_pkt::BgpMessage as NetgauzeMessage;
use netgauze_bgp_pkt::wire::deserializer::BgpParsingContext;
use netgauze_parse_utils::WritablePdu;
use netgauze_parse_utils::reader::SliceReader;
use netgauze_parse_utils::traits::ParseFromWithOneInput;

fn main() {
    divan::main();
}

/// Routes in an UPDATE: a host's, a usual one of a full table's, as many as fit.
const ROUTES: [u32; 3] = [1, 5, 800];

const CONTEXT: DecodeContext = DecodeContext {
    four_octet_as: true,
    ebgp: true,
    families: FamilySet::ALL,
};

fn asn(number: u32) -> Asn {
    Asn::new(number).unwrap_or(Asn::TRANS)
}

fn prefixes(first: u32, count: u32) -> Vec<Prefix> {
    let host = |index: u32| Prefix::host(IpAddr::V4((0x0A00_0000 + index).into()));
    (first..first + count).map(host).collect()
}

/// Attributes as a router has them: a path of four, MED, three communities.
fn attributes() -> BytesMut {
    let mut out = BytesMut::new();
    encode::origin(&mut out, Origin::Igp);
    encode::as_path(&mut out, &[64513, 3356, 1299, 64496].map(asn), true);
    encode::next_hop(&mut out, [192, 0, 2, 1].into());
    encode::med(&mut out, 50);
    encode::communities(
        &mut out,
        [0xFBF0_0001, 0xFBF0_0002, 0xFBF0_0003].into_iter(),
    );
    out
}

fn message(first: u32, count: u32) -> Bytes {
    let mut out = BytesMut::new();
    let prefixes = prefixes(first, count);
    update::announce_ipv4(&mut out, &attributes(), &prefixes, MAX_MESSAGE_OCTETS);
    out.freeze()
}

#[divan::bench(args = ROUTES)]
fn decode(bencher: Bencher<'_, '_>, routes: u32) {
    let message = message(0, routes);
    bencher.bench(|| Message::decode(black_box(&message), &CONTEXT));
}

/// As [`decode`], and every prefix is looked at.
#[divan::bench(args = ROUTES)]
fn decode_and_read(bencher: Bencher<'_, '_>, routes: u32) {
    let message = message(0, routes);
    bencher.bench(|| match Message::decode(black_box(&message), &CONTEXT) {
        Ok(Message::Update(update)) => update.announced.iter().map(black_box).count(),
        _ => 0,
    });
}

#[divan::bench(args = ROUTES)]
fn decode_bgpkit(bencher: Bencher<'_, '_>, routes: u32) {
    let message = message(0, routes);
    bencher
        .bench(|| parse_bgp_message(&mut black_box(&message).clone(), false, &AsnLength::Bits32));
}

#[divan::bench(args = ROUTES)]
fn decode_netgauze(bencher: Bencher<'_, '_>, routes: u32) {
    let message = message(0, routes);
    bencher.bench(|| {
        let mut reader = SliceReader::new(black_box(&message));
        NetgauzeMessage::parse(&mut reader, &mut BgpParsingContext::default())
    });
}

#[divan::bench(args = ROUTES)]
fn encode(bencher: Bencher<'_, '_>, routes: u32) {
    let template = Template::ipv4(&attributes());
    let prefixes = prefixes(0, routes);
    let (mut out, mut encoded) = (BytesMut::new(), BytesMut::new());
    bencher.bench_local(|| {
        encoded.clear();
        out.clear();
        for prefix in black_box(&prefixes) {
            nlri::put(&mut encoded, *prefix);
        }
        template.put(&mut out, &encoded);
        black_box(out.len())
    });
}

#[divan::bench(args = ROUTES)]
fn encode_bgpkit(bencher: Bencher<'_, '_>, routes: u32) {
    let parsed = parse_bgp_message(&mut message(0, routes), false, &AsnLength::Bits32);
    let Ok(BgpMessage::Update(update)) = parsed else {
        return;
    };
    let message = BgpMessage::Update(update);
    bencher.bench(|| black_box(&message).encode(AsnLength::Bits32));
}

#[divan::bench(args = ROUTES)]
fn encode_netgauze(bencher: Bencher<'_, '_>, routes: u32) {
    let octets = message(0, routes);
    let mut reader = SliceReader::new(&octets);
    let Ok(message) = NetgauzeMessage::parse(&mut reader, &mut BgpParsingContext::default()) else {
        return;
    };
    let mut out = Vec::with_capacity(MAX_MESSAGE_OCTETS.into());
    bencher.bench_local(|| {
        out.clear();
        black_box(&message).write(&mut out).is_ok()
    });
}

/// A million routes in messages of so many, as one session receives them that counts.
#[divan::bench(args = [5, 800])]
fn receive_a_million(bencher: Bencher<'_, '_>, routes: u32) {
    let mut stream = BytesMut::new();
    for first in (0..1_000_000).step_by(routes as usize) {
        stream.extend_from_slice(&message(first, routes));
    }
    bencher
        .counter(ItemsCount::new(1_000_000_u32))
        .with_inputs(established)
        .bench_local_refs(|(session, id)| {
            let mut events = 0;
            for octets in stream.chunks(32 << 10) {
                session.handle(Instant::default(), Input::Received(*id, octets));
                events += std::iter::from_fn(|| session.poll()).count();
            }
            events
        });
}

/// A session that has exchanged OPENs with another one.
fn established() -> (Session, ConnId) {
    let config = |local, peer, router_id: RouterId| PeerConfig {
        local_asn: asn(local),
        peer_asn: asn(peer),
        router_id,
        passive: false,
        hold_time: HoldTime::DEFAULT,
        connect_retry_time: Duration::from_secs(5),
        families: FamilySet::ALL,
        intake: Intake::default(),
    };
    let ids = ["10.0.0.1", "10.0.0.2"].map(str::parse::<RouterId>);
    let [Ok(first), Ok(second)] = ids else {
        unreachable!("both are identifiers");
    };
    let configs = [config(64512, 64513, first), config(64513, 64512, second)];
    let mut ends = configs.map(|config| Session::new(config, 1));
    let now = Instant::default();
    let [local, peer] = &mut ends;
    local.handle(now, Input::Start);
    peer.handle(now, Input::Start);
    let dialled = std::iter::from_fn(|| local.poll()).find_map(|output| match output {
        Output::Connect(id) => Some(id),
        _ => None,
    });
    while peer.poll().is_some() {}
    let (Some(id), Some(accepted)) = (dialled, peer.accept(now)) else {
        unreachable!("the one dials and the other takes it");
    };
    local.handle(now, Input::Connected(id));
    while local.state() != State::Established {
        carry(local, peer, accepted);
        carry(peer, local, id);
    }
    let [local, _] = ends;
    (local, id)
}

/// Brings what one end sends to the other.
fn carry(from: &mut Session, to: &mut Session, id: ConnId) {
    while let Some(output) = from.poll() {
        if let Output::Send(_, octets) = output {
            to.handle(Instant::default(), Input::Received(id, &octets));
        }
    }
}

/// The stream of a million routes cut into messages.
#[divan::bench]
fn frame_a_million(bencher: Bencher<'_, '_>) {
    let stream: Vec<u8> = (0..1250)
        .flat_map(|index| message(index * 800, 800))
        .collect();
    bencher.bench(|| {
        let mut framer = Framer::new();
        let mut frames = 0;
        for octets in stream.chunks(32 << 10) {
            framer.push(octets);
            while let Ok(Some(_)) = framer.next_frame() {
                frames += 1;
            }
        }
        frames
    });
}
