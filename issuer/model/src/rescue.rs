//! Whether the gate opens once somebody acts, whatever came before.

use crate::world::{Action, PROCESSES, Purchases, State};

/// Ticks within which it must have opened: a deadline, the lease of a holder that died, a window and two looks.
const TICKS_TO_WAIT: i64 = 10;

/// Each process can open it alone, while the others do nothing any more and the service keeps silent.
pub fn can_open(model: &Purchases, state: &State) -> bool {
    (0..PROCESSES).all(|process| opens(model, state.clone(), process))
}

fn opens(model: &Purchases, mut state: State, process: usize) -> bool {
    let end = state.now + TICKS_TO_WAIT;
    while state.is_open() && state.now <= end {
        let look = Action::Look {
            process,
            lags: false,
        };
        for action in [
            Action::Lease(process),
            look,
            Action::Settle(process),
            Action::Tick,
        ] {
            state = model.step(&state, action).unwrap_or(state);
        }
    }
    !state.is_open()
}
