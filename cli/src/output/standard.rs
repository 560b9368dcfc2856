//! Whether standard output reaches anybody.

use crate::failure::Failure;

/// Refuses a standard output that is closed (which the runtime replaces by `/dev/null`), that leads to `/dev/null`, or
/// that nobody reads any more: codes would be lost there.
pub(crate) fn refuse_lost() -> Result<(), Failure> {
    match is_lost() {
        Ok(false) => Ok(()),
        Ok(true) => Err(Failure::usage(
            "standard output is closed or leads to /dev/null, so the codes would be lost",
        )
        .why("nothing was bought")
        .next("add --out FILE, or send standard output to a file or another program")),
        Err(error) => Err(Failure::usage("standard output cannot be looked at")
            .why(error.to_string())
            .why("nothing was bought")),
    }
}

#[cfg(unix)]
fn is_lost() -> std::io::Result<bool> {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let out = std::io::stdout();
    let found = std::fs::File::from(out.as_fd().try_clone_to_owned()?).metadata()?;
    if found.file_type().is_char_device() {
        // By the number of the device, whichever name it was opened by.
        let null = std::fs::metadata("/dev/null");
        return Ok(null.is_ok_and(|null| null.rdev() == found.rdev()));
    }
    let mut state = [PollFd::new(&out, PollFlags::OUT)];
    poll(&mut state, Some(&Timespec::default()))?;
    // The other end of a pipe or a socket is closed.
    let closed = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    Ok(state.iter().any(|out| out.revents().intersects(closed)))
}

#[cfg(not(unix))]
fn is_lost() -> std::io::Result<bool> {
    Ok(false)
}
