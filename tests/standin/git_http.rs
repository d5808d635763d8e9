//! The HTTPS endpoint for git: checks credentials as CodeCommit does, then asks `git http-backend`.
//!
//! Without an `Authorization` header 401 with a challenge; wrong credentials a bare 403; right ones and no such
//! repository (of the account) 404 (rkt/rkt#3749, git-remote-codecommit#49).

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use data_encoding::BASE64;
use hyper::Response;
use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;

use super::https::{Asked, Body, plain};
use super::records::Record;
use super::shared::Shared;
use super::switches::Faults;
use super::world::{IamUser, World};
use super::{clock, repository, sigv4};

const SERVICES: [&str; 3] = ["/info/refs", "/git-upload-pack", "/git-receive-pack"];

/// Answers a request to the Git endpoint of a region.
pub(crate) async fn answer(shared: &Arc<Shared>, region: &str, faults: &Faults, asked: &Asked) -> Response<Body> {
    let mut response = match find(shared, region, faults, asked) {
        Ok(found) => backend(&found, asked).await.unwrap_or_else(|error| plain(500, "text/plain", error.to_string())),
        Err(status) => plain(status, "", ""),
    };
    let status = response.status().as_u16();
    let headers = response.headers_mut();
    headers.insert("x-amzn-requestid", "6f2f4b5e-0000-4000-8000-000000000000".parse().expect("a header"));
    if status == 401 {
        headers.insert("www-authenticate", "Basic realm=\"AWS CodeCommit\"".parse().expect("a header"));
    }
    note(shared, asked, status);
    response
}

/// Keeps what was asked.
pub(crate) fn note(shared: &Shared, asked: &Asked, status: u16) {
    let login = login(asked);
    let path = if asked.query.is_empty() { asked.path.clone() } else { format!("{}?{}", asked.path, asked.query) };
    shared.note(Record::Git {
        host: asked.host.clone(),
        method: asked.method.clone(),
        path,
        password: login.as_ref().is_some_and(|(_, password)| !password.is_empty()),
        user: login.map(|(user, _)| user),
        status,
    });
}

/// What git's own backend shall serve.
struct Found {
    repository: std::path::PathBuf,
    service: &'static str,
    user: String,
}

/// The repository that is asked for, or the status of the refusal.
fn find(shared: &Shared, region: &str, faults: &Faults, asked: &Asked) -> Result<Found, u16> {
    let service = SERVICES.into_iter().find(|service| asked.path.ends_with(service)).ok_or(404_u16)?;
    let path = asked.path.strip_suffix(service).ok_or(404_u16)?;
    if asked.header("authorization").is_none() {
        return Err(faults.unauthenticated);
    }
    let (user, password) = login(asked).ok_or(403_u16)?;
    if password.is_empty() {
        return Err(faults.empty_password);
    }
    let now = clock::now(faults.clock_ahead);
    shared.with_world(|world| {
        let login = Login { user: &user, password: &password, region, host: &asked.host, path };
        let owner = login.owner(world, now).ok_or(403_u16)?;
        let push = asked.path.ends_with("receive-pack") || asked.query.contains("service=git-receive-pack");
        let action = if push { "codecommit:GitPush" } else { "codecommit:GitPull" };
        if owner.denied.contains(action) {
            return Err(403);
        }
        let name = path.strip_prefix("/v1/repos/").ok_or(404_u16)?;
        let found = world.repository(region, &owner.account, name).ok_or(404_u16)?;
        Ok(Found { repository: found.path.clone(), service, user: user.clone() })
    })
}

/// User and password of the Basic login.
fn login(asked: &Asked) -> Option<(String, String)> {
    let (kind, value) = asked.header("authorization")?.split_once(' ')?;
    let decoded = String::from_utf8(BASE64.decode(value.trim().as_bytes()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    kind.eq_ignore_ascii_case("basic").then(|| (user.to_owned(), password.to_owned()))
}

struct Login<'a> {
    user: &'a str,
    password: &'a str,
    region: &'a str,
    host: &'a str,
    path: &'a str,
}

impl Login<'_> {
    /// Whose login this is; none when it is wrong.
    fn owner<'w>(&self, world: &'w World, now: Timestamp) -> Option<&'w IamUser> {
        if let Some((owner, own)) = world.by_git_credential(self.user) {
            return (own.active && own.password == self.password).then_some(owner);
        }
        // AKID, or AKID%TOKEN for a session.
        let (id, token) = self.user.split_once('%').map_or((self.user, None), |(id, token)| (id, Some(token)));
        let (owner, key) = world.by_access_key(id)?;
        let same_token = key.token.as_deref() == token && !key.expired;
        let signed = sigv4::git_password_holds(self.password, &key.secret, self.region, self.host, self.path, now);
        (same_token && signed).then_some(owner)
    }
}

async fn backend(found: &Found, asked: &Asked) -> std::io::Result<Response<Body>> {
    let folder = found.repository.parent().unwrap_or(Path::new("/"));
    let name = found.repository.file_name().unwrap_or_default().to_string_lossy();
    let mut git = tokio::process::Command::from(repository::git());
    git.arg("http-backend").env("GIT_PROJECT_ROOT", folder).env("GIT_HTTP_EXPORT_ALL", "1");
    git.env("PATH_INFO", format!("/{name}{}", found.service)).env("REQUEST_METHOD", &asked.method);
    git.env("QUERY_STRING", &asked.query).env("REMOTE_USER", &found.user).env("REMOTE_ADDR", "127.0.0.1");
    git.env("CONTENT_LENGTH", asked.body.len().to_string());
    let headers = [
        ("CONTENT_TYPE", "content-type"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
        ("GIT_PROTOCOL", "git-protocol"),
    ];
    for (variable, header) in headers {
        git.envs(asked.header(header).map(|value| (variable, value)));
    }
    git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = git.spawn()?;
    let (stdin, body) = (child.stdin.take(), asked.body.clone());
    let feeder = async move {
        if let Some(mut stdin) = stdin {
            // It may answer before it has read everything.
            let _ = stdin.write_all(&body).await;
        }
    };
    let ((), output) = tokio::join!(feeder, child.wait_with_output());
    Ok(translate(&output?.stdout))
}

/// A CGI answer as an HTTP one.
fn translate(output: &[u8]) -> Response<Body> {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let body = output.get(end + 4..).unwrap_or_default().to_vec();
    let mut response = plain(200, "", body);
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        if name.eq_ignore_ascii_case("status") {
            let status = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = status.unwrap_or_default();
        } else if let (Ok(name), Ok(value)) = (name.parse::<hyper::header::HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
