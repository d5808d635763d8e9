//! Identities that are told by their form, wherever they stand: key IDs, accounts, ARNs, e-mail addresses, logins and
//! hosts in URLs, other people's home directories.

use regex::Captures;

use super::host;
use super::login;
use super::token::Kind;
use crate::pattern::Pattern;

/// Called with start, end and kind of an identity.
type Hit<'a> = &'a mut dyn FnMut(usize, usize, Kind);

static KEY_ID: Pattern = Pattern::new(
    &["apka", "akia", "asia", "abia", "acca", "aida", "aroa", "agpa", "anpa", "anva", "aipa", "asca"],
    r"(?i)(A[A-Z]{3})[A-Z0-9]{12,}",
);
static ACCOUNT: Pattern = Pattern::new(&[], r"[0-9]{12,}|[0-9]{4}-[0-9]{4}-[0-9]{4}");
static GIT_CREDENTIAL: Pattern = Pattern::new(&["-at-"], r"[\w+=,.@%-]+-at-[0-9]{12}");
static ARN: Pattern = Pattern::new(
    &["arn:aws"],
    r"arn:aws[\w-]*:[\w-]*:[\w-]*:[0-9]*:(?:(?:user|mfa|u2f|federated-user)/|assumed-role/[^/\s]+/)([^\s'\x22,;)]+)",
);
static EMAIL: Pattern =
    Pattern::new(&["@"], r"([\w.%+=,~-]+)@(\[[0-9a-fA-F:.]+\]|[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?)([:/])?");
static AUTHORITY: Pattern = Pattern::new(
    &["://"],
    r"([A-Za-z][A-Za-z0-9+.-]*)((?:::[\w-]*)?)://(?:([^\s/'\x22]*)@)?(\[[0-9a-fA-F:.]+\]|[^\s/:@'\x22,;)\]}<>]*)",
);
/// Bare host names: a domain in common use must end them, or file names would be taken for hosts.
static HOST: Pattern = Pattern::new(
    &["."],
    concat!(
        r"(?i)(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+(?:com|net|org|edu|gov|mil|int|info|biz|io|co|ai|eu|uk|us",
        r"|de|fr|nl|be|ch|at|it|es|pt|se|no|dk|fi|ie|pl|cz|ru|cn|jp|kr|tw|hk|sg|in|au|nz|ca|mx|br|ar|za|il|tr|cloud|dev",
        r"|tech|app|local|lan|internal|corp|intranet|intra|private|home|localdomain|example|test|invalid)\b",
    ),
);
static ADDRESS: Pattern = Pattern::new(
    &["10.", "192.168.", "172."],
    r"(?:10\.[0-9]{1,3}|192\.168|172\.(?:1[6-9]|2[0-9]|3[01]))(?:\.[0-9]{1,3}){2}",
);
static OTHER_HOME: Pattern = Pattern::new(
    &["home/", "users"],
    r"(?i)(?:(?:/export|/var)?/home/|(?:[a-z]:|(?:/cygdrive|/mnt)?/[a-z])?[\\/]{1,2}Users[\\/]{1,2})([^\\/\s:'\x22,;)]+)",
);
static TILDE: Pattern = Pattern::new(&["~"], r"~([\p{L}_][\p{L}\p{N}_.-]*)");

/// Names behind a keyword, in lines of configuration files and in commands.
static USER_SETTING: [Pattern; 3] = [
    Pattern::new(&["user", "login"], r"(?i)^\s*(?:user|username|login)(?:\s*=\s*|\s+)\x22?([^\s\x22#;]+)"),
    Pattern::new(&["machine"], r"(?i)\bmachine\s+\S+\s+login\s+(\S+)"),
    Pattern::new(&["-l", "-u", "--user"], r"(?:^|\s)(?:-l|-u|--user|--username)(?:=|\s+)([^\s'\x22]+)"),
];
static HOST_SETTING: [Pattern; 3] = [
    Pattern::new(
        &["hostname", "proxyjump"],
        r"(?i)^\s*(?:hostname|proxyjump)(?:\s*=\s*|\s+)\x22?(?:[^\s@\x22]+@)?([^\s\x22#;:,]+)",
    ),
    Pattern::new(&["machine"], r"(?i)\bmachine\s+(\S+)"),
    Pattern::new(&["proxy"], r"(?i)proxy\s*=\s*\x22?([\w.-]+):[0-9]"),
];

