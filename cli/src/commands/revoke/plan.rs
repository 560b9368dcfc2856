//! What each code is before anything is sent, and what would change.

use std::collections::{BTreeSet, HashMap};

use thordata_cdk::{Cdk, CdkCode, CdkStatus, Client};

use crate::context::Context;
use crate::failure::Failure;
use crate::input::lookalike::{Listed, Place};
use crate::output::Origin;
use crate::ui::counted;

/// What a list has shown.
pub(super) type Known = HashMap<CdkCode, Cdk>;

/// What a code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Unused,
    Used,
    Revoked,
    /// In a status that is not documented.
    Other(String),
    /// The account has it, and its row cannot be read.
    Unreadable,
    /// The account has no such voucher; one that looks like it.
    NotListed(Option<CdkCode>),
    /// No list could be had.
    NotLookedUp,
}

pub(super) struct Item {
    pub(super) code: CdkCode,
    pub(super) standing: Standing,
    /// The voucher, if it is unused.
    pub(super) unused: Option<Cdk>,
    pub(super) origin: Origin,
}

impl Item {
    /// Only what may be unused is sent.
    pub(super) fn is_sent(&self) -> bool {
        matches!(
            self.standing,
            Standing::Unused | Standing::NotLookedUp | Standing::Unreadable | Standing::Other(_)
        )
    }
}

pub(super) struct Plan {
    pub(super) items: Vec<Item>,
}

/// At most this many codes are shown before the question.
const SHOWN: usize = 20;
/// At most this many labels are named in the question.
const LABELS: usize = 3;

/// What was redeemed or revoked is not sent, even if the rest of its row cannot be read.
fn standing_of_odd(status: Option<CdkStatus>) -> Standing {
    match status {
        Some(CdkStatus::Used) => Standing::Used,
        Some(CdkStatus::Revoked) => Standing::Revoked,
        _ => Standing::Unreadable,
    }
}

impl Plan {
    pub(super) async fn make(
        context: &Context,
        client: &Client,
        codes: Vec<CdkCode>,
        known: Option<Known>,
    ) -> anyhow::Result<Self> {
        let origins = context.book().await?.origins(&codes).await?;
        let mut listed = known.map(Listed::of);
        // A row that cannot be read may still name its code.
        let mut odd = HashMap::new();
        if listed.is_none() && !codes.is_empty() {
            listed = match client.list(None).await {
                Ok(list) => {
                    context.left_out(list.unreadable());
                    for row in list.unreadable().first() {
                        odd.extend(row.code.clone().map(|code| (code, row.status)));
                    }
                    let rows = list.into_rows().into_iter();
                    Some(Listed::of(rows.map(|cdk| (cdk.cdk.clone(), cdk)).collect()))
                }
                // Wrong credentials would refuse every revocation as well.
                Err(error) if error.is_auth() => return Err(error.into()),
                Err(error) => {
                    context
                        .ui
                        .warn(format!("what these codes are is not known: {error}"));
                    None
                }
            };
        }
        let mut items = Vec::with_capacity(codes.len());
        for (code, origin) in codes.into_iter().zip(origins) {
            let (standing, unused) = match listed.as_mut().map(|listed| listed.place(&code)) {
                None => (Standing::NotLookedUp, None),
                Some(Place::Nowhere(_)) if odd.contains_key(&code) => {
                    let status = odd.get(&code).copied().flatten();
                    (standing_of_odd(status), None)
                }
                Some(Place::Nowhere(alike)) => {
                    (Standing::NotListed(alike.into_iter().next()), None)
                }
                Some(Place::Listed(cdk)) => match cdk.status {
                    CdkStatus::Unused => (Standing::Unused, Some(cdk)),
                    CdkStatus::Used => (Standing::Used, None),
                    CdkStatus::Revoked => (Standing::Revoked, None),
                    status => (Standing::Other(status.to_string()), None),
                },
            };
            items.push(Item {
                code,
                standing,
                unused,
                origin,
            });
        }
        Ok(Self { items })
    }

