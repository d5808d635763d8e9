//! The profile, credentials and region that one client will use.

use std::path::PathBuf;

use super::chain::{self, Winner};
use super::{AwsState, Client, environment_profile, file, variable, variable_source};
use crate::collect::Context;
use crate::fact::aws::{Profile, TargetAws};
use crate::fact::{Fact, LostSetting, Setting, Source, Word};

/// What `client` will use. `explicit`: the profile named by the helper (`--profile`) or by the URL (`profile@`), as
/// origin (`helper`, `url`), name and place.
pub fn for_target(
    context: &Context<'_>,
    state: &AwsState,
    client: Client,
    explicit: Option<(&str, &str, Source)>,
) -> TargetAws {
    // The AWS CLI takes an empty `--profile` for none; `codecommit://@repo` asks for a profile without a name.
    let explicit = explicit.filter(|(_, name, _)| client == Client::Botocore || !name.is_empty());
    let profile_explicit = explicit.is_some();
    let profile = chosen_profile(context, client, explicit);
    let name = profile.value.as_deref().unwrap_or("default").to_owned();
    let details = state.fact.profiles.iter().find(|profile| profile.name.0 == name);
    let obstacle = state.files.obstacle();
    let region = region(context, client, details);
    let mut target = TargetAws {
        client: client.name().into(),
        profile_explicit,
        profile_exists: unless(obstacle.as_ref(), details.is_some()),
        nearest_profile: details.is_none().then(|| nearest(&state.fact.profiles, &name)).flatten(),
        details: match (&obstacle, details) {
            (Some(reason), _) => Fact::Unavailable(reason.clone()),
            (None, found) => Fact::from_option(found.cloned()),
        },
        partition: details.and_then(|profile| arn_partition(profile.role_arn.as_deref()?)),
        region_lost: region.lost.clone(),
        region,
        profile,
        ..TargetAws::default()
    };
    add_ca_bundle(context, details, &mut target);
    // A profile that somebody asked for must exist, even when the environment has keys.
    let found = if details.is_none() && target.profile.origin.0 != "default" {
        Winner { from: "none", source: target.profile.source.clone(), ..Winner::default() }
    } else {
        chain::winner(context.system, details, profile_explicit)
    };
    // One half of a pair is an error of its own and connects as nobody.
    target.environment_shadows_profile =
        super::environment_keys(context.system) == "complete" && shadows(&found, details);
    add_winner(&mut target, found, obstacle.as_ref());
    target
}

/// The same, where something around the AWS CLI hands it credentials, which are not looked at: what the profile says
/// of its own does not matter then.
pub fn handed_over(target: TargetAws, source: Source) -> TargetAws {
    TargetAws {
        profile_exists: Fact::Absent,
        nearest_profile: None,
        details: Fact::Absent,
        credentials_from: Fact::Known("process".into()),
        credentials_source: Some(source),
        environment_shadows_profile: false,
        key_id_kind: None,
        access_key_id: None,
        has_session_token: false,
        expires_at: None,
        partition: None,
        ..target
    }
}

/// A value, unless something kept us from seeing it.
fn unless<T>(obstacle: Option<&String>, value: T) -> Fact<T> {
    obstacle.map_or(Fact::Known(value), |reason| Fact::Unavailable(reason.clone()))
}

/// The profile asked for, with those that lose.
fn chosen_profile(context: &Context<'_>, client: Client, explicit: Option<(&str, &str, Source)>) -> Setting {
    let fallback = environment_profile(context, client);
    let Some((origin, name, source)) = explicit else { return fallback };
    let mut lost = Vec::new();
    if let (true, Some(value), Some(source)) = (fallback.origin.starts_with("AWS_"), fallback.value, fallback.source) {
        lost.push(LostSetting { value, source });
        lost.extend(fallback.lost);
    }
    Setting { value: Some(name.into()), origin: origin.into(), source: Some(source), lost }
}

