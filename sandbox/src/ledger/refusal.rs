//! Why a request is not carried out, whatever it is answered with.

/// Why a request is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    WrongToken,
    WrongKey,
    Parameter(&'static str),
    WrongContentType,
    BodyTooLarge,
    UnknownCode,
    AlreadyUsed,
    AlreadyRevoked,
    OverMaxNum,
    LedgerFull,
    BalanceTooLow,
    TooFrequent,
    StateNotSaved,
}
