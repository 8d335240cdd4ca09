//! The gRPC contract between the speaker, the controller and `bellctl`, generated from
//! `proto/proto/bellwether/v1/*.proto`. The comments there are the documentation: what each call
//! does, what each field means, and what happens when something is wrong.

/// Package `bellwether.v1`.
pub mod v1 {
    tonic::include_proto!("bellwether.v1");
}

/// The descriptors of all `.proto` files, as server reflection hands them out: a `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
