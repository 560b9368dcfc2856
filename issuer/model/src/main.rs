//! Every order of events in small worlds of the purchase gate, checked one by one: `just model`.

mod model;
mod planted;
mod rescue;
mod rules;
mod settling;
mod steps;
mod world;
mod worlds;

use std::process::ExitCode;

use stateright::{Checker, HasDiscoveries, Model as _};
use world::Purchases;

/// What one run found.
struct Found {
    states: usize,
    /// The rules that were broken, each with the shortest way there.
    broken: Vec<(&'static str, String)>,
}

fn check(model: Purchases, until: HasDiscoveries) -> Found {
    let checker = model.checker().finish_when(until).spawn_bfs().join();
    let broken = checker.discoveries().into_iter();
    let reported = |(rule, path): (&'static str, stateright::Path<_, _>)| {
        (rule, format!("{rule}: {:?}", path.into_actions()))
    };
    Found {
        states: checker.unique_state_count(),
        broken: broken.map(reported).collect(),
    }
}

fn main() -> ExitCode {
    let mut good = true;
    for (world, model) in worlds::all() {
        let found = check(model, HasDiscoveries::AnyFailures);
        good &= found.broken.is_empty();
        println!(
            "{world}: states visited: {}, violations: {}",
            found.states,
            found.broken.len()
        );
        for (_, broken) in found.broken {
            println!("  {broken}");
        }
    }
    for (fault, rule, model) in planted::all() {
        let found = check(model, HasDiscoveries::AnyOf([rule].into()));
        let broken = found.broken.iter().find(|(broken, _)| *broken == rule);
        good &= broken.is_some();
        println!("planted {fault:?}: found: {}", broken.is_some());
        match broken {
            Some((_, broken)) => println!("  {broken}"),
            None => println!("  not broken in {} states: {rule}", found.states),
        }
    }
    match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
