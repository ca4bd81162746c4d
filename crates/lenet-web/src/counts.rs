//! What is counted, for Prometheus: requests by route and status with their time, and how many images are answered together.

use std::time::Duration;

use axum::http::StatusCode;
use metrics::{counter, describe_counter, describe_histogram, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

/// Upper ends of the buckets in seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];
/// Upper ends of the buckets in images.
const IMAGES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// All counters; each server has its own.
pub(crate) struct Counts(PrometheusRecorder);

impl Counts {
    pub(crate) fn new() -> Self {
        let buckets = |builder: PrometheusBuilder, name: &str, ends: &[f64]| {
            builder.set_buckets_for_metric(Matcher::Full(name.to_string()), ends).expect("there are buckets")
        };
        let builder = buckets(PrometheusBuilder::new(), "lenet_request_seconds", &SECONDS);
        let counts = Counts(buckets(builder, "lenet_batch_images", &IMAGES).build_recorder());
        with_local_recorder(&counts.0, || {
            describe_counter!("lenet_requests_total", "Requests by route and status");
            describe_histogram!("lenet_request_seconds", "Seconds until a request is answered, by route");
            describe_histogram!("lenet_batch_images", "Images that are classified together");
        });
        counts
    }

    pub(crate) fn request(&self, route: &str, status: StatusCode, time: Duration) {
        with_local_recorder(&self.0, || {
            let route = route.to_string();
            histogram!("lenet_request_seconds", "route" => route.clone()).record(time);
            counter!("lenet_requests_total", "route" => route, "status" => status.as_str().to_string())
                .increment(1);
        });
    }

    pub(crate) fn batch(&self, images: usize) {
        with_local_recorder(&self.0, || histogram!("lenet_batch_images").record(images as f64));
    }

    /// As Prometheus reads it.
    pub(crate) fn text(&self) -> String {
        self.0.handle().render()
    }

    /// Sums up what has been noted; to be done every few seconds, or it takes up memory.
    pub(crate) fn tidy(&self) {
        self.0.handle().run_upkeep();
    }
}