/// The kind of key that a prefix of four letters announces, in any case.
pub(super) fn key_kind(prefix: &str) -> Option<Kind> {
    match prefix.to_ascii_uppercase().as_str() {
        "APKA" => Some(Kind::SshKeyId),
        "AKIA" | "ASIA" | "ABIA" | "ACCA" => Some(Kind::AccessKeyId),
        "AIDA" | "AROA" | "AGPA" | "ANPA" | "ANVA" | "AIPA" | "ASCA" => Some(Kind::IamId),
        _ => None,
    }
}

/// Forms that are identities even in names that are kept otherwise.
pub(super) fn strict(text: &str, hit: Hit<'_>) {
    key_ids(text, hit);
    accounts(text, hit);
    each(&GIT_CREDENTIAL, text, |found| hit(found.0, found.1, Kind::User), 0);
    each(&ARN, text, |found| hit(found.0, found.1, Kind::User), 1);
}

/// Forms that are identities in free text. `table` holds the hosts of the table of regions, `homes` where the user's own
/// home directories end: one that is called `home` itself holds files and no people.
pub(super) fn free(text: &str, table: &[String], homes: &[usize], hit: Hit<'_>) {
    let protected = codecommit_urls(text);
    let mut hit_outside = |start: usize, end: usize, kind: Kind| {
        if !protected.iter().any(|(from, to)| start < *to && end > *from) {
            hit(start, end, kind);
        }
    };
    authorities(text, table, &mut hit_outside);
    emails(text, table, &mut hit_outside);
    let mut host = |(start, end): (usize, usize)| host_at(text, (start, end), table, &mut hit_outside);
    each(&HOST, text, &mut host, 0);
    each(&ADDRESS, text, &mut host, 0);
    let mut user = |(start, end): (usize, usize)| user_at(text, (start, end), hit);
    each(&TILDE, text, &mut user, 1);
    let is_ours = |start: usize| start.checked_sub(1).is_some_and(|separator| homes.contains(&separator));
    let mut other = |(start, end): (usize, usize)| {
        if !is_ours(start) {
            user((start, end));
        }
    };
    each(&OTHER_HOME, text, &mut other, 1);
}

/// Names behind a keyword.
pub(super) fn settings(text: &str, table: &[String], hit: Hit<'_>) {
    for regex in USER_SETTING.iter().filter_map(|pattern| pattern.for_text(text)) {
        for found in regex.captures_iter(text).filter_map(|captures| captures.get(1)) {
            user_at(text, (found.start(), found.end()), hit);
        }
    }
    for regex in HOST_SETTING.iter().filter_map(|pattern| pattern.for_text(text)) {
        for found in regex.captures_iter(text).filter_map(|captures| captures.get(1)) {
            host_at(text, (found.start(), found.end()), table, hit);
        }
    }
}

/// Calls back with the range of a group of every match that stands alone (no letter or digit beside it).
fn each(pattern: &Pattern, text: &str, mut found: impl FnMut((usize, usize)), group: usize) {
    let Some(pattern) = pattern.for_text(text) else { return };
    for captures in pattern.captures_iter(text) {
        if let Some(part) = captures.get(group)
            && (group > 0 || alone(text, part.start(), part.end()))
        {
            found((part.start(), part.end()));
        }
    }
}

