//! What an SSH server says in clear: its version line and its lists of algorithms.

use crate::system::net::SshOffer;

/// Number of the KEXINIT message, and length of the cookie behind it (RFC 4253, section 7.1).
const KEXINIT: u8 = 20;
const COOKIE: usize = 16;

/// The version line, without its end. Other lines may come before it (RFC 4253, section 4.2).
pub(super) fn banner(heard: &[u8]) -> Option<String> {
    let (start, end) = version_line(heard)?;
    let line = String::from_utf8_lossy(heard.get(start..end)?);
    // RFC 4253, section 4.2, allows 255 characters.
    Some(line.trim_end().chars().filter(|character| !character.is_control()).take(255).collect())
}

/// Start and end of the version line, without its `\n`.
fn version_line(heard: &[u8]) -> Option<(usize, usize)> {
    let mut start = 0;
    loop {
        let rest = heard.get(start..)?;
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        if rest.starts_with(b"SSH-") {
            return Some((start, start + length));
        }
        start += length + 1;
    }
}

/// The lists of the first KEXINIT message.
pub(super) fn offer(heard: &[u8]) -> Option<SshOffer> {
    let (_, end) = version_line(heard)?;
    let mut rest = heard.get(end + 1..)?;
    loop {
        // uint32 length of what follows, byte length of the padding, payload, padding (RFC 4253, section 6).
        let length = usize::try_from(number(&mut rest)?).ok()?;
        let (packet, after) = rest.split_at_checked(length)?;
        if packet.get(1) == Some(&KEXINIT) {
            return lists(packet.get(2 + COOKIE..)?);
        }
        rest = after;
    }
}

fn lists(mut rest: &[u8]) -> Option<SshOffer> {
    let mut next = || {
        let length = usize::try_from(number(&mut rest)?).ok()?;
        let (text, after) = rest.split_at_checked(length)?;
        rest = after;
        let names = str::from_utf8(text).ok()?.split(',').filter(|name| !name.is_empty());
        Some(names.map(ToOwned::to_owned).collect::<Vec<_>>())
    };
    let (key_exchange, host_key, cipher) = (next()?, next()?, next()?);
    // The other direction's ciphers come between.
    next()?;
    Some(SshOffer { key_exchange, host_key, cipher, mac: next()? })
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As RFC 4253 lays it out, by hand.
    fn message(lists: &[&str]) -> Vec<u8> {
        let mut payload = vec![KEXINIT];
        payload.extend([7; COOKIE]);
        for list in lists {
            payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
            payload.extend(list.as_bytes());
        }
        payload.extend([0; 5]);
        let mut packet = u32::try_from(payload.len() + 5).unwrap().to_be_bytes().to_vec();
        packet.push(4);
        packet.extend(payload);
        packet.extend([0; 4]);
        packet
    }

    #[test]
    fn lists_are_told_apart_by_their_place() {
        let lists = ["k1,k2", "ssh-rsa", "out1,out2", "in", "mac-out", "mac-in", "none", "none", "", ""];
        let mut heard = b"Welcome\r\nSSH-2.0-AWSCodeCommit\r\n".to_vec();
        assert_eq!(banner(&heard).as_deref(), Some("SSH-2.0-AWSCodeCommit"));
        assert_eq!(offer(&heard), None);
        heard.extend(message(&lists));
        let offer = offer(&heard).unwrap();
        assert_eq!(offer.key_exchange, ["k1", "k2"]);
        assert_eq!(offer.host_key, ["ssh-rsa"]);
        assert_eq!(offer.cipher, ["out1", "out2"]);
        assert_eq!(offer.mac, ["mac-out"]);
    }

    #[test]
    fn what_is_cut_off_is_no_list() {
        let mut heard = b"SSH-2.0-x\n".to_vec();
        heard.extend(message(&["a", "b", "c", "d", "e", "f", "g", "h", "", ""]));
        for length in 0..heard.len() {
            assert_eq!(offer(&heard[..length]), None, "{length}");
        }
        assert!(offer(&heard).is_some());
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = banner(&bytes);
            let _ = offer(&[b"SSH-2.0-x\n".as_slice(), bytes.as_slice()].concat());
        }
    }
}
