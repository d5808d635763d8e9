//! Which of the two HTTPS transports a machine is set up for.

use crate::collect::aws::AwsState;
use crate::collect::login;
use crate::fact::https::{Helper, StoredLogin, TargetHttps};

/// Which HTTPS transport is meant, `https-helper` or `https-gitcred`, and why: one of the words of
/// `Target::transport_reason`. `user`: the user name in the URL.
pub fn https_transport(
    https: &TargetHttps,
    user: Option<&str>,
    aws: &AwsState,
    aws_cli_installed: bool,
) -> (&'static str, &'static str) {
    // An AWS helper in the chain answers whatever name the URL holds.
    if user.is_some_and(login::is_git_credentials) && !https.helpers.iter().any(is_aws) {
        return ("https-gitcred", "url-user");
    }
    if wants_aws_helper(https) {
        return if login_answers_first(https) {
            ("https-gitcred", "stored-login")
        } else {
            ("https-helper", "aws-helper")
        };
    }
    // A replayed signature comes from the AWS helper, which must have been there before.
    if https.stored.iter().any(|login| login.user_kind.0 != "sigv4") {
        return ("https-gitcred", "stored-login");
    }
    let has_credentials =
        aws.fact.environment_keys.0 != "none" || aws.fact.profiles.iter().any(|profile| profile.kind.0 != "none");
    if https.has_storing_helper && !(only_system_wide(https) && has_credentials && aws_cli_installed) {
        return ("https-gitcred", "storing-helper");
    }
    if has_credentials || aws_cli_installed {
        return ("https-helper", "aws-set-up");
    }
    ("https-gitcred", "default")
}

fn is_aws(helper: &Helper) -> bool {
    matches!(helper.kind.0.as_str(), "aws" | "aws-mistyped")
}

/// Whether somebody configured the AWS helper, whether or not git comes to ask it.
fn wants_aws_helper(https: &TargetHttps) -> bool {
    https.helpers.iter().chain(&https.discarded).any(is_aws)
        || https.near_sections.iter().any(|section| section.has_aws_helper)
}

/// Whether Git credentials that are stored for this host answer before the AWS helper, or instead of it.
fn login_answers_first(https: &TargetHttps) -> bool {
    let Some(login) = https.stored_login.as_ref().filter(|login| is_git_credentials(login)) else { return false };
    let netrc = login.path.ends_with("netrc");
    let aws = https.helpers.iter().position(is_aws);
    let store = https.helpers.iter().position(|helper| helper.kind.0 == "store");
    match (aws, store) {
        (None, _) => true,
        (Some(aws), Some(store)) => netrc || store < aws,
        (Some(_), None) => netrc,
    }
}

fn is_git_credentials(login: &StoredLogin) -> bool {
    login.user_kind.0 == "git-credentials" && login.is_target_host
}

/// Whether what stores was installed with the system (Git for Windows, Apple's git) and by nobody in person.
fn only_system_wide(https: &TargetHttps) -> bool {
    https.helpers.iter().filter(|helper| helper.stores).all(|helper| helper.scope.0 == "system")
}

#[cfg(test)]
mod tests;
