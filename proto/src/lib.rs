//! The gRPC contract between the speaker, the controller and `bellctl`, generated from
//! `proto/proto/bellwether/v1/*.proto`. The comments there are the documentation: what each call
//! does, what each field means, and what happens when something is wrong.

/// Package `bellwether.v1`.
pub mod v1 {
    tonic::include_proto!("bellwether.v1");
}
