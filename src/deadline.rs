//! Until when a request may be sent.

use std::time::{Duration, Instant, SystemTime};

/// The last moment at which a request may be sent: for [`CallOptions::send_before`](crate::CallOptions::send_before).
///
/// It is kept on two clocks, and has passed once either of them says so. The steady clock stands still while a
/// machine sleeps (on Linux); the wall clock may be put back. So a request that a sleep has held up is not sent, as long
/// as one of the two knows how long it took. Make the deadline before the work that it limits begins.
///
/// Guide: [what a failed request may have done](crate::guide::delivery).
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk::{CallOptions, Deadline};
///
/// let deadline = Deadline::after(Duration::from_secs(30));
/// assert!(deadline.remaining() > Duration::from_secs(20));
/// let options = CallOptions::new().send_before(deadline);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// `None`: too far away to be counted, so it never comes.
    steady: Option<Instant>,
    wall: Option<SystemTime>,
}

impl Deadline {
    /// So long after now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Self {
            steady: Some(Instant::now()),
            wall: Some(SystemTime::now()),
        }
        .later_by(time)
    }

    /// So much later than this one.
    #[must_use]
    pub fn later_by(self, time: Duration) -> Self {
        Self {
            steady: self.steady.and_then(|at| at.checked_add(time)),
            wall: self.wall.and_then(|at| at.checked_add(time)),
        }
    }

    /// How long it is away, by the clock on which it comes first; zero once it has passed, and [`Duration::MAX`] if it
    /// is too far away to be counted.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.remaining_at(Instant::now(), SystemTime::now())
    }

    fn remaining_at(self, steady: Instant, wall: SystemTime) -> Duration {
        let by_steady = self.steady.map(|at| at.saturating_duration_since(steady));
        let by_wall = self
            .wall
            .map(|at| at.duration_since(wall).unwrap_or(Duration::ZERO));
        let both = by_steady.into_iter().chain(by_wall);
        both.min().unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_has_passed_once_one_of_two_clocks_says_so() {
        let (steady, wall) = (Instant::now(), SystemTime::now());
        let deadline = Deadline {
            steady: Some(steady),
            wall: Some(wall),
        }
        .later_by(10 * SECOND);
        let remaining = |by_steady: u32, by_wall: u32| {
            deadline.remaining_at(steady + by_steady * SECOND, wall + by_wall * SECOND)
        };
        assert_eq!(remaining(0, 0), 10 * SECOND);
        assert_eq!(remaining(9, 4), SECOND);
        assert_eq!(remaining(10, 4), Duration::ZERO);
        // The machine slept for an hour.
        assert_eq!(remaining(2, 3602), Duration::ZERO);
        assert_eq!(remaining(2, 7), 3 * SECOND);
        // The wall clock was put back by an hour.
        let back = deadline.remaining_at(steady + 11 * SECOND, wall - 3600 * SECOND);
        assert_eq!(back, Duration::ZERO);
    }

    #[test]
    fn one_too_far_away_never_comes() {
        assert_eq!(Deadline::after(Duration::MAX).remaining(), Duration::MAX);
        assert!(Deadline::after(10 * SECOND).remaining() > 5 * SECOND);
        assert!(Deadline::after(Duration::ZERO).remaining().is_zero());
    }
}
