//! Metrics of what the client does, in Prometheus' text form: a purchase that is refused once, and a list. On a sandbox.
//! In a program of yours let your metrics crate count, and serve the text at `/metrics`.
//!
//! ```sh
//! cargo run --example metrics
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use thordata_cdk::{AttemptReport, Client, Credentials, NewCdks, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

/// The upper bounds of the histogram, in seconds. A purchase may take as long as `create_timeout`, 120 s.
const BOUNDS: [f64; 6] = [0.05, 0.25, 1.0, 5.0, 30.0, 120.0];

/// One time series: its values are from short lists, so there are few of them.
type Labels = (&'static str, String, &'static str, &'static str);

#[derive(Default)]
struct Metrics(Mutex<Series>);

#[derive(Default)]
struct Series {
    requests: BTreeMap<Labels, u64>,
    seconds: BTreeMap<&'static str, Histogram>,
}

#[derive(Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    fn count(&self, report: &AttemptReport<'_>) {
        let mut series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let status = report.status.map(|status| status.to_string());
        let labels = (
            report.operation,
            status.unwrap_or_default(),
            report.outcome,
            report.error.unwrap_or_default(),
        );
        let requests = series.requests.entry(labels).or_default();
        *requests = requests.saturating_add(1);
        let seconds = report.elapsed.as_secs_f64();
        let histogram = series.seconds.entry(report.operation).or_default();
        // Cumulative, as Prometheus expects: a bucket holds all that took no longer.
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BOUNDS) {
            *bucket = bucket.saturating_add(u64::from(seconds <= bound));
        }
        histogram.count = histogram.count.saturating_add(1);
        histogram.sum += seconds;
    }

    /// The text form of Prometheus, version 0.0.4.
    fn text(&self) -> Result<String, std::fmt::Error> {
        let series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        writeln!(
            text,
            "# HELP thordata_cdk_requests_total Requests to the service, each attempt counted."
        )?;
        writeln!(text, "# TYPE thordata_cdk_requests_total counter")?;
        for ((operation, status, outcome, error), count) in &series.requests {
            writeln!(
                text,
                "thordata_cdk_requests_total{{operation=\"{operation}\",status=\"{status}\",\
                 outcome=\"{outcome}\",error=\"{error}\"}} {count}"
            )?;
        }
        writeln!(
            text,
            "# HELP thordata_cdk_request_duration_seconds From sending to the end of the reply."
        )?;
        writeln!(
            text,
            "# TYPE thordata_cdk_request_duration_seconds histogram"
        )?;
        let name = "thordata_cdk_request_duration_seconds";
        for (operation, histogram) in &series.seconds {
            for (bucket, bound) in histogram.buckets.iter().zip(BOUNDS) {
                writeln!(
                    text,
                    "{name}_bucket{{operation=\"{operation}\",le=\"{bound}\"}} {bucket}"
                )?;
            }
            let (count, sum) = (histogram.count, histogram.sum);
            writeln!(
                text,
                "{name}_bucket{{operation=\"{operation}\",le=\"+Inf\"}} {count}"
            )?;
            writeln!(text, "{name}_sum{{operation=\"{operation}\"}} {sum}")?;
            writeln!(text, "{name}_count{{operation=\"{operation}\"}} {count}")?;
        }
        Ok(text)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let metrics = Arc::new(Metrics::default());
    let counted = Arc::clone(&metrics);
    let sandbox = Sandbox::start().await?;
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .on_attempt(move |report| counted.count(report))
        .build()?;

    sandbox.inject(Fault::refuse(Operation::Create, 10011, "slowly"));
    let order = NewCdks {
        traffic: Traffic(3),
        count: 2,
    };
    let codes = client.create(order).await?;
    client.list(None).await?;

    let text = metrics.text()?;
    print!("{text}");
    let refused = "thordata_cdk_requests_total{operation=\"create\",status=\"200\",outcome=\"not_applied\",error=\"api\"} 1\n";
    let served = "thordata_cdk_requests_total{operation=\"create\",status=\"200\",outcome=\"applied\",error=\"\"} 1\n";
    let hidden = codes.iter().map(|code| code.as_str());
    let leaked = hidden
        .chain([&*secrets.token, &*secrets.key])
        .any(|secret| text.contains(secret));
    if !text.contains(refused) || !text.contains(served) || leaked {
        return Err("the metrics are not what happened".into());
    }
    Ok(())
}
