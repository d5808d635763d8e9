//! What the user would have seen of ssh without `-v`.

/// How the lines begin that ssh prints with `-v` only: those of `debug1` and below, and those of the level `VERBOSE`,
/// which bear no mark (`verbose` in sshconnect2.c, ssh.c and clientloop.c of OpenSSH; the first line is that of `main`).
const HIDDEN: &[&str] = &[
    "debug1: ",
    "debug2: ",
    "debug3: ",
    "OpenSSH_",
    "Authenticated to ",
    "Authenticated using \"",
    "Transferred: sent ",
    "Bytes per second: sent ",
    "Canonicalized DNS aliased hostname ",
];

/// Takes the lines of `-v` out of a stream. Everything else passes as soon as it cannot be one of them, also a prompt
/// without a line break.
#[derive(Debug, Default)]
pub struct Sieve {
    /// The beginning of a line that may still turn out to be hidden.
    held: Vec<u8>,
    /// Whether the beginning of this line has passed.
    passing: bool,
}

impl Sieve {
    /// What passes of these bytes and of those that were held; no bytes: the end.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut passed = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let ends = piece.ends_with(b"\n");
            if self.passing {
                passed.extend_from_slice(piece);
            } else {
                self.held.extend_from_slice(piece);
                self.passing = self.settle(ends, &mut passed);
            }
            self.passing &= !ends;
        }
        if bytes.is_empty() {
            self.settle(true, &mut passed);
        }
        passed
    }

    /// Lets go of what is held when it is clear what it is. Whether it passed.
    fn settle(&mut self, complete: bool, passed: &mut Vec<u8>) -> bool {
        let is_hidden = HIDDEN.iter().any(|start| self.held.starts_with(start.as_bytes()));
        let may_be = is_hidden || HIDDEN.iter().any(|start| start.as_bytes().starts_with(&self.held));
        if may_be && !complete {
            return false;
        }
        if is_hidden {
            self.held.clear();
            return false;
        }
        passed.append(&mut self.held);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19\r\ndebug1: Connecting to host\r\n\
        Warning: Permanently added 'host' (RSA) to the list of known hosts.\r\ndebug1: Offering key\r\n\
        remote says: half a li";
    const SHOWN: &str = "Warning: Permanently added 'host' (RSA) to the list of known hosts.\r\nremote says: half a li";

    #[test]
    fn the_lines_of_v_are_taken_out_however_they_are_cut() {
        for size in [1, 2, 7, 1000] {
            let mut sieve = Sieve::default();
            let mut shown: Vec<u8> = LOG.as_bytes().chunks(size).flat_map(|chunk| sieve.pass(chunk)).collect();
            shown.extend(sieve.pass(b""));
            assert_eq!(String::from_utf8(shown).unwrap(), SHOWN, "{size}");
        }
    }

    #[test]
    fn what_cannot_be_hidden_passes_at_once() {
        let mut sieve = Sieve::default();
        assert_eq!(sieve.pass(b"de"), b"");
        assert_eq!(sieve.pass(b"ploying"), b"deploying");
        assert_eq!(sieve.pass(b" debug1: x"), b" debug1: x");
        assert_eq!(sieve.pass(b"\n"), b"\n");
        assert_eq!(sieve.pass(b"debug1: no end"), b"");
        assert_eq!(sieve.pass(b""), b"");
        assert_eq!(sieve.pass(b"Auth"), b"");
        assert_eq!(sieve.pass(b""), b"Auth");
    }
}
