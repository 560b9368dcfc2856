//! Every order of events in a small world of the purchase gate, checked one by one: `just model`.

mod model;
mod rescue;
mod rules;
mod steps;
mod world;

use std::process::ExitCode;

use stateright::{Checker, HasDiscoveries, Model as _};
use world::{Fault, Purchases};

/// What one run found.
struct Found {
    states: usize,
    /// The rules that were broken, each with the shortest way there.
    broken: Vec<String>,
}

fn check(model: Purchases) -> Found {
    let checker = model
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let broken = checker.discoveries().into_iter();
    let reported =
        |(rule, path): (&str, stateright::Path<_, _>)| format!("{rule}: {:?}", path.into_actions());
    Found {
        states: checker.unique_state_count(),
        broken: broken.map(reported).collect(),
    }
}

/// The worlds in which the rules must hold.
fn worlds() -> [(&'static str, Purchases); 3] {
    let one = Purchases {
        ticks: 6,
        purchases: 2,
        in_flight: 1,
        any_time: false,
        fault: None,
    };
    let late = Purchases {
        any_time: true,
        ticks: 5,
        ..one.clone()
    };
    let two = Purchases {
        in_flight: 2,
        ticks: 5,
        ..one.clone()
    };
    [
        ("one in flight", one),
        ("a service late without bound", late),
        ("two in flight", two),
    ]
}

const FAULTS: [Fault; 3] = [Fault::SendsLate, Fault::NothingWaits, Fault::NoUpperBound];

fn main() -> ExitCode {
    let mut good = true;
    for (world, model) in worlds() {
        let found = check(model);
        good &= found.broken.is_empty();
        println!(
            "{world}: states visited: {}, violations: {}",
            found.states,
            found.broken.len()
        );
        found
            .broken
            .iter()
            .for_each(|broken| println!("  {broken}"));
    }
    for fault in FAULTS {
        let [(_, right), ..] = worlds();
        let found = check(Purchases {
            fault: Some(fault),
            ..right
        });
        good &= !found.broken.is_empty();
        println!("planted {fault:?}: found: {}", !found.broken.is_empty());
        found
            .broken
            .iter()
            .for_each(|broken| println!("  {broken}"));
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
