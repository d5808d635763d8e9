//! What explains what: over the merged set of checks, every ID must exist and nothing may explain itself.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use super::error::{DefinitionError, Errors, did_you_mean};
use super::node::Located;

/// Lays `overlay` over `base`: a check of the same ID takes the place of the present one, new ones are added. The
/// result is ordered by area and ID.
///
/// # Errors
/// When a check explains one that is in neither, or when checks explain each other in a circle.
pub fn merge(base: Vec<Check>, overlay: Vec<Check>) -> Result<Vec<Check>, Errors> {
    let mut merged: BTreeMap<String, Check> = base.into_iter().map(|check| (check.id.clone(), check)).collect();
    merged.extend(overlay.into_iter().map(|check| (check.id.clone(), check)));
    let mut merged: Vec<Check> = merged.into_values().collect();
    merged.sort_by(|a, b| (a.area, &a.id).cmp(&(b.area, &b.id)));
    Errors(faults(&merged)).into_result()?;
    Ok(merged)
}

fn faults(checks: &[Check]) -> Vec<DefinitionError> {
    let by_id: BTreeMap<&str, &Check> = checks.iter().map(|check| (check.id.as_str(), check)).collect();
    let mut errors = Vec::new();
    for check in checks {
        for id in check.explains.iter().filter(|id| !by_id.contains_key(id.value.as_str())) {
            let hint = did_you_mean(&id.value, by_id.keys().copied());
            errors.push(error(check, id, format!("`explains` names no check: `{}`", id.value), hint));
        }
    }
    for check in checks.iter().filter(|check| check.live) {
        if let Some(id) = check.explains.first() {
            errors.push(error(check, id, "a `live` check explains nothing: others explain it".into(), None));
        }
    }
    let mut done = BTreeSet::new();
    for check in checks {
        visit(check, &by_id, &mut Vec::new(), &mut done, &mut errors);
    }
    errors
}

fn error(check: &Check, id: &Located<String>, message: String, hint: Option<String>) -> DefinitionError {
    DefinitionError { path: check.path.clone(), line: id.place.line, column: id.place.column, message, hint }
}

/// Depth-first; `trail` is the way here, `done` what is known to lead into no circle.
fn visit<'a>(
    check: &'a Check,
    by_id: &BTreeMap<&str, &'a Check>,
    trail: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
    errors: &mut Vec<DefinitionError>,
) {
    if done.contains(check.id.as_str()) {
        return;
    }
    trail.push(&check.id);
    for id in &check.explains {
        if let Some(start) = trail.iter().position(|seen| *seen == id.value) {
            let circle: Vec<&str> = trail.iter().skip(start).copied().chain([id.value.as_str()]).collect();
            let message = format!("`explains` goes in a circle: {}", circle.join(" -> "));
            errors.push(error(check, id, message, None));
        } else if let Some(next) = by_id.get(id.value.as_str()) {
            visit(next, by_id, trail, done, errors);
        }
    }
    trail.pop();
    done.insert(&check.id);
}
