use std::net::IpAddr;

use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES, SOON};
use super::router::kernel_next_hops;

pub(super) const TEST: LabTest = LabTest {
    name: "bad-manifest",
    about: "a broken document is reported with file, document and field; all others stay in force, also those beside it",
    run,
};

/// The first document has an AS that is none; the others are a Service of its own.
const BROKEN: &str = r#"apiVersion: bellwether.dev/v1alpha1
kind: BGPPeer
metadata:
  name: broken
spec:
  myASN: 64512
  peerASN: banana
  peerAddress: 10.0.0.99
---
apiVersion: v1
kind: Service
metadata:
  name: second
  namespace: default
  annotations: {bellwether.dev/loadBalancerIPs: 203.0.113.11}
spec:
  type: LoadBalancer
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: second
  namespace: default
  labels: {kubernetes.io/service-name: second}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints:
  - {addresses: [10.244.1.11], nodeName: n1}
"#;

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    lab.write_manifest("broken.yaml", BROKEN)?;
    let second = IpAddr::from([203, 0, 113, 11]);
    lab.lab().wait_until(
        SOON,
        "the good Service of the broken file is announced",
        || {
            let seen = kernel_next_hops(lab.lab(), second)?;
            ensure!(seen.len() == NODES.len(), "by {seen:?}");
            anyhow::Ok(())
        },
    )?;
    lab.lab()
        .wait_until(SOON, "the broken document is reported", || {
            let log = lab.lab().log("n1")?;
            let told = log.lines().any(|line| {
                ["broken.yaml", "peerASN"]
                    .iter()
                    .all(|word| line.contains(word))
            });
            ensure!(told, "{log}");
            anyhow::Ok(())
        })?;
    lab.wait_announced_by(&NODES)?;
    Ok(lab.into_lab().down()?)
}
