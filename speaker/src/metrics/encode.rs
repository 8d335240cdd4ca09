use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::Snapshot;
use super::catalog::{CATALOG, Metric, Read};

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
            Read::Gauge(read) => read(snapshot).into_iter().try_for_each(|sample| {
                let labels = self.labels(sample.labels);
                // Else it would be shown with empty braces.
                if labels.is_empty() {
                    return encoder.encode_gauge(&sample.value);
                }
                ConstGauge::new(sample.value).encode(encoder.encode_family(&labels)?)
            }),
            Read::Counter(read) => read(snapshot).into_iter().try_for_each(|sample| {
                let labels = self.labels(sample.labels);
                ConstCounter::new(sample.value).encode(encoder.encode_family(&labels)?)
            }),
            Read::Histogram(read) => read(snapshot).encode(encoder),
        }
    }

    fn labels(&self, values: Vec<String>) -> Vec<(&'static str, String)> {
        self.labels.iter().copied().zip(values).collect()
    }
}

#[cfg(test)]
mod tests;
