//! What a case is, and what several of them need.

use thordata_cdk_sandbox::{Fault, Operation};

use crate::support::{Ended, Shop, ended};

/// A shop in which something is wrong, and the command that meets it.
pub(super) struct Case(pub(super) &'static str, pub(super) fn(&Shop) -> Ended);

pub(super) struct Section(pub(super) &'static str, pub(super) &'static [Case]);

pub(super) fn refused(shop: &Shop, operation: Operation, code: i64, message: &str) {
    shop.sandbox
        .inject(Fault::refuse(operation, code, message.to_owned()).always());
}

pub(super) fn with(shop: &Shop, line: &str, variables: &[(&str, &str)]) -> Ended {
    let mut command = shop.command(line);
    for (name, value) in variables {
        match *value {
            "" => command.env_remove(name),
            value => command.env(name, value),
        };
    }
    ended(command, "")
}

pub(super) const BARE: [(&str, &str); 2] =
    [("THORDATA_PUBLIC_TOKEN", ""), ("THORDATA_PUBLIC_KEY", "")];
pub(super) const BUY: &str = "create --order A-17 --traffic 5 --count 2 --window 400ms";

pub(super) fn undecided(shop: &Shop) {
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Create));
    shop.run(BUY).exits(6);
}

pub(super) fn two_open(shop: &Shop) {
    for key in ["A-17", "A-18"] {
        shop.sandbox.set_balance(1);
        shop.run(&format!(
            "create --order {key} --traffic 1 --count 2 --chunk 1"
        ))
        .exits(3);
    }
}
