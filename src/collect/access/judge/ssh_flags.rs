//! The flags of the user's own ssh command that would silence it, write, forward or leave a connection behind.
//!
//! Options before them do not help: most of these flags set their value without a look at what was set
//! (`main` in ssh.c of OpenSSH).

use super::ssh_command::word_end;

/// Flags with a value.
const WITH_VALUE: &str = "BDEFIJLOPQRSWbceilmopw";
/// Flags that are left out, with their value: masters and sockets, logs, silence, forwarding, the background.
const LEFT_OUT: &str = "MSEqALRDwfNXYKG";
/// Options that are left out.
const OPTIONS: &[&str] =
    &["control", "loglevel", "forward", "dynamicforward", "localforward", "remoteforward", "tunnel"];

/// The words behind the program without those flags.
///
/// # Errors
/// Why they cannot be taken apart.
pub(super) fn without_traces(rest: &str) -> Result<String, String> {
    let unclear = || "the ssh command cannot be taken apart, so nothing keeps it from writing".to_owned();
    let words = words(rest).ok_or_else(unclear)?;
    let mut kept: Vec<String> = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let plain = plain(word).ok_or_else(unclear)?;
        if plain.starts_with('$') {
            return Err(unclear());
        }
        if plain == "--" || plain == "-" || !plain.starts_with('-') {
            kept.push(word.to_owned());
            kept.extend(words.map(str::to_owned));
            break;
        }
        cluster(word, &plain, &mut words, &mut kept).ok_or_else(unclear)?;
    }
    Ok(kept.iter().map(|word| format!(" {word}")).collect())
}

/// One word of flags: `-v`, `-Aq`, `-p22`, `-o Name=value`.
fn cluster<'a>(
    word: &'a str,
    plain: &str,
    words: &mut impl Iterator<Item = &'a str>,
    kept: &mut Vec<String>,
) -> Option<()> {
    let with_value = plain.char_indices().skip(1).find(|(_, flag)| WITH_VALUE.contains(*flag));
    let (before, flag) = match with_value {
        Some((at, flag)) => (plain.get(1..at)?, Some((flag, plain.get(at + 1..)?))),
        None => (plain.get(1..)?, None),
    };
    let stays = |flag: char| !LEFT_OUT.contains(flag);
    let Some((flag, joined)) = flag else {
        if before.chars().all(stays) {
            kept.push(word.to_owned());
        } else if before.chars().any(stays) {
            kept.push(format!("-{}", before.chars().filter(|flag| stays(*flag)).collect::<String>()));
        }
        return Some(());
    };
    let value = if joined.is_empty() { Some(words.next()?) } else { None };
    let text = value.map_or_else(|| Some(joined.to_owned()), self::plain)?;
    let before: String = before.chars().filter(|flag| stays(*flag)).collect();
    let leaves = !stays(flag) || (flag == 'o' && is_left_out(&text));
    match value {
        _ if leaves => kept.extend((!before.is_empty()).then(|| format!("-{before}"))),
        Some(value) => kept.extend([format!("-{before}{flag}"), value.to_owned()]),
        None if word.get(1..)?.starts_with(&format!("{before}{flag}")) => kept.push(word.to_owned()),
        None => return None,
    }
    Some(())
}

/// `ControlPath=x`, `LogLevel QUIET`.
fn is_left_out(option: &str) -> bool {
    let option = option.trim_start().to_ascii_lowercase();
    OPTIONS.iter().any(|name| option.starts_with(name))
}

/// The words as they are written.
fn words(text: &str) -> Option<Vec<&str>> {
    let (mut rest, mut words) = (text.trim(), Vec::new());
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(word_end(rest)?);
        words.push(word);
        rest = behind.trim_start();
    }
    Some(words)
}

/// A word without its quotation marks.
fn plain(word: &str) -> Option<String> {
    shlex::split(word).and_then(|words| <[String; 1]>::try_from(words).ok()).map(|[word]| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_leave_traces_are_left_out() {
        for (rest, wanted) in [
            ("", ""),
            (" -i key -p 22 -o User=x", " -i key -p 22 -o User=x"),
            (" -q -i 'my key' -E /tmp/log -v", " -i 'my key' -v"),
            (" -M -S /tmp/s -A -f -N -L 1:h:2 -R 1:h:2 -D 1 -p 22", " -p 22"),
            (" -MS/tmp/s -D1 -p22", " -p22"),
            (" -vqA -4", " -v -4"),
            (" -vAp 22", " -vp 22"),
            (" -o ControlMaster=auto -oControlPath=/tmp/s -o 'loglevel QUIET' -o \"User=x\"", " -o \"User=x\""),
            (" -o ForwardAgent=yes -F $HOME/x -E 'a b'", " -F $HOME/x"),
            (" -i x -- host -A", " -i x -- host -A"),
        ] {
            assert_eq!(without_traces(rest).as_deref(), Ok(wanted), "{rest}");
        }
        for rest in [" $OPTS", " -i", " -qp22", " 'x"] {
            assert!(without_traces(rest).is_err(), "{rest}");
        }
    }
}
