use super::*;
use crate::fact::tools::Curl;

const GNUTLS: &str = "\0CLIENT libcurl 7.88.1\r\n\0libcurl/7.88.1\0libgnutls.so.30\0";

fn curl(system: &FakeSystem) -> Fact<Curl> {
    collect(system, &Wanted { curl: true, ..Wanted::default() }).curl
}

fn debian() -> FakeSystem {
    linux().program("/usr/bin/git").file("/usr/lib/git-core/git-remote-https", "ELF\0libcurl-gnutls.so.4\0libz.so.1\0")
}

#[test]
fn the_linked_library_tells_version_and_tls() {
    let library = "/usr/lib/x86_64-linux-gnu/libcurl-gnutls.so.4";
    let found = curl(&debian().file(library, GNUTLS).file("/usr/lib/libcurl.so.4", "libcurl/8.1.0"));
    let found = found.known().unwrap();
    assert_eq!((&found.version, &found.tls), (&known("7.88.1"), &known("gnutls")));
    assert_eq!(found.source.as_ref().unwrap().path, Some(library.into()));
}

#[test]
fn git_exec_path_and_a_build_under_usr_local_are_followed() {
    let openssl = "libcurl/8.5.0\0libssl.so.3\0";
    let local = linux()
        .env_var("PATH", "/usr/local/bin")
        .program("/usr/local/bin/git")
        .file("/usr/local/libexec/git-core/git-remote-https", "libcurl.so.4\0")
        .file("/usr/lib64/libcurl.so.4", openssl);
    assert_eq!(curl(&local).known().map(|found| found.tls.clone()), Some(known("openssl")));
    let elsewhere = local.env_var("GIT_EXEC_PATH", "/opt/core");
    assert!(matches!(curl(&elsewhere), Fact::Unavailable(_)));
    let elsewhere = elsewhere.file("/opt/core/git-remote-http", "static libcurl/7.29.0 libnss3.so");
    let found = curl(&elsewhere);
    assert_eq!(found.known().map(|found| (&found.version, &found.tls)), Some((&known("7.29.0"), &known("nss"))));
}

#[test]
fn git_for_windows_has_several_tls_libraries() {
    let system = FakeSystem::new(Platform::Windows)
        .env_var("PATH", "/c/Git/cmd")
        .program("/c/Git/cmd/git")
        .file("/c/Git/mingw64/libexec/git-core/git-remote-https.exe", "MZ\0libcurl-4.dll\0")
        .file("/c/Git/mingw64/bin/libcurl-4.dll", "libcurl/8.7.1\0libssl-3-x64.dll\0schannel: x\0");
    let found = curl(&system);
    let found = found.known().unwrap();
    assert_eq!(found.version, known("8.7.1"));
    assert!(matches!(&found.tls, Fact::Unavailable(reason) if reason.contains("several")));
}

#[test]
fn what_cannot_be_found_is_said_so() {
    assert_eq!(curl(&linux()), Fact::Absent);
    for system in [
        linux().program("/usr/bin/git"),
        debian(),
        debian().fifo("/usr/lib/x86_64-linux-gnu/libcurl-gnutls.so.4"),
        debian().file("/usr/lib/x86_64-linux-gnu/libcurl-gnutls.so.4", "nothing here"),
        linux().program("/usr/bin/git").dir("/usr/lib/git-core/git-remote-https"),
    ] {
        assert!(matches!(curl(&system), Fact::Unavailable(_)));
    }
}
