//! The few messages of GoBGP's API that put routes into it, by the field numbers of its v4
//! `proto/api/*.proto` (Apache-2.0). Fields that stay empty are left out.

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream;
use prost::{Message, Oneof};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::bench::work::{Community, Entry};

const TABLE_TYPE_GLOBAL: i32 = 1;
const AFI_IP: i32 = 1;
const SAFI_UNICAST: i32 = 1;

#[derive(Clone, PartialEq, Message)]
pub(super) struct AddPathStreamRequest {
    #[prost(int32, tag = "1")]
    table_type: i32,
    #[prost(message, repeated, tag = "3")]
    paths: Vec<Path>,
}

#[derive(Clone, PartialEq, Message)]
struct DeletePathRequest {
    #[prost(int32, tag = "1")]
    table_type: i32,
    #[prost(message, optional, tag = "3")]
    family: Option<Family>,
    #[prost(message, optional, tag = "4")]
    path: Option<Path>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Empty {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Path {
    #[prost(message, optional, tag = "1")]
    nlri: Option<Nlri>,
    #[prost(message, repeated, tag = "2")]
    attributes: Vec<Attribute>,
    #[prost(message, optional, tag = "9")]
    family: Option<Family>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Family {
    #[prost(int32, tag = "1")]
    afi: i32,
    #[prost(int32, tag = "2")]
    safi: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Nlri {
    #[prost(message, optional, tag = "1")]
    prefix: Option<IpAddressPrefix>,
}

#[derive(Clone, PartialEq, Message)]
struct IpAddressPrefix {
    #[prost(uint32, tag = "1")]
    length: u32,
    #[prost(string, tag = "2")]
    prefix: String,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(oneof = "Kind", tags = "2, 4, 9")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(message, tag = "2")]
    Origin(Origin),
    #[prost(message, tag = "4")]
    NextHop(NextHop),
    #[prost(message, tag = "9")]
    Communities(Communities),
}

/// 0 is IGP.
#[derive(Clone, Copy, PartialEq, Message)]
struct Origin {
    #[prost(uint32, tag = "1")]
    origin: u32,
}

#[derive(Clone, PartialEq, Message)]
struct NextHop {
    #[prost(string, tag = "1")]
    next_hop: String,
}

#[derive(Clone, PartialEq, Message)]
struct Communities {
    #[prost(uint32, repeated, tag = "1")]
    communities: Vec<u32>,
}

/// An IPv4 route of GoBGP's own.
pub(super) fn path(entry: Entry) -> Path {
    let Entry { address, community } = entry;
    let Community(high, low) = community;
    let kinds = [
        Kind::Origin(Origin { origin: 0 }),
        Kind::NextHop(NextHop {
            next_hop: "0.0.0.0".to_owned(),
        }),
        Kind::Communities(Communities {
            communities: vec![u32::from(high) << 16 | u32::from(low)],
        }),
    ];
    let attribute = |kind| Attribute { kind: Some(kind) };
    Path {
        nlri: Some(Nlri {
            prefix: Some(IpAddressPrefix {
                length: 32,
                prefix: address.to_string(),
            }),
        }),
        attributes: kinds.into_iter().map(attribute).collect(),
        family: Some(IPV4_UNICAST),
    }
}

const IPV4_UNICAST: Family = Family {
    afi: AFI_IP,
    safi: SAFI_UNICAST,
};

/// One message of a stream of paths.
pub(super) fn batch(paths: Vec<Path>) -> AddPathStreamRequest {
    AddPathStreamRequest {
        table_type: TABLE_TYPE_GLOBAL,
        paths,
    }
}

/// `AddPathStream`: adds paths, or changes them.
pub(super) fn add(
    channel: Channel,
    batches: Vec<AddPathStreamRequest>,
) -> BoxFuture<'static, Result<(), Status>> {
    async move {
        let mut client = ready(channel).await?;
        let path = PathAndQuery::from_static("/api.GoBgpService/AddPathStream");
        let request = Request::new(stream::iter(batches));
        let answer: Response<Empty> = client
            .client_streaming(request, path, ProstCodec::default())
            .await?;
        let Empty {} = answer.into_inner();
        Ok(())
    }
    .boxed()
}

/// `DeletePath`, by prefix.
pub(super) fn delete(channel: Channel, path: Path) -> BoxFuture<'static, Result<(), Status>> {
    async move {
        let mut client = ready(channel).await?;
        let request = Request::new(DeletePathRequest {
            table_type: TABLE_TYPE_GLOBAL,
            family: Some(IPV4_UNICAST),
            path: Some(path),
        });
        let path = PathAndQuery::from_static("/api.GoBgpService/DeletePath");
        let answer: Response<Empty> = client.unary(request, path, ProstCodec::default()).await?;
        let Empty {} = answer.into_inner();
        Ok(())
    }
    .boxed()
}

async fn ready(channel: Channel) -> Result<Grpc<Channel>, Status> {
    let mut client = Grpc::new(channel);
    let ready = client.ready().await;
    ready.map_err(|error| Status::unavailable(error.to_string()))?;
    Ok(client)
}
