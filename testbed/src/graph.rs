//! Pictures of a topology, as text.

use std::fmt::Write;

use crate::topology::{Node, Topology};

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One line a node and one a link, for reading
    Text,
    /// A flowchart that GitHub and many editors draw
    Mermaid,
    /// For Graphviz
    Dot,
}

/// Draws a topology.
#[must_use]
pub fn draw(topology: &Topology, format: Format) -> String {
    let mut drawing = String::new();
    // Writing to a String does not fail.
    let _ = match format {
        Format::Text => text(topology, &mut drawing),
        Format::Mermaid => mermaid(topology, &mut drawing),
        Format::Dot => dot(topology, &mut drawing),
    };
    drawing
}

fn text(topology: &Topology, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{}: {} nodes, {} links",
        topology.name,
        topology.nodes.len(),
        topology.links.len()
    )?;
    let width = topology
        .nodes
        .iter()
        .map(|node| node.name.len())
        .max()
        .unwrap_or(0);
    for node in &topology.nodes {
        write!(out, "  {:width$}  {:6}", node.name, node.image.folder())?;
        for link in &topology.links {
            match &link.ends {
                [a, b] if a.node == node.name => write!(out, "  {} -> {}", a.interface, b.node)?,
                [a, b] if b.node == node.name => write!(out, "  {} -> {}", b.interface, a.node)?,
                _ => {}
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn mermaid(topology: &Topology, out: &mut String) -> std::fmt::Result {
    writeln!(out, "flowchart LR")?;
    for (index, node) in topology.nodes.iter().enumerate() {
        writeln!(
            out,
            "  node{index}[\"{}<br/>{}\"]",
            node.name,
            node.image.folder()
        )?;
    }
    for link in &topology.links {
        let [a, b] = link
            .ends
            .each_ref()
            .map(|end| position(topology, &end.node));
        writeln!(out, "  node{a} --- node{b}")?;
    }
    Ok(())
}

fn dot(topology: &Topology, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "graph \"{}\" {{\n  rankdir=LR\n  node [shape=box]",
        topology.name
    )?;
    for Node { name, image, .. } in &topology.nodes {
        writeln!(out, "  \"{name}\" [label=\"{name}\\n{}\"]", image.folder())?;
    }
    for link in &topology.links {
        let [a, b] = &link.ends;
        writeln!(
            out,
            "  \"{}\" -- \"{}\" [taillabel=\"{}\", headlabel=\"{}\"]",
            a.node, b.node, a.interface, b.interface
        )?;
    }
    writeln!(out, "}}")
}

fn position(topology: &Topology, node: &str) -> usize {
    topology
        .nodes
        .iter()
        .position(|other| other.name == node)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn drawn(format: Format) -> String {
        let text = "
name: small
topology:
  defaults: {kind: linux, network-mode: none, image: bellwether-lab/client}
  nodes:
    router: {image: bellwether-lab/bird}
    c1:
    c2:
  links:
    - endpoints: [router:eth1, c1:eth0]
    - endpoints: [c2:eth0, router:eth2]
";
        let topology = Topology::from_text(Path::new("/small.clab.yml"), text, |_| None);
        draw(&topology.unwrap(), format)
    }

    #[test]
    fn text_shows_each_node_with_its_links() {
        insta::assert_snapshot!(drawn(Format::Text));
    }

    #[test]
    fn mermaid_is_a_flowchart() {
        insta::assert_snapshot!(drawn(Format::Mermaid));
    }

    #[test]
    fn dot_names_the_interfaces() {
        insta::assert_snapshot!(drawn(Format::Dot));
    }
}