/// The existing profile whose name is nearest to a missing one: a few letters apart, else one name within the other.
fn nearest(profiles: &[Profile], wanted: &str) -> Option<Word> {
    let wanted = wanted.to_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    let comparable = |profile: &&Profile| profile.name.len().abs_diff(wanted.len()) <= 8 && wanted.len() <= 200;
    let distance = |profile: &Profile| {
        let name = profile.name.to_lowercase();
        let distance = strsim::osa_distance(&name, &wanted);
        let shorter = name.len().min(wanted.len());
        let within = shorter >= 3 && (name.contains(&wanted) || wanted.contains(&name));
        (distance <= allowed || within).then_some(distance)
    };
    let candidates = profiles.iter().filter(comparable).filter_map(|profile| Some((distance(profile)?, profile)));
    candidates.min_by_key(|(distance, _)| *distance).map(|(_, profile)| profile.name.clone())
}

/// The region as the client decides on its own. A variable that is set counts even when it is empty.
fn region(context: &Context<'_>, client: Client, profile: Option<&Profile>) -> Setting {
    let mut found = Vec::new();
    for name in client.region_variables() {
        if let Some(value) = variable(context.system, name) {
            found.push((value, "environment", variable_source(context.system, name)));
        }
    }
    if let Some((region, source)) = profile.and_then(|p| Some((p.region.as_ref()?, p.region_source.as_ref()?))) {
        found.push((region.0.clone(), "config", source.clone()));
    }
    let mut found = found.into_iter();
    let mut setting = Setting { origin: "default".into(), ..Setting::default() };
    if let Some((value, origin, source)) = found.next() {
        setting.value = Some(value).filter(|value| !value.is_empty()).map(Into::into);
        setting.origin = origin.into();
        setting.source = Some(source);
    }
    let mut lost: Vec<_> = found.map(|(value, _, source)| LostSetting { value: value.into(), source }).collect();
    lost.extend(ignored_region(context, client));
    lost.retain(|other| Some(&other.value) != setting.value.as_ref() && !other.value.is_empty());
    setting.lost = lost;
    setting
}

/// `AWS_REGION`, where the client does not read it.
fn ignored_region(context: &Context<'_>, client: Client) -> Option<LostSetting> {
    const NAME: &str = "AWS_REGION";
    let value = variable(context.system, NAME).filter(|_| !client.region_variables().contains(&NAME))?;
    Some(LostSetting { value: value.into(), source: variable_source(context.system, NAME) })
}

/// `AWS_CA_BUNDLE`, else the profile's `ca_bundle`.
fn add_ca_bundle(context: &Context<'_>, profile: Option<&Profile>, target: &mut TargetAws) {
    const NAME: &str = "AWS_CA_BUNDLE";
    let from_environment = variable(context.system, NAME).filter(|value| !value.is_empty());
    let from_profile =
        profile.and_then(|profile| Some((profile.ca_bundle.as_ref()?.0.clone(), profile.source.clone())));
    let (value, origin, source) = match (from_environment, from_profile) {
        (Some(value), _) => (value, "environment", variable_source(context.system, NAME)),
        (None, Some((value, source))) => (value, "config", source),
        (None, None) => {
            target.ca_bundle = Setting { origin: "default".into(), ..Setting::default() };
            target.ca_bundle_exists = Fact::Absent;
            return;
        }
    };
    let path = file::absolute(context.system, PathBuf::from(&value));
    target.ca_bundle_exists = Fact::Known(context.system.metadata(&path).is_ok());
    target.ca_bundle =
        Setting { value: Some(value.into()), origin: origin.into(), source: Some(source), lost: Vec::new() };
}

/// Whether environment keys win over a profile that has credentials of its own which are not the same.
fn shadows(winner: &Winner, profile: Option<&Profile>) -> bool {
    winner.from == "environment"
        && profile.is_some_and(|profile| match profile.kind.0.as_str() {
            "none" => false,
            "static" => profile.access_key_id != winner.access_key_id,
            _ => true,
        })
}

fn add_winner(target: &mut TargetAws, winner: Winner, obstacle: Option<&String>) {
    target.credentials_from = unless(obstacle, winner.from.into());
    if obstacle.is_some() {
        return;
    }
    target.credentials_source = winner.source;
    target.key_id_kind = winner.key_id_kind.map(Into::into);
    target.access_key_id = winner.access_key_id;
    target.has_session_token = winner.has_session_token;
    target.expires_at = winner.expires_at;
}

/// The partition of an ARN: `arn:PARTITION:…`.
fn arn_partition(arn: &str) -> Option<Word> {
    arn.strip_prefix("arn:")?.split_once(':').map(|(partition, _)| partition.into())
}
