//! Neighbors that do not behave, beside one that does.

use bellwether_bgp::net::FamilySet;
use bellwether_bgp::wire::{DecodeContext, Framer, Message, Notification};
use bellwether_proto::v1;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::router::{Router, connect_from};
use crate::speaker::{Speaker, active, passive, route};
use crate::within;

/// Announces more than fits into the buffers between a speaker and a router that does not read. The number of routes.
pub(crate) async fn announce_much(speaker: &mut Speaker) -> usize {
    const BATCHES: u8 = 2;
    for batch in 0..BATCHES {
        let prefixes = (0..=u16::MAX).map(|n| {
            let [high, low] = n.to_be_bytes();
            route(&format!("10.{batch}.{high}.{low}/32"))
        });
        let request = v1::AnnounceRequest {
            owner: String::new(),
            routes: prefixes.collect(),
            ..v1::AnnounceRequest::default()
        };
        speaker.api.announce(request).await.unwrap();
    }
    usize::from(BATCHES) << 16
}

/// A speaker with an honest neighbor, and one at 127.0.0.2 that is still to come.
async fn speaker_with_witness() -> (Speaker, Router) {
    let witness = Router::listen("127.0.0.9");
    let peers = active("witness", witness.address) + &passive("stranger", "127.0.0.2");
    let speaker = Speaker::start(&peers).await;
    witness.established().await;
    (speaker, witness)
}

async fn unaffected(speaker: &mut Speaker, witness: &Router) {
    speaker.announce(&["192.0.2.77/32"]).await;
    let seen = witness.holds(&["192.0.2.77/32"]).await;
    assert!(seen.down.is_empty(), "{seen:?}");
}

/// What the speaker says last on this connection.
async fn last_words(stream: &mut TcpStream) -> Option<Notification> {
    let mut octets = Vec::new();
    within("the connection ends", stream.read_to_end(&mut octets))
        .await
        .unwrap();
    let mut framer = Framer::new();
    framer.push(&octets);
    let context = DecodeContext {
        four_octet_as: true,
        ebgp: true,
        families: FamilySet::ALL,
    };
    let mut last = None;
    while let Some(frame) = framer.next_frame().unwrap() {
        last = Some(Message::decode(&frame, &context).unwrap());
    }
    match last {
        Some(Message::Notification(notification)) => Some(notification),
        _ => None,
    }
}

#[tokio::test]
async fn garbage_is_answered_with_connection_not_synchronized() {
    let (mut speaker, witness) = speaker_with_witness().await;
    let mut stranger = connect_from("127.0.0.2", speaker.listen).await;
    stranger
        .write_all(b"GET / HTTP/1.1\r\nHost: speaker\r\n\r\n")
        .await
        .unwrap();
    let said = last_words(&mut stranger).await.unwrap();
    assert_eq!(
        said.to_string(),
        "Message Header Error/Connection Not Synchronized"
    );
    unaffected(&mut speaker, &witness).await;
    let state = speaker.peer("stranger").await;
    assert!(
        state.last_error.contains("Connection Not Synchronized"),
        "{state:?}"
    );
}

#[tokio::test]
async fn a_connection_from_an_unknown_address_is_closed_without_a_word() {
    let (mut speaker, witness) = speaker_with_witness().await;
    let mut stranger = connect_from("127.0.0.99", speaker.listen).await;
    let mut octets = Vec::new();
    let read = within(
        "the connection ends",
        stream_end(&mut stranger, &mut octets),
    )
    .await;
    assert_eq!((read, octets.len()), ((), 0));
    unaffected(&mut speaker, &witness).await;
    assert!(speaker.log().contains("no peer has this address"));
}

/// The end of the stream: whether by FIN or by reset is the system's matter.
async fn stream_end(stream: &mut TcpStream, octets: &mut Vec<u8>) {
    let _ = stream.read_to_end(octets).await;
}

#[tokio::test]
async fn a_second_connection_of_an_established_neighbor_is_refused() {
    let (mut speaker, witness) = speaker_with_witness().await;
    let router = Router::dial("127.0.0.2", speaker.listen).await;
    router.established().await;
    let _again = Router::dial("127.0.0.2", speaker.listen).await;
    unaffected(&mut speaker, &witness).await;
    router.holds(&["192.0.2.77/32"]).await;
    assert!(router.seen().down.is_empty());
    assert_eq!(speaker.peer("stranger").await.established_count, 1);
}

#[tokio::test]
async fn a_neighbor_that_never_answers_open_can_connect_again() {
    let (mut speaker, witness) = speaker_with_witness().await;
    let silent = connect_from("127.0.0.2", speaker.listen).await;
    let open_sent = |peer: &v1::PeerState| peer.state() == v1::SessionState::OpenSent;
    speaker.peer_when("stranger", open_sent).await;
    unaffected(&mut speaker, &witness).await;
    let router = Router::dial("127.0.0.2", speaker.listen).await;
    router.established().await;
    drop(silent);
    router.holds(&["192.0.2.77/32"]).await;
}

#[tokio::test]
async fn a_neighbor_that_reads_nothing_delays_nobody_and_gets_the_rest_when_it_reads() {
    let (mut speaker, witness) = speaker_with_witness().await;
    let stalls = Router::dial("127.0.0.2", speaker.listen).await;
    stalls.established().await;
    stalls.read(false);
    let routes = announce_much(&mut speaker).await;
    witness
        .when("all routes", |seen| seen.routes.len() == routes)
        .await;
    assert!(stalls.seen().routes.len() < routes);
    stalls.read(true);
    stalls
        .when("all routes", |seen| seen.routes.len() == routes)
        .await;
    assert!(stalls.seen().down.is_empty());
}
