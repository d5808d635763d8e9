//! The path of a connection in one line, with the place where it breaks.

use colored::Colorize;

use crate::check::word::Word as _;
use crate::finding::Layer;
use crate::report::TargetReport;

/// `tools ✓ → config ✗ ⋯ repository`: what comes behind the break does not matter yet. What a proxy does in the place of git
/// is shown as `dns (proxy)`.
pub(super) fn line(target: &TargetReport) -> String {
    let last = target.breaks_at.unwrap_or(Layer::Repository);
    let rungs: Vec<String> =
        Layer::ALL.iter().copied().filter(|layer| *layer <= last).map(|l| rung(target, l)).collect();
    let rest = if last < Layer::Repository { format!(" ⋯ {}", Layer::Repository) } else { String::new() };
    format!("{}{}", rungs.join(&" → ".dimmed().to_string()), rest.dimmed())
}

fn rung(target: &TargetReport, layer: Layer) -> String {
    if target.breaks_at == Some(layer) {
        format!("{layer} ✗").red().bold().to_string()
    } else if target.by_proxy.contains(&layer) {
        format!("{layer} (proxy)").dimmed().to_string()
    } else if target.reach.is_some_and(|reach| layer <= reach) {
        format!("{layer} {}", "✓".green())
    } else {
        layer.to_string().dimmed().to_string()
    }
}