    pub(super) fn to_send(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_sent())
    }

    /// How many will not be revoked, and are not revoked already.
    pub(super) fn refused(&self) -> usize {
        let refused =
            |item: &&Item| matches!(item.standing, Standing::Used | Standing::NotListed(_));
        self.items.iter().filter(refused).count()
    }

    /// What each code is, on standard error: masked.
    pub(super) fn announce(&self, context: &Context) {
        let ui = &context.ui;
        if self.to_send().next().is_some() {
            ui.note("To be revoked:");
        }
        for item in self.to_send().take(SHOWN) {
            ui.note(format!("  {}", item.line(context)));
        }
        let more = self.to_send().count().saturating_sub(SHOWN);
        if more > 0 {
            ui.note(format!("  … and {more} more (--dry-run lists all)"));
        }
        self.announce_others(context);
        let of = |wanted: fn(&Standing) -> bool| {
            self.items
                .iter()
                .filter(|item| wanted(&item.standing))
                .count()
        };
        let parts = [
            (of(|standing| *standing == Standing::Unused), "unused"),
            (of(|standing| *standing == Standing::Used), "used"),
            (
                of(|standing| *standing == Standing::Revoked),
                "revoked before",
            ),
            (
                of(|standing| matches!(standing, Standing::Other(_))),
                "in another status",
            ),
            (
                of(|standing| matches!(standing, Standing::NotListed(_))),
                "not found",
            ),
            (
                of(|standing| *standing == Standing::NotLookedUp),
                "not looked up",
            ),
            (
                of(|standing| *standing == Standing::Unreadable),
                "unreadable",
            ),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        ui.note(format!(
            "{}: {}.",
            counted(self.items.len(), "code"),
            parts.join(", ")
        ));
    }

    /// What is left as it is.
    pub(super) fn announce_others(&self, context: &Context) {
        let others = || self.items.iter().filter(|item| !item.is_sent());
        if others().next().is_none() {
            return;
        }
        context.ui.note("Left as they are:");
        for item in others().take(SHOWN) {
            context.ui.note(format!("  {}", item.line(context)));
        }
        let more = others().count().saturating_sub(SHOWN);
        if more > 0 {
            context.ui.note(format!("  … and {more} more"));
        }
    }

    /// Names everything that a person must see to confirm.
    pub(super) fn question(
        &self,
        context: &Context,
        origin: Option<String>,
    ) -> Result<String, Failure> {
        let traffic = self.to_send().filter_map(|item| item.unused.as_ref());
        let traffic = traffic.fold(0_i64, |sum, cdk| sum.saturating_add(cdk.traffic.as_i64()));
        let labels: BTreeSet<&str> = self
            .to_send()
            .filter_map(|item| item.origin.label.as_deref())
            .collect();
        let mut facts = vec![format!("traffic {traffic} in all")];
        let named: Vec<&str> = labels.iter().copied().take(LABELS).collect();
        let more = labels.len().saturating_sub(named.len());
        match (named.len(), more) {
            (0, _) => {}
            (1, _) => facts.push(format!("label {}", named.concat())),
            (_, 0) => facts.push(format!("labels {}", named.join(", "))),
            _ => facts.push(format!("labels {} and {more} more", named.join(", "))),
        }
        facts.extend(origin);
        Ok(format!(
            "Revoke {} for good? ({}; {})",
            counted(self.to_send().count(), "voucher"),
            facts.join("; "),
            context.whose()?
        ))
    }
}

impl Item {
    fn line(&self, context: &Context) -> String {
        let what = match (&self.standing, &self.unused) {
            (Standing::Unused, Some(cdk)) => format!(
                "unused, traffic {}, created {}",
                cdk.traffic,
                context.clock.minute(cdk.create_time.as_secs())
            ),
            (Standing::Unused, None) => "unused".to_owned(),
            (Standing::Used, _) => "used: somebody has redeemed it".to_owned(),
            (Standing::Revoked, _) => "revoked before".to_owned(),
            (Standing::Other(status), _) => format!("status {status}"),
            (Standing::Unreadable, _) => {
                "among the account's vouchers; its row cannot be read".to_owned()
            }
            (Standing::NotListed(None), _) => "not among the account's vouchers".to_owned(),
            (Standing::NotListed(Some(other)), _) => {
                format!(
                    "not among the account's vouchers; {} looks like it",
                    other.masked()
                )
            }
            (Standing::NotLookedUp, _) => "not looked up".to_owned(),
        };
        let label = self
            .origin
            .label
            .as_ref()
            .map(|label| format!(", label {label}"));
        format!(
            "{}  {what}{}",
            self.code.masked(),
            label.unwrap_or_default()
        )
    }
}
