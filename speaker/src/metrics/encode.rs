use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::Snapshot;
use super::catalog::{CATALOG, Metric, Read, Sample};

/// What the text is, by the name of HTTP.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The snapshot in the text format of OpenMetrics.
///
/// # Errors
/// None that is known: the text is written to memory.
pub(super) fn text(snapshot: Snapshot) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        CATALOG.iter().try_for_each(|metric| {
            let encoder =
                encoder.encode_descriptor(metric.name, metric.help, None, metric.kind())?;
            metric.encode(self, encoder)
        })
    }
}

impl Metric {
    fn kind(&self) -> MetricType {
        match self.read {
            Read::Gauge(_) => MetricType::Gauge,
            Read::Counter(_) => MetricType::Counter,
            Read::Histogram(_) => MetricType::Histogram,
        }
    }

    fn encode(&self, snapshot: &Snapshot, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        match self.read {
            Read::Gauge(read) => samples(read(snapshot), &mut encoder, |value, encoder| {
                ConstGauge::new(value).encode(encoder)
            }),
            Read::Counter(read) => samples(read(snapshot), &mut encoder, |value, encoder| {
                ConstCounter::new(value).encode(encoder)
            }),
            Read::Histogram(read) => read(snapshot).encode(encoder),
        }
    }
}

fn samples<V>(
    samples: Vec<Sample<V>>,
    encoder: &mut MetricEncoder<'_>,
    encode: impl Fn(V, MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    for Sample { labels, value } in samples {
        encode(value, encoder.encode_family(&labels)?)?;
    }
    Ok(())
}
