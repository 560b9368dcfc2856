//! Whether the gate opens once somebody acts, whatever came before.

use crate::world::{Action, Lists, Purchases, State};

/// Ticks within which it must have opened: a deadline, the lease of a holder that died, a window and two looks.
const TICKS_TO_WAIT: i64 = 10;

/// Each process can open it alone, while the others do nothing any more and the service keeps silent: by lists that
/// show all, and by lists that show nothing.
pub fn can_open(model: &Purchases, state: &State) -> bool {
    let all_lack = |lacks| (0..model.processes).all(|process| opens(model, state, process, lacks));
    all_lack(0) && (model.lists == Lists::Prompt || all_lack(usize::MAX))
}

fn opens(model: &Purchases, state: &State, process: usize, lacks: usize) -> bool {
    let mut state = state.clone();
    let end = state.now + TICKS_TO_WAIT;
    while state.is_open() && state.now <= end {
        for action in [
            Action::Lease(process),
            Action::Look { process, lacks },
            Action::Settle(process),
            Action::Tick,
        ] {
            // What cannot happen yet is tried again.
            let _ = model.apply(&mut state, action);
        }
    }
    !state.is_open()
}