fn alone(text: &str, start: usize, end: usize) -> bool {
    !text[..start].chars().next_back().is_some_and(char::is_alphanumeric)
        && !text[end..].chars().next().is_some_and(char::is_alphanumeric)
}

fn key_ids(text: &str, hit: Hit<'_>) {
    let Some(pattern) = KEY_ID.for_text(text) else { return };
    for found in pattern.captures_iter(text) {
        let whole = found.get(0).map_or(0..0, |part| part.range());
        // In other cases than capitals it might be a word: key IDs hold digits.
        let like_a_key =
            |id: &str| id.chars().all(|c| !c.is_ascii_lowercase()) || id.contains(|c: char| c.is_ascii_digit());
        if let Some(kind) = key_kind(&found[1])
            && like_a_key(&found[0])
            && !text[..whole.start].chars().next_back().is_some_and(char::is_alphanumeric)
        {
            hit(whole.start, whole.end, kind);
        }
    }
}

fn accounts(text: &str, hit: Hit<'_>) {
    let twelve = |(start, end): (usize, usize)| text[start..end].chars().filter(char::is_ascii_digit).count() == 12;
    each(
        &ACCOUNT,
        text,
        |range| {
            if twelve(range) {
                hit(range.0, range.1, Kind::Account)
            }
        },
        0,
    );
}

fn user_at(text: &str, (start, end): (usize, usize), hit: Hit<'_>) {
    if let Some(kind) = login::kind(&text[start..end]) {
        hit(start, end, kind);
    }
}

fn host_at(text: &str, (start, end): (usize, usize), table: &[String], hit: Hit<'_>) {
    let name = &text[start..end];
    if !name.is_empty() && !login::is_nobody(name) && !host::is_kept(name, table) && !name.starts_with('%') {
        hit(start, end, Kind::Host);
    }
}

/// What stands between `codecommit://` and the next slash is a profile and a repository; both are kept.
fn codecommit_urls(text: &str) -> Vec<(usize, usize)> {
    let is_grc = |found: &Captures<'_>| found[1].eq_ignore_ascii_case("codecommit");
    let range = |found: Captures<'_>| found.get(0).map(|part| (part.start(), part.end()));
    let Some(pattern) = AUTHORITY.for_text(text) else { return Vec::new() };
    pattern.captures_iter(text).filter(is_grc).filter_map(range).collect()
}

/// Login and host of every URL.
fn authorities(text: &str, table: &[String], hit: Hit<'_>) {
    let Some(pattern) = AUTHORITY.for_text(text) else { return };
    for found in pattern.captures_iter(text) {
        if let Some(info) = found.get(3) {
            let login = info.as_str().split(':').next().unwrap_or_default();
            user_at(text, (info.start(), info.start() + login.len()), hit);
        }
        if let Some(name) = found.get(4) {
            host_at(text, (name.start(), name.end()), table, hit);
        }
    }
}

/// E-mail addresses, and `user@host` as ssh has it.
fn emails(text: &str, table: &[String], hit: Hit<'_>) {
    let Some(pattern) = EMAIL.for_text(text) else { return };
    for found in pattern.captures_iter(text) {
        let (Some(user), Some(domain)) = (found.get(1), found.get(2)) else { continue };
        if host::is_algorithm_domain(domain.as_str()) || is_version(domain.as_str()) {
            continue;
        }
        let login = login::kind(user.as_str());
        let is_address = login == Some(Kind::User) && domain.as_str().contains('.') && found.get(3).is_none();
        if is_address && !host::is_kept(domain.as_str(), table) {
            hit(user.start(), domain.end(), Kind::Email);
        } else {
            user_at(text, (user.start(), user.end()), hit);
            host_at(text, (domain.start(), domain.end()), table, hit);
        }
    }
}

/// As in `package@1.2.3`.
fn is_version(domain: &str) -> bool {
    domain.chars().all(|c| c.is_ascii_digit() || c == '.') && domain.parse::<std::net::Ipv4Addr>().is_err()
}
