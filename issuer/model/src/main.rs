//! Checks the gate exhaustively: `just model`. Prints how many states were visited, and ends with 0 only if the rules
//! hold and each planted fault is found.

#![allow(clippy::print_stdout)] // it is there to be read

mod model;
mod rules;
mod state;

use std::process::ExitCode;

use stateright::{Checker as _, HasDiscoveries, Model as _};

use model::GateModel;

fn main() -> ExitCode {
    let mut is_sound = true;
    let (mut visited, mut violated) = (0_usize, 0_usize);
    for (name, model) in GateModel::sound() {
        let (states, violations) = check(model);
        println!("{name}: {states} states, violations: {}", violations.len());
        violations
            .iter()
            .for_each(|violation| println!("  {violation}"));
        visited = visited.saturating_add(states);
        violated = violated.saturating_add(violations.len());
    }
    for (name, model) in GateModel::faulty() {
        let (states, violations) = check(model);
        let found = violations.join(", ");
        println!("planted: {name}: {states} states, found: {found}");
        is_sound &= !violations.is_empty();
    }
    println!("states visited: {visited}");
    println!("violations: {violated}");
    if is_sound && violated == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// How many different states there are, and which properties are violated.
fn check(model: GateModel) -> (usize, Vec<String>) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let checked = model
        .checker()
        .threads(threads)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let violated = checked.discoveries().into_iter();
    let violated =
        violated.map(|(property, path)| format!("{property}: {:?}", path.into_actions()));
    (checked.unique_state_count(), violated.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `just model` goes further.
    #[test]
    fn the_rules_hold_in_a_smaller_world() {
        for (name, model) in GateModel::sound() {
            let smaller = GateModel {
                end_of_time: 4,
                crashes: 0,
                ..model
            };
            let (states, violations) = check(smaller);
            assert!(states > 10_000, "{name}: {states}");
            assert_eq!(violations, [""; 0], "{name}");
        }
    }

    #[test]
    fn each_planted_fault_is_found() {
        let found = GateModel::faulty().map(|(name, model)| {
            let (_, violations) = check(model);
            let property = violations.first().and_then(|text| text.split(':').next());
            (name, property.map(str::to_owned))
        });
        let expected = [
            (
                "no look at the clock before a request leaves",
                "requests leave in time",
            ),
            (
                "the gate opens while something is in doubt",
                "an answer is its purchase's",
            ),
            (
                "candidates have no upper bound",
                "nothing foreign is given to an order",
            ),
            (
                "what was not observed is bought again",
                "a key is bought once",
            ),
        ];
        assert_eq!(
            found,
            expected.map(|(name, property)| (name, Some(property.to_owned())))
        );
    }
}
